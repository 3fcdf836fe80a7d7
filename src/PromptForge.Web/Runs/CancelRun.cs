using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Runs;

/// <summary>POST .../cancel: a run that waits is not started, one that runs is stopped on whichever node works on it.</summary>
internal static class CancelRun
{
    public static void Map(WebApplication app) => app.MapOrgGroup("/runs").MapPost("/{run_id:guid}/cancel", PostAsync).ForScope("api.run")
        .WithName("cancelRun").WithTags("Runs").WithSummary("Cancel a run that is not over");

    private static async Task<Results<Ok<RunAnswer>, Problem>> PostAsync(Guid run_id, OrgAccess org, Db db, CancellationToken ct)
    {
        var run = await db.InOrgAsync(org.OrgId, org.UserId, async (scope, token) =>
        {
            // Whoever works on it holds the row when it stores the end, so one of the two comes first and the other finds the run over.
            var canceled = await scope.ExecuteAsync("""
                update runs set status = 'canceled', error_code = 'CANCELED', finished_at = greatest(now(), started_at), lease_owner = null, lease_until = null
                 where org_id = @Org and id = @Run and status in ('queued', 'running')
                """, new { Org = org.OrgId, Run = run_id }, token);
            var row = await StoredRuns.FindAsync(scope, org.OrgId, run_id, token) ?? throw new RefusedException(new(ApiError.NotFound));
            return canceled == 1 ? row : throw new RefusedException(new(ApiError.RunFinished, $"The run ended as {row.Status} and does not change any more."));
        }, ct);
        return TypedResults.Ok(run.Answer(null, []));
    }
}
