using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Projects;

internal static class ProjectsSetup
{
    public static void MapProjects(this WebApplication app)
    {
        var projects = app.MapOrgGroup("/projects").WithTags("Projects");
        projects.MapGet("", ListProjects.HandleAsync).ForScope("api.read").WithName("listProjects").WithSummary("Projects with their run count, cost and last run")
            .WithDescription("With `archived=true` the archived ones instead of those in use.");
        projects.MapPost("", CreateProject.HandleAsync).Idempotent().WithName("createProject").WithSummary("Create a project");
        projects.MapGet("/{slug}", GetProject.HandleAsync).ForScope("api.read").WithName("getProject").WithSummary("One project");
        projects.MapPatch("/{slug}", ChangeProject.HandleAsync).WithName("changeProject").WithSummary("Rename, describe, archive or unarchive a project");
    }
}
