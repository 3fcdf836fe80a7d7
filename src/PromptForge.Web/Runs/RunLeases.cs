using System.Diagnostics;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Runs;

/// <summary>Keeps a run this node's while it is worked on, whoever waits for it: the lease is extended; where it is lost, or the run is canceled, the work is stopped and nothing is written.</summary>
internal sealed class RunLeases(Db db, RunSignals signals)
{
    /// <summary>How long a run is a node's before another one may take it over.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(2);

    private const string Lost = "RUN_LOST";
    private const string Unheld = "RUN_UNHELD";

    private static readonly TimeSpan Beat = Length / 4;

    /// <summary>Whether the run is no longer ours: whoever took it over, or canceled it, says how it ends.</summary>
    public static bool IsLost(Exception error) => error is PlatformException { Code: Lost or Unheld };

    public static PlatformException IsOthers(Exception? error = null) => new(Lost, "The run was canceled or taken over by another node while it ran; nothing of this attempt was stored.", error);

    /// <exception cref="PlatformException">The lease was lost; see <see cref="IsLost"/>.</exception>
    public async Task<T> HoldAsync<T>(Guid orgId, Guid runId, RunLease lease, Func<CancellationToken, Task<T>> work, CancellationToken ct)
    {
        using var watch = signals.Of(runId);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var keeping = KeepAsync(orgId, runId, lease, watch, stop);
        try
        {
            return await work(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw await keeping ?? IsOthers();
        }
        finally
        {
            await stop.CancelAsync();
            await keeping;
        }
    }

    /// <returns>Why the work had to stop; null where it was over.</returns>
    private async Task<PlatformException?> KeepAsync(Guid orgId, Guid runId, RunLease lease, RunSignals.Watch watch, CancellationTokenSource stop)
    {
        PlatformException? reason = null;
        var held = Stopwatch.GetTimestamp();
        try
        {
            while (reason is null)
            {
                await watch.WaitAsync(Beat, stop.Token);
                try
                {
                    if (await ExtendAsync(orgId, runId, lease, stop.Token))
                        held = Stopwatch.GetTimestamp();
                    else
                        reason = IsOthers();
                }
                catch (PlatformException e)
                {
                    // A database that is away for a moment costs nothing while the lease stands; the next beat asks again.
                    if (Stopwatch.GetElapsedTime(held) >= Length - Beat)
                        reason = new(Unheld, "The database did not answer while the run was at work; when the run's lease is over another node goes on with it.", e);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The work is over.
        }

        if (reason is not null)
            await stop.CancelAsync();
        return reason;
    }

    /// <returns>Whether the run is ours, or ended by us a moment ago.</returns>
    private Task<bool> ExtendAsync(Guid orgId, Guid runId, RunLease lease, CancellationToken ct) => db.InOrgAsync(orgId, null, async (scope, token) =>
    {
        var of = new { Org = orgId, Run = runId, lease.Owner, lease.Token, Length };
        return await scope.ExecuteAsync("update runs set lease_until = now() + @Length where org_id = @Org and id = @Run and status = 'running' and lease_owner = @Owner and fencing_token = @Token", of, token) == 1
            || await scope.QuerySingleAsync<bool>("select exists (select from runs where org_id = @Org and id = @Run and status = 'success' and fencing_token = @Token)", of, token);
    }, ct);
}
