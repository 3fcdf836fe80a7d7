using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core;
using PromptForge.Web.Audit;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

/// <summary>What is left out stays as it is.</summary>
public sealed record RenameOrgRequest(string? Name = null, string? Slug = null);

internal static class RenameOrg
{
    public static async Task<Results<Ok<OrgItem>, Problem>> HandleAsync(
        RenameOrgRequest request, OrgAccess org, AuditActor actor, Db db, Memberships memberships, TimeProvider clock, CancellationToken ct)
    {
        var faults = new List<Fault>();
        var name = request.Name is null ? null : Naming.Name(request.Name, "/name").Or(faults);
        var slug = request.Slug is null ? null : Naming.Slug(request.Slug, "/slug").Or(faults);
        if (faults.Count > 0)
            return Problem.Of(ApiError.InputInvalid, faults);

        var renamed = await db.InOrgAsync(org.OrgId, org.UserId, async (scope, token) =>
        {
            var was = await scope.QueryFirstOrDefaultAsync<Row>("select name, slug::text from orgs where id = @Org and deleted_at is null for no key update", new { Org = org.OrgId }, token)
                ?? throw new RefusedException(new(ApiError.NotFound));
            var now = new Row(name ?? was.Name, slug ?? was.Slug);
            if (now != was)
            {
                await scope.ExecuteAsync("update orgs set name = @Name, slug = @Slug where id = @Org", new { Org = org.OrgId, now.Name, now.Slug }, token);
                await AuditLog.WriteAsync(scope, actor, org.OrgId, "org.renamed", "org", org.OrgId.ToString(), new { from = was, to = now }, clock, token);
            }

            return now;
        }, ct);
        memberships.ForgetOrg(org.OrgId);
        return TypedResults.Ok(OrgItem.Of(org.OrgId, renamed.Name, renamed.Slug, org.Role));
    }

    private sealed record Row(string Name, string Slug);
}
