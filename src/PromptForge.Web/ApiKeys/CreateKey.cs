using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core;
using PromptForge.Core.ApiKeys;
using PromptForge.Core.Catalog;
using PromptForge.Web.Audit;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.ApiKeys;

/// <param name="Name">1 to 100 characters, unlike that of any live key of the organisation.</param>
/// <param name="Scopes">Some of <c>api.run</c>, <c>api.export</c>, <c>api.read</c>, <c>api.metrics</c>.</param>
/// <param name="RateLimitPerMin">Calls a minute; 60 where it is left out, and at most what the plan allows.</param>
/// <param name="ExpiresAt">Or <paramref name="ExpiresInDays"/>; with neither the key does not expire.</param>
/// <param name="Test">A key whose runs go to the offline provider and cost nothing.</param>
public sealed record NewApiKey(string Name, IReadOnlyList<string?> Scopes, int? RateLimitPerMin = null, DateTimeOffset? ExpiresAt = null, int? ExpiresInDays = null, bool Test = false);

internal static class CreateKey
{
    public const int LongestName = 100;
    private const int MostDays = 3650;
    private const int MostLive = 200;
    public static readonly string[] AllScopes = ["api.run", "api.export", "api.read", "api.metrics"];

    public static void Map(RouteGroupBuilder group) => group.MapPost("/", HandleAsync).ForRole(OrgRole.Admin).ForFlag("hasAPI").Idempotent()
        .WithName("createApiKey").WithSummary("Create an API key").WithDescription("The answer is the only one that ever holds the key's plain text.");

    private static async Task<Results<Created<CreatedApiKey>, Problem>> HandleAsync(
        NewApiKey body, OrgAccess org, AuditActor actor, EntitlementResolver entitlements, ProductCatalog catalog, KeySecrets secrets, Db db, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var cap = catalog.Ruleset.Rates.KeyCallsPerMinute.Of((await entitlements.OfAsync(org.OrgId, null, ct)).Plan);
        var faults = Check(body, cap, now);
        if (faults.Count > 0)
            return Problem.Of(ApiError.InputInvalid, faults);

        var expires = body.ExpiresInDays is { } days ? now.AddDays(days) : body.ExpiresAt?.ToUniversalTime();
        var draft = new KeyDraft(body.Name.Trim(), [.. body.Scopes.OfType<string>()], body.RateLimitPerMin ?? Math.Min(KeyDraft.DefaultRate, cap), body.Test, expires);
        var created = await db.InOrgAsync(org.OrgId, org.UserId, async (scope, token) =>
        {
            // An expired key holds its name until somebody needs it.
            await scope.ExecuteAsync("update api_keys set revoked_at = expires_at where org_id = @Org and name = @Name and revoked_at is null and replaced_by is null and expires_at <= @Now", new { Org = org.OrgId, draft.Name, Now = now }, token);
            var live = await scope.QuerySingleAsync<long>("select count(*) from api_keys where org_id = @Org and revoked_at is null and (expires_at is null or expires_at > @Now)", new { Org = org.OrgId, Now = now }, token);
            if (live >= MostLive)
                throw new RefusedException(new(ApiError.StateConflict, $"The organisation has {MostLive} live keys, which is the most. Revoke one that nobody uses."));
            var made = await draft.InsertAsync(scope, org.OrgId, org.UserId!.Value, Guid.CreateVersion7(now), secrets, now, token);
            await AuditLog.WriteAsync(scope, actor, org.OrgId, "api_key.created", "api_key", made.ApiKey.Id.ToString(),
                new { made.ApiKey.Name, made.ApiKey.Prefix, made.ApiKey.Scopes, made.ApiKey.RateLimitPerMin, made.ApiKey.ExpiresAt }, clock, token);
            return made;
        }, ct);
        return TypedResults.Created((string?)null, created);
    }

    private static List<Fault> Check(NewApiKey body, int cap, DateTimeOffset now)
    {
        var faults = new List<Fault>();
        void Refuse(bool wrong, string code, string where, string message, params string[] allowed)
        {
            if (wrong)
                faults.Add(new(code, where, message) { Allowed = allowed });
        }

        var name = body.Name.Trim();
        Refuse(name.Length is 0 or > LongestName || name.Any(char.IsControl), "NAME_INVALID", "/name", $"A name has 1 to {LongestName} characters and no line breaks.");
        Refuse(ApiKeyText.IsWithin(name), "NAME_INVALID", "/name", "A name is shown to everybody who manages keys; do not put a key into it.");
        Refuse(body.Scopes.Count == 0 || body.Scopes.Count > AllScopes.Length || body.Scopes.Distinct().Count() != body.Scopes.Count || body.Scopes.Any(s => !AllScopes.Contains(s)),
            "SCOPES_INVALID", "/scopes", "Name one or more scopes, each once.", AllScopes);
        Refuse(body.RateLimitPerMin is { } rate && (rate < 1 || rate > cap), "RATE_LIMIT_INVALID", "/rate_limit_per_min", $"The plan allows 1 to {cap} calls a minute for a key.");
        Refuse(body is { ExpiresAt: not null, ExpiresInDays: not null }, "EXPIRY_INVALID", "/expires_in_days", "Give expires_at or expires_in_days, not both.");
        Refuse(body.ExpiresInDays is < 1 or > MostDays, "EXPIRY_INVALID", "/expires_in_days", $"expires_in_days is a number from 1 to {MostDays}.");
        Refuse(body.ExpiresAt is { } at && (at <= now || at > now.AddDays(MostDays)), "EXPIRY_INVALID", "/expires_at", $"expires_at lies in the future, at most {MostDays} days ahead.");
        return faults;
    }
}
