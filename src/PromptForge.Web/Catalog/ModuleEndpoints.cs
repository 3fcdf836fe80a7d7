using PromptForge.Core;
using PromptForge.Core.Catalog;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Catalog;

/// <summary>The modules. What a module is for is public; its contract is for organisations that may use it (D-RLS-13).</summary>
internal static class ModuleEndpoints
{
    private const string ReadScope = "api.read";
    private const string KeyFlag = "hasAPI";

    public static void Map(WebApplication app)
    {
        var group = app.MapGroup("/api/modules").WithTags("Catalogue");
        group.MapGet("", List).WithName("listModules").WithSummary("The modules, by vector, words and plan").Produces<Listed<ModuleItem>>().Produces(StatusCodes.Status304NotModified);
        group.MapGet("/{module_id}", GetAsync).WithName("getModule").WithSummary("A module; with its contract where the organisation may use it")
            .WithDescription("Name the organisation with `org_id`; an API key names its own. Without one, `contract` is null.").Produces<ModuleDetail>().Produces(StatusCodes.Status304NotModified);
        group.MapGet("/{module_id}/versions", VersionsAsync).WithName("listModuleVersions").WithSummary("A module's versions, newest first").Produces<Listed<ModuleVersionItem>>().Produces(StatusCodes.Status304NotModified);
    }

    private static IResult List(string? vector, string? q, string? plan, string? language, ProductCatalog catalog, CatalogAnswers answers)
    {
        var faults = new List<Fault>();
        var (spoken, about, opens, words) = (CatalogQuery.ReadLanguage(language, faults), CatalogQuery.Vector(vector, faults), CatalogQuery.Plan(plan, catalog, faults), CatalogQuery.Words(q, faults));
        return faults.Count > 0 ? Problem.Of(ApiError.InputInvalid, faults) : answers.Modules(spoken, about, opens, words);
    }

    private static async Task<IResult> GetAsync(
        string module_id, Guid? org_id, string? language, Caller caller, Memberships memberships, EntitlementResolver entitlements, ProductCatalog catalog, CatalogAnswers answers, CancellationToken ct)
    {
        var faults = new List<Fault>();
        var spoken = CatalogQuery.ReadLanguage(language, faults);
        if (catalog.FindModule(module_id) is not { } module)
            return new Problem(ApiError.ModuleNotFound);
        if (faults.Count > 0)
            return Problem.Of(ApiError.InputInvalid, faults);

        var answer = answers.Of(module, spoken);
        if (org_id is { } org)
        {
            if (!caller.IsKnown)
                return new Problem(ApiError.Unauthenticated);
            if (caller.Key is { } named ? named.OrgId != org : await memberships.FindAsync(caller.UserId!.Value, org, ct) is not { DeletedAt: null })
                return new Problem(ApiError.NotFound);
            if (caller.Key is { } key && !key.Scopes.Contains(ReadScope))
                return new Problem(ApiError.ScopeRequired, $"This key lacks the scope {ReadScope}.").With("scope", ReadScope);
            var rights = await entitlements.OfAsync(org, caller.UserId, ct);
            return ((caller.Key is null ? null : rights.Refusal(KeyFlag, catalog)) ?? rights.Refusal(module, catalog)) is { } refusal ? refusal : answer.Full;
        }

        return caller.Key is { } own && own.Scopes.Contains(ReadScope) && await entitlements.OfAsync(own.OrgId, null, ct) is var open && open.Has(KeyFlag) && open.Allows(module) ? answer.Full : answer.Public;
    }

    private static async Task<IResult> VersionsAsync(string module_id, Caller caller, ProductCatalog catalog, Db db, CancellationToken ct)
    {
        if (!caller.IsKnown)
            return new Problem(ApiError.Unauthenticated);
        if (caller.Key is { } key && !key.Scopes.Contains(ReadScope))
            return new Problem(ApiError.ScopeRequired, $"This key lacks the scope {ReadScope}.").With("scope", ReadScope);
        if (catalog.FindModule(module_id) is not { } module)
            return new Problem(ApiError.ModuleNotFound);
        var versions = await db.AsServerAsync((scope, token) => scope.QueryAsync<ModuleVersionItem>("""
            select semver::text as version, content_hash::text as content_hash, semver::text = @Current as current, changelog, created_at
              from module_versions where module_id = @Id and enabled order by app.semver_key(semver) desc limit 200
            """, new { module.Id, Current = module.Version }, token), ct);
        return Prepared.Private(new Listed<ModuleVersionItem>(versions, null));
    }
}

/// <summary>A list as every list is; the catalogue's fit on one page.</summary>
public sealed record Listed<T>(IReadOnlyList<T> Items, string? NextCursor);
