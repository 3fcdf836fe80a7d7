using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Runs;

/// <summary>
/// A run as server-sent events, from whichever node executes it: <c>status</c> while it waits and runs, <c>token</c> with pieces of the output, <c>score</c>, <c>bundle</c>, and <c>done</c>
/// with the whole run, or <c>error</c>. An event's id is its place, the same every time, so that <c>Last-Event-ID</c> goes on behind it.
/// </summary>
internal sealed class RunEvents(StoredRuns runs, RunExport export, RunSignals signals, IHostApplicationLifetime host)
{
    private const int PieceLength = 240;
    private const int QueuedAt = 1;
    private const int RunningAt = 2;
    private const int ScoreAt = 1_000_000;

    /// <summary>Proxies close what is silent for long; and a change that was not heard is seen after this time.</summary>
    private static readonly TimeSpan Pulse = TimeSpan.FromSeconds(15);

    public static void Map(WebApplication app) => app.MapOrgGroup("/runs").MapGet("/{run_id:guid}/events", FollowAsync).ForScope("api.read")
        .WithName("followRun").WithTags("Runs").WithSummary("Follow a run to its end as server-sent events").Produces(StatusCodes.Status200OK, contentType: "text/event-stream").DisableRequestTimeout();

    private static async Task<Results<ServerSentEventsResult<object>, Problem>> FollowAsync(Guid run_id, OrgAccess org, HttpContext http, RunEvents events, StoredRuns runs, CancellationToken ct)
    {
        var after = 0;
        if (http.Request.Headers.TryGetValue("Last-Event-ID", out var last) && !(int.TryParse(last, out after) && after >= 0))
            return Problem.Of(ApiError.InputInvalid, [new Fault("INPUT_INVALID", "/Last-Event-ID", "Last-Event-ID is the id of an event of this run.")]);
        if (await runs.FindAsync(org.OrgId, org.UserId, run_id, ct) is null)
            return new Problem(ApiError.NotFound);
        return HeadIsGet.WasAsked(http) ? TypedResults.ServerSentEvents(AsyncEnumerable.Empty<SseItem<object>>()) : events.Of(org.OrgId, org.UserId, run_id, after, ct);
    }

    public ServerSentEventsResult<object> Of(Guid orgId, Guid? userId, Guid runId, int after, CancellationToken ct) => TypedResults.ServerSentEvents(ReadAsync(orgId, userId, runId, after, ct));

    private async IAsyncEnumerable<SseItem<object>> ReadAsync(Guid orgId, Guid? userId, Guid runId, int after, [EnumeratorCancellation] CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct, host.ApplicationStopping);
        using var watch = signals.Of(runId);
        while (!stop.IsCancellationRequested)
        {
            if (await runs.FindAsync(orgId, userId, runId, ct) is not { } run)
                yield break;
            if (!run.Waits)
            {
                foreach (var item in await EndAsync(run, userId, ct))
                    if (int.Parse(item.EventId!, System.Globalization.CultureInfo.InvariantCulture) > after)
                        yield return item;
                yield break;
            }

            var at = run.Status == "queued" ? QueuedAt : RunningAt;
            yield return Item("status", at, new RunStatus(run.Id, run.Status));
            after = Math.Max(after, at);
            await Told(watch, stop.Token);
        }
    }

    private async Task<IReadOnlyList<SseItem<object>>> EndAsync(StoredRun run, Guid? userId, CancellationToken ct)
    {
        var items = new List<SseItem<object>>();
        if (run.Status != "success")
        {
            items.Add(Item("error", ScoreAt, new RunStatus(run.Id, run.Status, run.ErrorCode)));
            return items;
        }

        foreach (var piece in Pieces(run.Output ?? ""))
            items.Add(Item("token", RunningAt + 1 + items.Count, new RunToken(piece)));
        var answer = await export.AnswerAsync(run, userId, ct);
        items.Add(Item("score", ScoreAt, answer.Score!));
        if (answer.Bundle is not null)
            items.Add(Item("bundle", ScoreAt + 1, answer.Bundle));
        items.Add(Item("done", ScoreAt + 2, answer));
        return items;
    }

    private static IEnumerable<string> Pieces(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var length = Math.Min(PieceLength, text.Length - at);
            if (char.IsHighSurrogate(text[at + length - 1]) && at + length < text.Length)
                length++;
            yield return text.Substring(at, length);
            at += length;
        }
    }

    private static async Task Told(RunSignals.Watch watch, CancellationToken ct)
    {
        try
        {
            await watch.WaitAsync(Pulse, ct);
        }
        catch (OperationCanceledException)
        {
            // The reader left, or the node stops: the stream ends, and the reader comes back with Last-Event-ID.
        }
    }

    private static SseItem<object> Item(string type, int at, object data) => new(data, type) { EventId = at.ToString(System.Globalization.CultureInfo.InvariantCulture) };
}

public sealed record RunStatus(Guid RunId, string Status, string? ErrorCode = null);

public sealed record RunToken(string Text);
