using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using PromptForge.Web.Audit;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

/// <summary>The gate lets nobody into a deleted org, so this checks for itself who asks. Restoring what is not deleted changes nothing.</summary>
internal static class RestoreOrg
{
    public static async Task<Results<Ok<OrgItem>, Problem>> HandleAsync(
        [FromRoute(Name = "org_id")] Guid orgId, Caller caller, AuditActor actor, Db db, Memberships memberships, TimeProvider clock, CancellationToken ct)
    {
        var user = caller.Person();
        var now = clock.GetUtcNow();
        var item = await db.InOrgAsync(orgId, user, async (scope, token) =>
        {
            var row = await scope.QueryFirstOrDefaultAsync<Row>("""
                select o.name, o.slug::text, o.deleted_at, m.role from orgs o join org_members m on m.org_id = o.id and m.user_id = @User
                 where o.id = @Org for no key update of o
                """, new { Org = orgId, User = user }, token);
            if (row is null || row.DeletedAt + OrgItem.Kept <= now)
                throw new RefusedException(new(ApiError.NotFound));
            if (OrgRoles.Parse(row.Role) is not OrgRole.Owner)
                throw new RefusedException(OrgLock.Refusal(OrgRoles.Parse(row.Role), [OrgRole.Owner]));
            if (row.DeletedAt is not null)
            {
                await scope.ExecuteAsync("update orgs set deleted_at = null where id = @Org", new { Org = orgId }, token);
                await AuditLog.WriteAsync(scope, actor, orgId, "org.restored", "org", orgId.ToString(), new { row.DeletedAt }, clock, token);
            }

            return OrgItem.Of(orgId, row.Name, row.Slug, OrgRole.Owner);
        }, ct);
        memberships.ForgetOrg(orgId);
        return TypedResults.Ok(item);
    }

    private sealed record Row(string Name, string Slug, DateTimeOffset? DeletedAt, string Role);
}
