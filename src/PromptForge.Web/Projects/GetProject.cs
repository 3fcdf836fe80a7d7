using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Projects;

internal static class GetProject
{
    public static async Task<Results<Ok<ProjectItem>, Problem>> HandleAsync(string slug, OrgAccess org, Db db, CancellationToken ct)
    {
        if (!Naming.Slug(slug, "/slug").Ok)
            return new Problem(ApiError.NotFound);
        var rows = await db.InOrgAsync(org.OrgId, org.UserId, (scope, token) => ProjectRows.ReadAsync(scope, "slug = @Slug", new { Org = org.OrgId, Slug = slug }, token), ct);
        return rows is [var project] ? TypedResults.Ok(project) : new Problem(ApiError.NotFound);
    }
}
