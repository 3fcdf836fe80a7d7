using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core;
using PromptForge.Web.Audit;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.ApiKeys;

/// <param name="OverlapMinutes">How long the old key goes on working: 0 to 1440; 60 where it is left out.</param>
public sealed record ApiKeyRotation(int? OverlapMinutes = null);

internal static class RotateKey
{
    private const int DefaultOverlap = 60;
    private const int LongestOverlap = 24 * 60;

    public static void Map(RouteGroupBuilder group) => group.MapPost("/{key_id:guid}/rotate", HandleAsync).ForRole(OrgRole.Admin).ForFlag("hasAPI").Idempotent()
        .WithName("rotateApiKey").WithSummary("Replace an API key")
        .WithDescription("Makes a key with the same name, scopes, limit and lifetime. The old one goes on working for the overlap, so that a system can be moved over without a gap.");

    private static async Task<Results<Created<CreatedApiKey>, Problem>> HandleAsync(
        Guid key_id, OrgAccess org, AuditActor actor, KeySecrets secrets, Db db, TimeProvider clock, CancellationToken ct, ApiKeyRotation? body = null)
    {
        var overlap = body?.OverlapMinutes ?? DefaultOverlap;
        if (overlap is < 0 or > LongestOverlap)
            return Problem.Of(ApiError.InputInvalid, [new Fault("OVERLAP_INVALID", "/overlap_minutes", $"overlap_minutes is a number from 0 to {LongestOverlap}.")]);
        var now = clock.GetUtcNow();
        var created = await db.InOrgAsync(org.OrgId, org.UserId, async (scope, token) =>
        {
            var old = await scope.QueryFirstOrDefaultAsync<ApiKeyView>($"select {ApiKeyView.Columns} from api_keys where org_id = @Org and id = @Id for update", new { Org = org.OrgId, Id = key_id, Now = now }, token)
                ?? throw new RefusedException(new(ApiError.NotFound));
            if (old.State != "active")
                throw new RefusedException(new Problem(ApiError.StateConflict, $"Only an active key can be replaced; this one is {old.State}.").With("state", old.State));
            var (id, ends) = (Guid.CreateVersion7(now), now.AddMinutes(overlap));
            await scope.ExecuteAsync("update api_keys set replaced_by = @New, expires_at = least(expires_at, @Ends) where org_id = @Org and id = @Id", new { Org = org.OrgId, Id = key_id, New = id, Ends = ends }, token);
            var draft = new KeyDraft(old.Name, old.Scopes, old.RateLimitPerMin, old.Test, now + (old.ExpiresAt - old.CreatedAt));
            var made = await draft.InsertAsync(scope, org.OrgId, org.UserId, id, secrets, now, token);
            await AuditLog.WriteAsync(scope, actor, org.OrgId, "api_key.rotated", "api_key", key_id.ToString(), new { old.Name, old.Prefix, ReplacedBy = id, NewPrefix = made.ApiKey.Prefix, OverlapMinutes = overlap }, clock, token);
            return made;
        }, ct);
        return TypedResults.Created((string?)null, created);
    }
}
