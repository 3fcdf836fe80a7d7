using PromptForge.Web.Platform;

namespace PromptForge.Web.Retention;

/// <summary>Once a day on every node; whoever takes the lock visits all orgs, the others have nothing to do.</summary>
internal sealed partial class RetentionJob(Db db, Purge purge, TimeProvider clock, ILogger<RetentionJob> log) : BackgroundService
{
    /// <summary>The advisory lock of a pass.</summary>
    public const long LockKey = 0x70_66_72_65_74_65_6E_74;

    private const int PageSize = 500;

    /// <summary>After the start, when a node has other things to do.</summary>
    private static readonly TimeSpan First = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Every = TimeSpan.FromHours(24);

    /// <returns>What was deleted; null where another node is at it.</returns>
    public Task<Purged?> PassAsync(CancellationToken ct) => db.AsServerAsync(async (scope, token) =>
    {
        if (!await scope.QuerySingleAsync<bool>("select pg_try_advisory_xact_lock(@Key)", new { Key = LockKey }, token))
            return null;
        var all = new Purged(0, 0, 0, 0);
        for (Guid? after = null; await PageAsync(scope, after, token) is { Count: > 0 } orgs; after = orgs[^1])
        {
            foreach (var org in orgs)
                all += await TryAsync(org, token);
        }

        return all;
    }, ct);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var wait = First; ; wait = Every)
        {
            await Task.Delay(wait, clock, stoppingToken);
            try
            {
                if (await PassAsync(stoppingToken) is { } done)
                    Log.Done(log, done.Prompts, done.Runs, done.Bundles, done.Records, done.Orphans);
            }
            catch (PlatformException e)
            {
                Log.Stopped(log, e.Code, Errors.Anatomy(e));
            }
        }
    }

    private static Task<IReadOnlyList<Guid>> PageAsync(OrgScope scope, Guid? after, CancellationToken ct) =>
        scope.QueryAsync<Guid>("select org_id from app.org_page(@After, @Size)", new { After = after, Size = PageSize }, ct);

    /// <summary>One org that cannot be purged today does not keep the others from it.</summary>
    private async Task<Purged> TryAsync(Guid org, CancellationToken ct)
    {
        try
        {
            return await purge.OfOrgAsync(org, ct);
        }
        catch (PlatformException e)
        {
            Log.Failed(log, org, e.Code, Errors.Anatomy(e));
            return new(0, 0, 0, 0);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Retention deleted {Prompts} prompts, the texts of {Runs} runs, {Bundles} bundles, {Records} records and {Orphans} objects that no row knew.")]
        public static partial void Done(ILogger log, int prompts, int runs, int bundles, int records, int orphans);

        [LoggerMessage(Level = LogLevel.Error, Message = "Retention stopped ({Code}) and begins again with the next pass: {Anatomy}")]
        public static partial void Stopped(ILogger log, string code, string anatomy);

        [LoggerMessage(Level = LogLevel.Error, Message = "Retention of org {OrgId} failed ({Code}) and is tried again with the next pass: {Anatomy}")]
        public static partial void Failed(ILogger log, Guid orgId, string code, string anatomy);
    }
}
