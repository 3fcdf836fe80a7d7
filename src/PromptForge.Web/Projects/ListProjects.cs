using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Projects;

internal static class ListProjects
{
    /// <param name="archived">Shows the archived ones instead of those in use.</param>
    public static async Task<Results<Ok<Page<ProjectItem>>, Problem>> HandleAsync(OrgAccess org, Db db, Cursors cursors, bool? archived, int? limit, string? cursor, CancellationToken ct)
    {
        var page = cursors.Read("projects", org.OrgId, limit, cursor);
        var rows = await db.InOrgAsync(org.OrgId, org.UserId, (scope, token) => ProjectRows.ReadAsync(scope,
            "(archived_at is not null) = @Archived and (@After::uuid is null or id < @After) order by id desc limit @Fetch",
            new { Org = org.OrgId, Archived = archived == true, page.After, page.Fetch }, token), ct);
        return TypedResults.Ok(cursors.Page("projects", org.OrgId, page, rows, p => p.Id));
    }
}
