using PromptForge.Web.Platform;

namespace PromptForge.Web.Runs;

/// <summary>One claimed run, from its rows to its end. While it works the lease is extended; a lease that is lost, or a run that is canceled, stops the work and nothing is written.</summary>
internal sealed class RunWork(Db db, StoredRuns runs, RunPipeline pipeline, RunSignals signals, TimeProvider clock)
{
    /// <summary>A run that brought down this many nodes is not given to another.</summary>
    private const int MostAttempts = 5;

    private static readonly TimeSpan Beat = RunPipeline.Lease / 4;

    public async Task DoAsync(RunClaim claim, string owner, CancellationToken abandon)
    {
        var lease = new RunLease(owner, claim.FencingToken);
        using var watch = signals.Of(claim.RunId);
        if (await runs.FindAsync(claim.OrgId, null, claim.RunId, CancellationToken.None) is not { PromptId: { } promptId } run)
        {
            await pipeline.EndBadlyAsync(claim.OrgId, null, new(claim.RunId, default, default, clock.GetUtcNow(), lease), new PlatformException("PROMPT_GONE", "The run's prompt was deleted."));
            return;
        }

        var ids = new RunIds(run.Id, promptId, run.ParameterSetId, run.StartedAt, lease);
        using var work = CancellationTokenSource.CreateLinkedTokenSource(abandon);
        var beating = BeatAsync(claim, lease, watch, work);
        try
        {
            if (claim.Attempt > MostAttempts)
                throw new PlatformException("ATTEMPTS_EXHAUSTED", $"{MostAttempts} attempts did not end.");
            await ResumeAsync(run, ids, work.Token);
        }
        catch (OperationCanceledException) when (abandon.IsCancellationRequested)
        {
            await HandBackAsync(claim, lease);
        }
        catch (OperationCanceledException)
        {
            // Canceled or taken over; whoever did it has written so.
        }
        catch (PlatformException e) when (e.Code == "RUN_LOST")
        {
            // The same, seen at the last moment.
        }
        catch (Exception e)
        {
            await pipeline.EndBadlyAsync(claim.OrgId, run.CreatedBy, ids, e);
            throw;
        }
        finally
        {
            await work.CancelAsync();
            await beating;
        }
    }

    private async Task ResumeAsync(StoredRun run, RunIds ids, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var request = runs.Request(run);
        var prompt = request.Ok ? runs.Compiled(run) : request.Faults.ToList();
        if (!prompt.Ok)
            throw new PlatformException(prompt.Faults[0].Code, prompt.Faults[0].Message);
        await pipeline.ResumeAsync(request.Value, prompt.Value, ids, QueuedRequest.Read(run.Request)?.Blocked ?? [], ct);
    }

    private async Task BeatAsync(RunClaim claim, RunLease lease, RunSignals.Watch watch, CancellationTokenSource work)
    {
        try
        {
            while (true)
            {
                await watch.WaitAsync(Beat, work.Token);
                var held = await db.InOrgAsync(claim.OrgId, null, (scope, token) => scope.ExecuteAsync(
                    "update runs set lease_until = now() + @Lease where org_id = @Org and id = @Run and status = 'running' and lease_owner = @Owner and fencing_token = @Token",
                    new { Org = claim.OrgId, Run = claim.RunId, lease.Owner, lease.Token, RunPipeline.Lease }, token), work.Token);
                if (held == 0)
                    await work.CancelAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The work is over.
        }
        catch (PlatformException)
        {
            // Without a database the lease cannot be kept, and the end could not be stored.
            await work.CancelAsync();
        }
    }

    /// <summary>The run stays as it is, free for the next node at once.</summary>
    private Task<int> HandBackAsync(RunClaim claim, RunLease lease) => db.InOrgAsync(claim.OrgId, null, (scope, token) => scope.ExecuteAsync("""
        update runs set lease_until = now() - interval '1 second' where org_id = @Org and id = @Run and status = 'running' and lease_owner = @Owner and fencing_token = @Token;
        select pg_notify('promptforge', 'queued:' || @Run)
        """, new { Org = claim.OrgId, Run = claim.RunId, lease.Owner, lease.Token }, token), CancellationToken.None);
}
