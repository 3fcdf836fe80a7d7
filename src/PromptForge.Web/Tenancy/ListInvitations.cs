using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

/// <summary>Those that nobody has accepted or revoked.</summary>
internal static class ListInvitations
{
    public static async Task<Results<Ok<Page<InvitationItem>>, Problem>> HandleAsync(OrgAccess org, Db db, Cursors cursors, TimeProvider clock, int? limit, string? cursor, CancellationToken ct)
    {
        var page = cursors.Read("invitations", org.OrgId, limit, cursor);
        var rows = await db.InOrgAsync(org.OrgId, org.UserId, (scope, token) => scope.QueryAsync<InvitationItem>(
            InviteMember.Select + " where org_id = @Org and accepted_at is null and revoked_at is null and (@After::uuid is null or id < @After) order by id desc limit @Fetch",
            new { Org = org.OrgId, page.After, page.Fetch, Now = clock.GetUtcNow() }, token), ct);
        return TypedResults.Ok(cursors.Page("invitations", org.OrgId, page, rows, i => i.Id));
    }
}
