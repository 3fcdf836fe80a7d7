using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core;
using PromptForge.Web.Audit;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Projects;

/// <summary>What is left out stays as it is; an empty description takes the old one away.</summary>
/// <param name="Archived">An archived project keeps its runs and leaves the list.</param>
public sealed record ChangeProjectRequest(string? Name = null, string? Slug = null, string? Description = null, JsonElement? Meta = null, bool? Archived = null);

/// <summary>Owners and admins change every project, members those that they created.</summary>
internal static class ChangeProject
{
    public static async Task<Results<Ok<ProjectItem>, Problem>> HandleAsync(
        string slug, ChangeProjectRequest request, OrgAccess org, AuditActor actor, Db db, TimeProvider clock, CancellationToken ct)
    {
        var faults = new List<Fault>();
        var name = request.Name is null ? null : Naming.Name(request.Name, "/name").Or(faults);
        var wanted = request.Slug is null ? null : Naming.Slug(request.Slug, "/slug").Or(faults);
        var (description, meta) = (ProjectInput.Description(request.Description, faults), ProjectInput.Meta(request.Meta, faults));
        if (faults.Count > 0)
            return Problem.Of(ApiError.InputInvalid, faults);
        if (!Naming.Slug(slug, "/slug").Ok)
            return new Problem(ApiError.NotFound);

        var project = await db.InOrgAsync(org.OrgId, org.UserId, async (scope, token) =>
        {
            var was = await scope.QueryFirstOrDefaultAsync<Row>("select id, created_by, archived_at from projects where org_id = @Org and slug = @Slug for no key update", new { Org = org.OrgId, Slug = slug }, token)
                ?? throw new RefusedException(new(ApiError.NotFound));
            if (org.Role < OrgRole.Admin && was.CreatedBy != org.UserId)
                throw new RefusedException(new Problem(ApiError.RoleRequired, "Owners, admins and whoever created the project change it.").With("allowed", new[] { "admin", "owner" }));
            await scope.ExecuteAsync("""
                update projects set name = coalesce(@Name, name), slug = coalesce(@Wanted, slug), description = case when @Description::text is null then description else nullif(@Description, '') end,
                       meta = coalesce(@Meta::jsonb, meta), archived_at = case when @Archived::boolean is null then archived_at when @Archived then coalesce(archived_at, @Now) end
                 where org_id = @Org and id = @Id
                """, new { Org = org.OrgId, was.Id, Name = name, Wanted = wanted, Description = description, Meta = meta, request.Archived, Now = clock.GetUtcNow() }, token);
            foreach (var action in Actions(request, was))
                await AuditLog.WriteAsync(scope, actor, org.OrgId, action, "project", was.Id.ToString(), null, clock, token);
            return (await ProjectRows.ReadAsync(scope, "id = @Id", new { Org = org.OrgId, was.Id }, token))[0];
        }, ct);
        return TypedResults.Ok(project);
    }

    private static IEnumerable<string> Actions(ChangeProjectRequest request, Row was)
    {
        if (request is not { Name: null, Slug: null, Description: null, Meta: null })
            yield return "project.changed";
        if (request.Archived is { } archived && archived != was.ArchivedAt is not null)
            yield return archived ? "project.archived" : "project.unarchived";
    }

    private sealed record Row(Guid Id, Guid? CreatedBy, DateTimeOffset? ArchivedAt);
}
