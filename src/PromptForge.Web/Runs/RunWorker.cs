using PromptForge.Web.Platform;

namespace PromptForge.Web.Runs;

/// <summary>
/// Executes the runs that wait, on every node: claims the oldest, works on a few at a time, and sleeps until a run is queued or a lease may have ended. A node that stops finishes what it
/// can within <see cref="Farewell"/> and hands back the rest.
/// </summary>
internal sealed partial class RunWorker(Db db, RunWork work, Changes changes, IConfiguration configuration, TimeProvider clock, ILogger<RunWorker> log) : BackgroundService
{
    /// <summary>How long a run whose node died may lie before it is looked for, beside its lease.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim woken = new(1);
    private readonly string owner = $"{Environment.MachineName}/{Guid.CreateVersion7(clock.GetUtcNow()):n}";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var most = configuration.GetValue("Runs:Workers", 4);
        if (most <= 0)
            return;
        changes.Subscribe("queued", _ => Wake(), Wake);
        using var abandon = new CancellationTokenSource();
        using var free = new SemaphoreSlim(most);
        var running = new List<Task>();
        try
        {
            while (true)
            {
                await free.WaitAsync(stoppingToken);
                running.RemoveAll(t => t.IsCompleted);
                if (await ClaimAsync(stoppingToken) is { } claim)
                {
                    running.Add(WorkAsync(claim, free, abandon.Token));
                    continue;
                }

                free.Release();
                await woken.WaitAsync(Idle, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }

        var rest = Task.WhenAll(running);
        await Task.WhenAny(rest, Task.Delay(Farewell, clock, CancellationToken.None));
        await abandon.CancelAsync();
        await rest;
    }

    private async Task WorkAsync(RunClaim claim, SemaphoreSlim free, CancellationToken abandon)
    {
        try
        {
            await Task.Run(() => work.DoAsync(claim, owner, abandon), CancellationToken.None);
        }
        catch (Exception e)
        {
            // Its lease ends, and then it is tried again.
            Log.Failed(log, claim.RunId, Errors.Anatomy(e));
        }
        finally
        {
            free.Release();
        }
    }

    private async Task<RunClaim?> ClaimAsync(CancellationToken ct)
    {
        try
        {
            return await db.AsServerAsync((scope, token) => scope.QueryFirstOrDefaultAsync<RunClaim>("select org_id, run_id, fencing_token, attempt from app.claim_run(@Owner, @Lease)", new { Owner = owner, Lease = RunLeases.Length }, token), ct);
        }
        catch (PlatformException e)
        {
            Log.NoClaim(log, e.Code);
            return null;
        }
    }

    private void Wake()
    {
        // One too many costs one look at the queue.
        if (woken.CurrentCount == 0)
            woken.Release();
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Run {RunId} could not be worked on: {Anatomy}")]
        public static partial void Failed(ILogger log, Guid runId, string anatomy);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The queue of runs cannot be read ({Code}); it is tried again.")]
        public static partial void NoClaim(ILogger log, string code);
    }
}

/// <summary>A run that this node may work on until its lease ends.</summary>
internal sealed record RunClaim(Guid OrgId, Guid RunId, long FencingToken, int Attempt);
