using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core;
using PromptForge.Web.Audit;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Projects;

/// <param name="Slug">Left out: made from the name.</param>
/// <param name="Meta">Anything of the team's own, kept as it is.</param>
public sealed record CreateProjectRequest(string Name, string? Slug = null, string? Description = null, JsonElement? Meta = null);

internal static class CreateProject
{
    public static async Task<Results<Created<ProjectItem>, Problem>> HandleAsync(CreateProjectRequest request, OrgAccess org, AuditActor actor, Db db, TimeProvider clock, CancellationToken ct)
    {
        var faults = new List<Fault>();
        var name = Naming.Name(request.Name, "/name").Or(faults);
        var wanted = request.Slug is null ? null : Naming.Slug(request.Slug, "/slug").Or(faults);
        var (description, meta) = (ProjectInput.Description(request.Description, faults), ProjectInput.Meta(request.Meta, faults));
        if (name is null || faults.Count > 0)
            return Problem.Of(ApiError.InputInvalid, faults);

        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var made = Naming.SlugOf(name, "project");
        var project = await db.InOrgAsync(org.OrgId, org.UserId, async (scope, token) =>
        {
            for (var slug = wanted ?? made; ; slug = Naming.WithEnd(made, RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 4)))
            {
                if (await scope.ExecuteAsync("""
                    insert into projects (org_id, id, slug, name, description, meta, created_by) values (@Org, @Id, @Slug, @Name, nullif(@Description, ''), @Meta::jsonb, @User)
                    on conflict (org_id, slug) do nothing
                    """, new { Org = org.OrgId, Id = id, Slug = slug, Name = name, Description = description, Meta = meta, User = org.UserId }, token) == 1)
                    break;
                if (wanted is not null)
                    throw new RefusedException(new(ApiError.SlugTaken));
            }

            await AuditLog.WriteAsync(scope, actor, org.OrgId, "project.created", "project", id.ToString(), null, clock, token);
            return (await ProjectRows.ReadAsync(scope, "id = @Id", new { Org = org.OrgId, Id = id }, token))[0];
        }, ct);
        return TypedResults.Created($"/api/orgs/{org.OrgId}/projects/{project.Slug}", project);
    }
}
