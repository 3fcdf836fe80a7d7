using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Runs;

/// <summary>GET /api/orgs/{org_id}/runs/{run_id}: everything of one run, at any time of its life.</summary>
internal static class GetRun
{
    public static void Map(WebApplication app) => app.MapOrgGroup("/runs").MapGet("/{run_id:guid}", GetAsync).ForScope("api.read")
        .WithName("getRun").WithTags("Runs").WithSummary("Read a run");

    private static async Task<Results<Ok<RunAnswer>, Problem>> GetAsync(Guid run_id, OrgAccess org, StoredRuns runs, RunExport export, CancellationToken ct) =>
        await runs.FindAsync(org.OrgId, org.UserId, run_id, ct) is { } run ? TypedResults.Ok(await export.AnswerAsync(run, org.UserId, ct)) : new Problem(ApiError.NotFound);
}
