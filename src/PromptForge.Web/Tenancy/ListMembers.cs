using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

/// <param name="Email">Null where the accounts are kept elsewhere and addresses are not shared.</param>
public sealed record MemberItem(Guid UserId, string? Email, OrgRole Role, DateTimeOffset CreatedAt);

internal static class ListMembers
{
    public const string Select = "select m.user_id, e.email, m.role, m.created_at from org_members m left join app.member_emails() e on e.user_id = m.user_id";

    public static async Task<Results<Ok<Page<MemberItem>>, Problem>> HandleAsync(OrgAccess org, Db db, Cursors cursors, int? limit, string? cursor, CancellationToken ct)
    {
        var page = cursors.Read("members", org.OrgId, limit, cursor);
        var rows = await db.InOrgAsync(org.OrgId, org.UserId, (scope, token) => scope.QueryAsync<MemberItem>(
            Select + " where m.org_id = @Org and (@After::uuid is null or m.user_id < @After) order by m.user_id desc limit @Fetch", new { Org = org.OrgId, page.After, page.Fetch }, token), ct);
        return TypedResults.Ok(cursors.Page("members", org.OrgId, page, rows, m => m.UserId));
    }
}
