using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Web.Audit;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

internal static class RevokeInvitation
{
    public static async Task<Results<NoContent, Problem>> HandleAsync(Guid id, OrgAccess org, AuditActor actor, Db db, TimeProvider clock, CancellationToken ct)
    {
        await db.InOrgAsync(org.OrgId, org.UserId, async (scope, token) =>
        {
            await OpenInvitation.EnterAsync(scope, org, id, clock.GetUtcNow(), token);
            await scope.ExecuteAsync("update invitations set revoked_at = @Now where org_id = @Org and id = @Id", new { Org = org.OrgId, Id = id, Now = clock.GetUtcNow() }, token);
            await AuditLog.WriteAsync(scope, actor, org.OrgId, "invitation.revoked", "invitation", id.ToString(), null, clock, token);
            return true;
        }, ct);
        return TypedResults.NoContent();
    }
}

/// <summary>An invitation that waits, within the reach of whoever changes it: an admin does not touch one that makes an owner.</summary>
internal static class OpenInvitation
{
    public static async Task<InvitationItem> EnterAsync(OrgScope scope, OrgAccess org, Guid id, DateTimeOffset now, CancellationToken ct)
    {
        var own = await OrgLock.EnterAsync(scope, org.OrgId, org.UserId!.Value, ct);
        var invitation = await scope.QueryFirstOrDefaultAsync<InvitationItem>(InviteMember.Select + " where org_id = @Org and id = @Id and accepted_at is null and revoked_at is null", new { Org = org.OrgId, Id = id, Now = now }, ct)
            ?? throw new RefusedException(new(ApiError.NotFound));
        return MemberRules.May(own, null, invitation.Role, self: false) ? invitation : throw new RefusedException(OrgLock.Refusal(own, MemberRules.Allowed(null, invitation.Role)));
    }
}
