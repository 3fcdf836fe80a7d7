using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core.Catalog;
using PromptForge.Web.Audit;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

/// <param name="Token">From the mail. It is taken in a body only, because addresses end up in logs.</param>
public sealed record InvitationTokenRequest(string Token);

/// <summary>For the person whose confirmed address was invited, once. The invitation's seat becomes the member's.</summary>
internal static class AcceptInvitation
{
    public static async Task<Results<Ok<OrgItem>, Problem>> HandleAsync(
        InvitationTokenRequest request, Caller caller, AuditActor actor, Db db, EntitlementResolver entitlements, ProductCatalog catalog, Memberships memberships, TimeProvider clock, CancellationToken ct)
    {
        var user = caller.Person();
        if (await PreviewInvitation.FindAsync(db, request.Token, ct) is not { } found)
            return PreviewInvitation.Unknown();
        var rights = await entitlements.OfAsync(found.OrgId, null, ct);
        var item = await db.InOrgAsync(found.OrgId, user, async (scope, token) =>
        {
            await OrgLock.HoldAsync(scope, found.OrgId, token);
            var invitation = await scope.QueryFirstOrDefaultAsync<InvitationItem>(InviteMember.Select + " where org_id = @Org and id = @Id and token_hash = @Hash and accepted_at is null and revoked_at is null and expires_at > @Now",
                new { Org = found.OrgId, found.Id, Hash = InvitationToken.HashOf(request.Token), Now = clock.GetUtcNow() }, token) ?? throw new RefusedException(PreviewInvitation.Unknown());
            if (await scope.QuerySingleAsync<string?>("select app.my_confirmed_email()", null, token) != invitation.Email)
                throw new RefusedException(new(ApiError.AddressMismatch));
            if (await Seats.CountAsync(scope, found.OrgId, rights, token) is { } seats && seats.Taken > seats.Total)
                (seats with { Taken = seats.Taken - 1 }).TakeOne(rights, catalog);

            // Somebody who was added meanwhile keeps the role given then.
            var joined = await scope.ExecuteAsync("insert into org_members (org_id, user_id, role) values (@Org, @User, @Role) on conflict do nothing", new { Org = found.OrgId, User = user, Role = invitation.Role.Code() }, token);
            await scope.ExecuteAsync("update invitations set accepted_at = @Now, accepted_by = @User where org_id = @Org and id = @Id", new { Org = found.OrgId, found.Id, User = user, Now = clock.GetUtcNow() }, token);
            await AuditLog.WriteAsync(scope, actor, found.OrgId, "invitation.accepted", "invitation", found.Id.ToString(), new { member = user, invitation.Role, joined = joined == 1 }, clock, token);
            var org = await scope.QuerySingleAsync<Row>("select o.name, o.slug::text, m.role from orgs o join org_members m on m.org_id = o.id and m.user_id = @User where o.id = @Org", new { Org = found.OrgId, User = user }, token);
            return OrgItem.Of(found.OrgId, org.Name, org.Slug, OrgRoles.Parse(org.Role));
        }, ct);
        memberships.ForgetUser(user);
        return TypedResults.Ok(item);
    }

    private sealed record Row(string Name, string Slug, string Role);
}
