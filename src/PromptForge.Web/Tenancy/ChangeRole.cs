using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using PromptForge.Web.Audit;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

public sealed record ChangeRoleRequest(OrgRole Role);

internal static class ChangeRole
{
    public static async Task<Results<Ok<MemberItem>, Problem>> HandleAsync(
        [FromRoute(Name = "user_id")] Guid userId, ChangeRoleRequest request, OrgAccess org, AuditActor actor, Db db, Memberships memberships, TimeProvider clock, CancellationToken ct)
    {
        var member = await db.InOrgAsync(org.OrgId, org.UserId, async (scope, token) =>
        {
            var role = await OrgLock.EnterAsync(scope, org.OrgId, org.UserId!.Value, token);
            var from = await OrgLock.RoleAsync(scope, org.OrgId, userId, token) ?? throw new RefusedException(new(ApiError.NotFound));
            if (!MemberRules.May(role, from, request.Role, self: userId == org.UserId))
                throw new RefusedException(OrgLock.Refusal(role, MemberRules.Allowed(from, request.Role)));
            if (from != request.Role)
            {
                await scope.ExecuteAsync("update org_members set role = @Role where org_id = @Org and user_id = @User", new { Org = org.OrgId, User = userId, Role = request.Role.Code() }, token);
                await AuditLog.WriteAsync(scope, actor, org.OrgId, "member.role_changed", "member", userId.ToString(), new { from, to = request.Role }, clock, token);
            }

            return await scope.QuerySingleAsync<MemberItem>(ListMembers.Select + " where m.org_id = @Org and m.user_id = @User", new { Org = org.OrgId, User = userId }, token);
        }, ct);
        memberships.ForgetUser(userId);
        return TypedResults.Ok(member);
    }
}
