using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core.Catalog;
using PromptForge.Core;
using PromptForge.Web.Audit;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

/// <summary>Either an account, which is a member at once, or an address, which gets an invitation whether it has an account or not.</summary>
public sealed record AddMemberRequest(OrgRole Role, Guid? UserId = null, string? Email = null);

/// <summary>The one of the two that was made.</summary>
public sealed record AddedMember(MemberItem? Member, InvitationItem? Invitation);

internal static class AddMember
{
    public static async Task<Results<Created<AddedMember>, Problem>> HandleAsync(
        AddMemberRequest request, HttpRequest http, OrgAccess org, AuditActor actor, Db db, EntitlementResolver entitlements, ProductCatalog catalog, InviteMember invite, Memberships memberships, TimeProvider clock, CancellationToken ct)
    {
        if (request.UserId is null == request.Email is null)
            return Problem.Of(ApiError.InputInvalid, [new Fault("ONE_OF", "", "Give either \"user_id\" or \"email\".")]);
        if (request.Email is not null)
        {
            var invitation = await invite.RunAsync(request.Email, request.Role, org, actor, InvitationMail.LanguageOf(http), ct);
            return TypedResults.Created($"/api/orgs/{org.OrgId}/invitations/{invitation.Id}", new AddedMember(null, invitation));
        }

        var user = request.UserId!.Value;
        var rights = await entitlements.OfAsync(org.OrgId, null, ct);
        try
        {
            var member = await db.InOrgAsync(org.OrgId, org.UserId, async (scope, token) =>
            {
                var role = await OrgLock.EnterAsync(scope, org.OrgId, org.UserId!.Value, token);
                if (!MemberRules.May(role, null, request.Role, self: false))
                    throw new RefusedException(OrgLock.Refusal(role, MemberRules.Allowed(null, request.Role)));
                if (await OrgLock.RoleAsync(scope, org.OrgId, user, token) is not null)
                    throw new RefusedException(new(ApiError.AlreadyExists, "This person is a member already; change the role instead."));
                (await Seats.CountAsync(scope, org.OrgId, rights, token)).TakeOne(rights, catalog);
                await scope.ExecuteAsync("insert into org_members (org_id, user_id, role) values (@Org, @User, @Role)", new { Org = org.OrgId, User = user, Role = request.Role.Code() }, token);
                await AuditLog.WriteAsync(scope, actor, org.OrgId, "member.added", "member", user.ToString(), new { request.Role }, clock, token);
                return await scope.QuerySingleAsync<MemberItem>(ListMembers.Select + " where m.org_id = @Org and m.user_id = @User", new { Org = org.OrgId, User = user }, token);
            }, ct);
            memberships.ForgetUser(user);
            return TypedResults.Created($"/api/orgs/{org.OrgId}/members/{user}", new AddedMember(member, null));
        }
        catch (PlatformException e) when (e.Code == "REFERENCE_MISSING")
        {
            return Problem.Of(ApiError.InputInvalid, [new Fault("USER_UNKNOWN", "/user_id", "There is no such account. Invite the person by e-mail instead.")]);
        }
    }
}
