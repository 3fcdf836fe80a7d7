using PromptForge.Web.Platform;

namespace PromptForge.Web.Runs;

/// <summary>One claimed run, from its rows to its end.</summary>
internal sealed class RunWork(Db db, StoredRuns runs, RunPipeline pipeline, RunLeases leases, TimeProvider clock)
{
    /// <summary>A run that brought down this many nodes is not given to another.</summary>
    private const int MostAttempts = 5;

    public async Task DoAsync(RunClaim claim, string owner, CancellationToken abandon)
    {
        var lease = new RunLease(owner, claim.FencingToken);
        var (ids, by) = (new RunIds(claim.RunId, default, default, clock.GetUtcNow(), lease), (Guid?)null);
        try
        {
            await leases.HoldAsync(claim.OrgId, claim.RunId, lease, async token =>
            {
                if (await runs.FindAsync(claim.OrgId, null, claim.RunId, token) is not { PromptId: { } promptId } run)
                {
                    await pipeline.EndBadlyAsync(claim.OrgId, null, ids, new PlatformException("PROMPT_GONE", "The run's prompt was deleted."));
                    return null;
                }

                (ids, by) = (new(run.Id, promptId, run.ParameterSetId, run.StartedAt, lease), run.CreatedBy);
                return claim.Attempt > MostAttempts ? throw new PlatformException("ATTEMPTS_EXHAUSTED", $"{MostAttempts} attempts did not end.") : await ResumeAsync(run, ids, token);
            }, abandon);
        }
        catch (OperationCanceledException) when (abandon.IsCancellationRequested)
        {
            await HandBackAsync(claim, lease);
        }
        catch (Exception e) when (RunLeases.IsLost(e))
        {
            // Canceled or taken over; whoever did it has written so.
        }
        catch (Exception e)
        {
            await pipeline.EndBadlyAsync(claim.OrgId, by, ids, e);
            throw;
        }
    }

    private async Task<RunResult?> ResumeAsync(StoredRun run, RunIds ids, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var request = runs.Request(run);
        var prompt = request.Ok ? runs.Compiled(run) : request.Faults.ToList();
        if (!prompt.Ok)
            throw new PlatformException(prompt.Faults[0].Code, prompt.Faults[0].Message);
        return await pipeline.ResumeAsync(request.Value, prompt.Value, ids, QueuedRequest.Read(run.Request)?.Blocked ?? [], ct);
    }

    /// <summary>The run stays as it is, free for the next node at once.</summary>
    private Task<int> HandBackAsync(RunClaim claim, RunLease lease) => db.InOrgAsync(claim.OrgId, null, (scope, token) => scope.ExecuteAsync("""
        update runs set lease_until = now() - interval '1 second' where org_id = @Org and id = @Run and status = 'running' and lease_owner = @Owner and fencing_token = @Token;
        select pg_notify('promptforge', 'queued:' || @Run)
        """, new { Org = claim.OrgId, Run = claim.RunId, lease.Owner, lease.Token }, token), CancellationToken.None);
}
