using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Runs;

/// <summary>A module is run, and one answer holds the prompt, the scored output, the bundle and the telemetry: by a system at /api/run, by a member in the organisation.</summary>
internal static class RunModule
{
    public static void MapRunModule(this WebApplication app)
    {
        app.MapPost("/api/run/{module_id}", ByKeyAsync).ForKeys("api.run", "hasAPI").Idempotent()
            .WithName("runModule").WithTags("Runs").WithSummary("Run a module with an API key");
        app.MapOrgGroup("/runs").MapPost("", InOrgAsync).ForScope("api.run").Idempotent()
            .WithName("createRun").WithTags("Runs").WithSummary("Run a module in an organisation");
    }

    private static Task<Results<Ok<RunAnswer>, Problem>> ByKeyAsync(string module_id, RunBody body, OrgAccess org, RunReader reader, RunPipeline pipeline, TimeProvider clock, CancellationToken ct) =>
        RunAsync(org, module_id, body, reader, pipeline, clock, ct);

    private static Task<Results<Ok<RunAnswer>, Problem>> InOrgAsync(OrgRunBody body, OrgAccess org, RunReader reader, RunPipeline pipeline, TimeProvider clock, CancellationToken ct) =>
        RunAsync(org, body.ModuleId, body, reader, pipeline, clock, ct);

    private static async Task<Results<Ok<RunAnswer>, Problem>> RunAsync(OrgAccess org, string moduleId, RunBody body, RunReader reader, RunPipeline pipeline, TimeProvider clock, CancellationToken ct)
    {
        var started = clock.GetUtcNow();
        var request = await reader.ReadAsync(org, moduleId, body, ct);
        var run = await pipeline.RunAsync(request, ct);
        return run.Ok ? TypedResults.Ok(RunAnswer.Of(request, run.Value, started)) : NotReady(run.Faults);
    }

    /// <summary>What the reader has let through and the pipeline still refuses: the module itself is not ready, or the plan changed in between.</summary>
    private static Problem NotReady(IReadOnlyList<Fault> faults) => faults.FirstOrDefault(f => ApiError.Find(f.Code) is not null) is { } refused
        ? Problem.Of(ApiError.Find(refused.Code)!, faults)
        : Problem.Of(ApiError.DorFailed, faults).With("checks", faults.Select(f => f.Where));
}
