using PromptForge.Web.Platform;

namespace PromptForge.Web.Retention;

/// <summary>
/// Once a day on every node. Each org is visited by whoever comes first, which is noted, and the others pass it by: the nodes share the work, nothing is held while it is done, and a node that
/// dies loses the rest of one visit, which the next day makes good.
/// </summary>
internal sealed partial class RetentionJob(Db db, Purge purge, TimeProvider clock, ILogger<RetentionJob> log) : BackgroundService
{
    private const int PageSize = 500;

    /// <summary>After the start, when a node has other things to do.</summary>
    private static readonly TimeSpan First = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Every = TimeSpan.FromHours(24);

    /// <summary>Shorter than a day, so that a pass that begins a little earlier than the last one leaves nobody out.</summary>
    private static readonly TimeSpan Visited = TimeSpan.FromHours(20);

    /// <returns>What this node has deleted.</returns>
    public async Task<Purged> PassAsync(CancellationToken ct)
    {
        var all = new Purged(0, 0, 0, 0);
        for (Guid? after = null; await PageAsync(after, ct) is { Count: > 0 } orgs; after = orgs[^1])
        {
            foreach (var org in orgs)
                all += await TryAsync(org, ct);
        }

        return all;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var wait = First; ; wait = Every)
        {
            await Task.Delay(wait, clock, stoppingToken);
            try
            {
                var done = await PassAsync(stoppingToken);
                Log.Done(log, done.Prompts, done.Runs, done.Bundles, done.Records, done.Orphans);
            }
            catch (PlatformException e)
            {
                Log.Stopped(log, e.Code, Errors.Anatomy(e));
            }
        }
    }

    private Task<IReadOnlyList<Guid>> PageAsync(Guid? after, CancellationToken ct) => db.AsServerAsync((scope, token) =>
        scope.QueryAsync<Guid>("select org_id from app.org_page(@After, @Size)", new { After = after, Size = PageSize }, token), ct);

    /// <returns>False where another node was here, or is.</returns>
    private async Task<bool> BeginAsync(Guid org, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return await db.InOrgAsync(org, null, (scope, token) => scope.ExecuteAsync("""
            insert into retention_marks as m (org_id, visited_at) select id, @Now from orgs where id = @Org
            on conflict (org_id) do update set visited_at = @Now where m.visited_at is null or m.visited_at <= @Left
            """, new { Org = org, Now = now, Left = now - Visited }, token), ct) == 1;
    }

    /// <summary>One org that cannot be purged today does not keep the others from it.</summary>
    private async Task<Purged> TryAsync(Guid org, CancellationToken ct)
    {
        try
        {
            return await BeginAsync(org, ct) ? await purge.OfOrgAsync(org, ct) : new(0, 0, 0, 0);
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
