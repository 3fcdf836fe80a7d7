using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

internal static class ListOrgs
{
    /// <param name="deleted">Shows the deleted ones, which an owner may restore, instead of those in use.</param>
    public static async Task<Results<Ok<Page<OrgItem>>, Problem>> HandleAsync(
        Caller caller, Memberships memberships, Cursors cursors, bool? deleted, int? limit, string? cursor, CancellationToken ct)
    {
        var user = caller.Person();
        var list = deleted == true ? "orgs.deleted" : "orgs";
        var page = cursors.Read(list, user, limit, cursor);
        var rows = (await memberships.OfAsync(user, ct))
            .Where(m => m.DeletedAt is not null == (deleted == true) && (page.After is null || m.OrgId < page.After))
            .OrderByDescending(m => m.OrgId).Take(page.Fetch)
            .Select(m => OrgItem.Of(m.OrgId, m.Name, m.Slug, m.OrgRole, m.DeletedAt)).ToList();
        return TypedResults.Ok(cursors.Page(list, user, page, rows, o => o.Id));
    }
}
