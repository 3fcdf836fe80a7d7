using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Timeouts;
using PromptForge.Core;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Runs;

/// <summary>
/// A module is run: by a system at /api/run, by a member in the organisation. The caller waits for one answer with everything, or asks to be let go (<c>Prefer: respond-async</c>), or reads
/// along (<c>Accept: text/event-stream</c>).
/// </summary>
internal static class RunModule
{
    private const string Description = "Answers when the run is over. With `Prefer: respond-async` it answers 202 at once, with the run's `Location`; with `Accept: text/event-stream` it streams the events `status`, `token`, `score`, `bundle` and `done`.";

    public static void Map(WebApplication app)
    {
        app.MapPost("/api/run/{module_id}", ByKeyAsync).ForKeys("api.run", "hasAPI").Idempotent()
            .WithName("runModule").WithTags("Runs").WithSummary("Run a module with an API key").WithDescription(Description).WithRequestTimeout(ApiSetup.Long);
        app.MapOrgGroup("/runs").MapPost("", InOrgAsync).ForScope("api.run").Idempotent()
            .WithName("createRun").WithTags("Runs").WithSummary("Run a module in an organisation").WithDescription(Description).WithRequestTimeout(ApiSetup.Long);
    }

    private static Task<Results<Ok<RunAnswer>, Accepted<RunQueued>, ServerSentEventsResult<object>, Problem>> ByKeyAsync(
        string module_id, RunBody body, OrgAccess org, HttpContext http, RunReader reader, RunPipeline pipeline, RunEvents events, CancellationToken ct) =>
        RunAsync(org, module_id, body, http, reader, pipeline, events, ct);

    private static Task<Results<Ok<RunAnswer>, Accepted<RunQueued>, ServerSentEventsResult<object>, Problem>> InOrgAsync(
        OrgRunBody body, OrgAccess org, HttpContext http, RunReader reader, RunPipeline pipeline, RunEvents events, CancellationToken ct) =>
        RunAsync(org, body.ModuleId, body, http, reader, pipeline, events, ct);

    private static async Task<Results<Ok<RunAnswer>, Accepted<RunQueued>, ServerSentEventsResult<object>, Problem>> RunAsync(
        OrgAccess org, string moduleId, RunBody body, HttpContext http, RunReader reader, RunPipeline pipeline, RunEvents events, CancellationToken ct)
    {
        var request = await reader.ReadAsync(org, moduleId, body, [], ct);
        var letGo = http.Request.Headers["Prefer"].Any(p => p?.Contains("respond-async", StringComparison.OrdinalIgnoreCase) == true);
        if (!letGo && !http.Request.GetTypedHeaders().Accept.Any(a => a.MediaType.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase)))
        {
            var run = await pipeline.RunAsync(request, ct);
            return run.Ok ? TypedResults.Ok(RunAnswer.Of(request, run.Value)) : NotReady(run.Faults);
        }

        var queued = await pipeline.QueueAsync(request, ct);
        if (!queued.Ok)
            return NotReady(queued.Faults);
        if (!letGo)
        {
            http.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
            return events.Of(org.OrgId, org.UserId, queued.Value, 0, ct);
        }

        http.Response.Headers["Preference-Applied"] = "respond-async";
        var url = $"/api/orgs/{org.OrgId}/runs/{queued.Value}";
        return TypedResults.Accepted(url, new RunQueued(queued.Value, "queued", url));
    }

    /// <summary>What the reader has let through and the pipeline still refuses: the module itself is not ready, or the plan changed in between.</summary>
    private static Problem NotReady(IReadOnlyList<Fault> faults) => faults.FirstOrDefault(f => ApiError.Find(f.Code) is not null) is { } refused
        ? Problem.Of(ApiError.Find(refused.Code)!, faults)
        : Problem.Of(ApiError.DorFailed, faults).With("checks", faults.Select(f => f.Where));
}

/// <param name="Url">Where the run is read; <c>{url}/events</c> follows it.</param>
public sealed record RunQueued(Guid RunId, string Status, string Url);
