using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core.Catalog;
using PromptForge.Web.Audit;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

/// <summary>A new token for seven days from now; the one that was sent before is good no longer.</summary>
internal static class ResendInvitation
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    public static async Task<Results<Ok<InvitationItem>, Problem>> HandleAsync(
        Guid id, HttpRequest http, OrgAccess org, AuditActor actor, Db db, EntitlementResolver entitlements, ProductCatalog catalog, InvitationMail mail, TimeProvider clock, CancellationToken ct)
    {
        mail.Require();
        var rights = await entitlements.OfAsync(org.OrgId, null, ct);
        var (now, invitation) = (clock.GetUtcNow(), InvitationToken.New());
        var item = await db.InOrgAsync(org.OrgId, org.UserId, async (scope, token) =>
        {
            var was = await OpenInvitation.EnterAsync(scope, org, id, now, token);
            if (was.ExpiresAt - InvitationToken.Good + Pause is var again && again > now)
                throw new RefusedException(new(ApiError.RateLimited, "This invitation was sent a moment ago.") { RetryAfter = again - now });
            if (was.Expired)
                (await Seats.CountAsync(scope, org.OrgId, rights, token)).TakeOne(rights, catalog);
            await scope.ExecuteAsync("update invitations set token_hash = @Hash, expires_at = @Expires where org_id = @Org and id = @Id",
                new { Org = org.OrgId, Id = id, invitation.Hash, Expires = now + InvitationToken.Good }, token);
            await AuditLog.WriteAsync(scope, actor, org.OrgId, "invitation.resent", "invitation", id.ToString(), null, clock, token);
            await mail.SendAsync(scope, was.Email, org.OrgName, await InviteMember.InviterAsync(scope, org.UserId!.Value, token), invitation, InvitationMail.LanguageOf(http), token);
            return was with { ExpiresAt = now + InvitationToken.Good, Expired = false };
        }, ct);
        return TypedResults.Ok(item);
    }
}
