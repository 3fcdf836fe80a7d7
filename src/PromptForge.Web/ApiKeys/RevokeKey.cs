using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Web.Audit;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.ApiKeys;

internal static class RevokeKey
{
    // Without a flag, as the list.
    public static void Map(RouteGroupBuilder group) => group.MapDelete("/{key_id:guid}", HandleAsync).ForRole(OrgRole.Admin)
        .WithName("revokeApiKey").WithSummary("Revoke an API key").WithDescription("In force on every node within a second, and for good. Revoking twice does no harm.");

    private static async Task<Results<NoContent, Problem>> HandleAsync(Guid key_id, OrgAccess org, AuditActor actor, Db db, TimeProvider clock, CancellationToken ct)
    {
        var found = await db.InOrgAsync(org.OrgId, org.UserId, async (scope, token) =>
        {
            var key = await scope.QueryFirstOrDefaultAsync<Revoked>("select name, key_prefix as prefix, revoked_at from api_keys where org_id = @Org and id = @Id for update", new { Org = org.OrgId, Id = key_id }, token);
            if (key is not { RevokedAt: null })
                return key is not null;
            await scope.ExecuteAsync("update api_keys set revoked_at = @Now where org_id = @Org and id = @Id", new { Org = org.OrgId, Id = key_id, Now = clock.GetUtcNow() }, token);
            await AuditLog.WriteAsync(scope, actor, org.OrgId, "api_key.revoked", "api_key", key_id.ToString(), new { key.Name, key.Prefix }, clock, token);
            return true;
        }, ct);
        return found ? TypedResults.NoContent() : new Problem(ApiError.NotFound);
    }

    private sealed record Revoked(string Name, string Prefix, DateTimeOffset? RevokedAt);
}
