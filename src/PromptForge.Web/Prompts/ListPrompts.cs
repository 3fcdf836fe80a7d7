using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core.Catalog;
using PromptForge.Core.SevenD;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Runs;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Prompts;

/// <summary>The history of an org, newest first.</summary>
internal static class ListPrompts
{
    private const string List = "prompts";

    public static void Map(RouteGroupBuilder group) => group.MapGet("", HandleAsync).ForScope("api.read").ForFlag(PromptsSetup.Flag)
        .WithName("listPrompts").WithSummary("List the prompts").WithDescription("Newest first, saved ones and those of runs, each with the beginning of its text. Filters: `module`, `project` (its slug), `name`.");

    private static async Task<Results<Ok<Page<PromptSummary>>, Problem>> HandleAsync(
        OrgAccess org, Cursors cursors, Db db, ProductCatalog catalog, CancellationToken ct, string? module = null, string? project = null, string? name = null, int? limit = null, string? cursor = null)
    {
        if (module is not null && catalog.FindModule(module) is null)
            return Problem.Of(ApiError.InputInvalid, [new("MODULE_UNKNOWN", "/module", $"There is no module {SevenDParser.Short(module)}. Modules are M01 to M50.")]);
        foreach (var (filter, value) in new[] { ("/project", project), ("/name", name) })
            if (value is { } text && (text.Length > PromptName.MaxLength || text.Contains('\0', StringComparison.Ordinal)))
                return Problem.Of(ApiError.InputInvalid, [new("FILTER_INVALID", filter, $"A filter has at most {PromptName.MaxLength} characters, and no NUL.")]);
        var page = cursors.Read(List, org.OrgId, limit, cursor);
        var rows = await db.InOrgAsync(org.OrgId, org.UserId, (scope, token) => scope.QueryAsync<Row>("""
            select p.id, p.name, p.version, p.module_id, p.module_version, j.slug as project, p.language, p.signature, p.hash, left(p.prompt, 800) as preview, p.user_id, p.created_at
              from prompt_history p left join projects j on j.org_id = p.org_id and j.id = p.project_id
             where p.org_id = @Org and (@After::uuid is null or p.id < @After) and (@Module::text is null or p.module_id = @Module) and (@Name::text is null or p.name = @Name) and (@Project::text is null or j.slug = @Project)
             order by p.id desc limit @Fetch
            """, new { Org = org.OrgId, page.After, page.Fetch, Module = module?.ToUpperInvariant(), Name = name, Project = project }, token), ct);
        var found = cursors.Page(List, org.OrgId, page, rows, r => r.Id);
        return TypedResults.Ok(new Page<PromptSummary>([.. found.Items.Select(r => r.Summary)], found.NextCursor));
    }

    private sealed record Row(Guid Id, string? Name, int Version, string ModuleId, string ModuleVersion, string? Project, string Language, string Signature, string Hash, string Preview, Guid? UserId, DateTimeOffset CreatedAt)
    {
        public PromptSummary Summary => new(Id, Name, Version, new(ModuleId, ModuleVersion), Project, Language, Signature, Hash, Preview, UserId, CreatedAt);
    }
}

/// <param name="Preview">At most 800 characters from the beginning of the text.</param>
/// <param name="CreatedBy">Null where an API key made it, or the person is gone.</param>
public sealed record PromptSummary(
    Guid PromptId, string? Name, int Version, ModuleAnswer Module, string? Project, string Language, [property: System.Text.Json.Serialization.JsonPropertyName("signature_7d")] string Signature, string Hash, string Preview,
    Guid? CreatedBy, DateTimeOffset CreatedAt);
