using PromptForge.Core.Catalog;
using PromptForge.Core;
using PromptForge.Web.Audit;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

/// <param name="Expired">It takes no seat any more; sending it again opens it for another seven days.</param>
public sealed record InvitationItem(Guid Id, string Email, OrgRole Role, Guid? InvitedBy, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, bool Expired);

/// <summary>An address is invited whether it has an account or not, and the answer is the same.</summary>
internal sealed class InviteMember(Db db, EntitlementResolver entitlements, ProductCatalog catalog, InvitationMail mail, TimeProvider clock)
{
    /// <summary>Far more than a team takes, and too few for a flood of mails.</summary>
    private const int MaxPerDay = 200;

    public const string Select = "select id, email, role, invited_by, created_at, expires_at, expires_at <= @Now as expired from invitations";

    public async Task<InvitationItem> RunAsync(string email, OrgRole role, OrgAccess org, AuditActor actor, string language, CancellationToken ct)
    {
        var faults = new List<Fault>();
        if (Address.Parse(email, "/email").Or(faults) is not { } address)
            throw new RefusedException(Problem.Of(ApiError.InputInvalid, faults));
        mail.Require();
        var rights = await entitlements.OfAsync(org.OrgId, null, ct);
        var (id, now, invitation) = (Guid.CreateVersion7(clock.GetUtcNow()), clock.GetUtcNow(), InvitationToken.New());
        return await db.InOrgAsync(org.OrgId, org.UserId, async (scope, token) =>
        {
            var own = await OrgLock.EnterAsync(scope, org.OrgId, org.UserId!.Value, token);
            if (!MemberRules.May(own, null, role, self: false))
                throw new RefusedException(OrgLock.Refusal(own, MemberRules.Allowed(null, role)));
            await RefuseKnownAsync(scope, org.OrgId, address, now, token);
            (await Seats.CountAsync(scope, org.OrgId, rights, token)).TakeOne(rights, catalog);
            await scope.ExecuteAsync("""
                insert into invitations (org_id, id, email, role, token_hash, invited_by, created_at, expires_at) values (@Org, @Id, @Email, @Role, @Hash, @User, @Now, @Expires)
                """, new { Org = org.OrgId, Id = id, Email = address, Role = role.Code(), invitation.Hash, User = org.UserId, Now = now, Expires = now + InvitationToken.Good }, token);
            await AuditLog.WriteAsync(scope, actor, org.OrgId, "member.invited", "invitation", id.ToString(), new { role }, clock, token);
            await mail.SendAsync(scope, address, org.OrgName, await InviterAsync(scope, org.UserId.Value, token), invitation, language, token);
            return new InvitationItem(id, address, role, org.UserId, now, now + InvitationToken.Good, Expired: false);
        }, ct);
    }

    public static Task<string?> InviterAsync(OrgScope scope, Guid userId, CancellationToken ct) =>
        scope.QueryFirstOrDefaultAsync<string>("select email from app.member_emails() where user_id = @User", new { User = userId }, ct);

    private static async Task RefuseKnownAsync(OrgScope scope, Guid orgId, string address, DateTimeOffset now, CancellationToken ct)
    {
        if (await scope.QuerySingleAsync<bool>("select exists (select from app.member_emails() where lower(email) = @Email)", new { Email = address }, ct))
            throw new RefusedException(new(ApiError.AlreadyExists, "Somebody with this address is a member already; change the role instead."));
        // One that has run out gives way to the new one.
        await scope.ExecuteAsync("update invitations set revoked_at = @Now where org_id = @Org and email = @Email and accepted_at is null and revoked_at is null and expires_at <= @Now",
            new { Org = orgId, Email = address, Now = now }, ct);
        if (await scope.QuerySingleAsync<bool>("select exists (select from invitations where org_id = @Org and email = @Email and accepted_at is null and revoked_at is null)", new { Org = orgId, Email = address }, ct))
            throw new RefusedException(new(ApiError.AlreadyExists, "This address is invited already; send the invitation again, or revoke it."));
        if (await scope.QuerySingleAsync<int>("select count(*)::int from invitations where org_id = @Org and id >= app.uuid_from(@Since)", new { Org = orgId, Since = now.AddDays(-1) }, ct) >= MaxPerDay)
            throw new RefusedException(new(ApiError.RateLimited, $"At most {MaxPerDay} invitations a day can be sent.") { RetryAfter = TimeSpan.FromHours(1) });
    }
}
