using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using PromptForge.Web.Audit;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

/// <summary>Anybody may leave; others are removed by whoever their role is within reach of.</summary>
internal static class RemoveMember
{
    public static async Task<Results<NoContent, Problem>> HandleAsync(
        [FromRoute(Name = "user_id")] Guid userId, OrgAccess org, AuditActor actor, Db db, Memberships memberships, TimeProvider clock, CancellationToken ct)
    {
        await db.InOrgAsync(org.OrgId, org.UserId, async (scope, token) =>
        {
            var self = userId == org.UserId;
            var role = await OrgLock.EnterAsync(scope, org.OrgId, org.UserId!.Value, token);
            var from = await OrgLock.RoleAsync(scope, org.OrgId, userId, token) ?? throw new RefusedException(new(ApiError.NotFound));
            if (!MemberRules.May(role, from, null, self))
                throw new RefusedException(OrgLock.Refusal(role, MemberRules.Allowed(from, null)));
            await scope.ExecuteAsync("delete from org_members where org_id = @Org and user_id = @User", new { Org = org.OrgId, User = userId }, token);
            await AuditLog.WriteAsync(scope, actor, org.OrgId, self ? "member.left" : "member.removed", "member", userId.ToString(), new { Role = from }, clock, token);
            return true;
        }, ct);
        memberships.ForgetUser(userId);
        return TypedResults.NoContent();
    }
}
