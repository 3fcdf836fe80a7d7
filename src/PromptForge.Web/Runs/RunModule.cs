using Microsoft.AspNetCore.Http.Features;
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
        app.MapPost("/api/run/{module_id}", ByKeyAsync).ForKeys("api.run", "hasAPI").Idempotent(RecallAsync)
            .WithName("runModule").WithTags("Runs").WithSummary("Run a module with an API key").WithDescription(Description).WithRequestTimeout(ApiSetup.Long);
        app.MapOrgGroup("/runs").MapPost("", InOrgAsync).ForScope("api.run").Idempotent(RecallAsync)
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
        var request = (await reader.ReadAsync(org, moduleId, body, [], ct)) with { Once = http.Features.Get<IdempotencyKey>() };
        if (!LetsGo(http.Request) && !ReadsAlong(http.Request))
        {
            var run = await pipeline.RunAsync(request, ct);
            return run.Ok ? TypedResults.Ok(RunAnswer.Of(request, run.Value)) : NotReady(run.Faults);
        }

        var queued = await pipeline.QueueAsync(request, ct);
        if (!queued.Ok)
            return NotReady(queued.Faults);
        if (LetsGo(http.Request))
            return Accepted(org, queued.Value, http);
        return Along(org, queued.Value, http, events, ct);
    }

    /// <summary>After a crash: the run that the request has made is there, so it is answered as it would have been.</summary>
    private static async Task<IResult?> RecallAsync(HttpContext http, Guid runId)
    {
        var (services, org, ct) = (http.RequestServices, http.Features.GetRequiredFeature<OrgAccess>(), http.RequestAborted);
        if (await services.GetRequiredService<StoredRuns>().FindAsync(org.OrgId, org.UserId, runId, ct) is not { } run)
            return null;
        if (LetsGo(http.Request))
            return Accepted(org, runId, http);
        if (ReadsAlong(http.Request))
            return Along(org, runId, http, services.GetRequiredService<RunEvents>(), ct);
        if (run.Waits)
            return new Problem(ApiError.IdempotencyConflict, "The first request with this key still runs. Ask again after it has ended.") { RetryAfter = TimeSpan.FromSeconds(1) };
        return run.Status == "success" ? TypedResults.Ok(await services.GetRequiredService<RunExport>().AnswerAsync(run, org.UserId, ct)) : null;
    }

    private static bool LetsGo(HttpRequest request) => request.Headers["Prefer"].Any(p => p?.Contains("respond-async", StringComparison.OrdinalIgnoreCase) == true);

    private static bool ReadsAlong(HttpRequest request) => request.GetTypedHeaders().Accept.Any(a => a.MediaType.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase));

    private static Accepted<RunQueued> Accepted(OrgAccess org, Guid runId, HttpContext http)
    {
        http.Response.Headers["Preference-Applied"] = "respond-async";
        var url = $"/api/orgs/{org.OrgId}/runs/{runId}";
        return TypedResults.Accepted(url, new RunQueued(runId, "queued", url));
    }

    private static ServerSentEventsResult<object> Along(OrgAccess org, Guid runId, HttpContext http, RunEvents events, CancellationToken ct)
    {
        http.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        return events.Of(org.OrgId, org.UserId, runId, 0, ct);
    }

    /// <summary>What the reader has let through and the pipeline still refuses: the module itself is not ready, or the plan changed in between.</summary>
    private static Problem NotReady(IReadOnlyList<Fault> faults) => faults.FirstOrDefault(f => ApiError.Find(f.Code) is not null) is { } refused
        ? Problem.Of(ApiError.Find(refused.Code)!, faults)
        : Problem.Of(ApiError.DorFailed, faults).With("checks", faults.Select(f => f.Where));
}

/// <param name="Url">Where the run is read; <c>{url}/events</c> follows it.</param>
public sealed record RunQueued(Guid RunId, string Status, string Url);
