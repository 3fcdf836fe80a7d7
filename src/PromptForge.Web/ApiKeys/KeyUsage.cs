using System.Collections.Concurrent;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.ApiKeys;

/// <summary>Counts each key's calls, in memory; now and then, and when the server stops, the counts are added to the rows, so that no call waits for a write.</summary>
public sealed partial class KeyUsage(Db db, TimeProvider clock, ILogger<KeyUsage> log) : BackgroundService
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(5);

    private const string Add = "update api_keys set total_calls = total_calls + $3, last_used_at = greatest(last_used_at, $4) where org_id = $1 and id = $2";

    private readonly ConcurrentDictionary<(Guid Org, Guid Key), Tally> _tallies = [];

    public void Called(KeyCaller key) => Count(key.OrgId, key.KeyId, new(1, clock.GetUtcNow()));

    /// <summary>What could not be written is kept and added the next time.</summary>
    internal async Task FlushAsync(CancellationToken ct)
    {
        foreach (var org in _tallies.Keys.GroupBy(k => k.Org))
        {
            var taken = new List<(Guid Key, Counts Counts)>();
            foreach (var key in org)
                if (_tallies.TryRemove(key, out var tally))
                    taken.Add((key.Key, tally.Close()));
            try
            {
                // In the order of ids, so that two nodes that flush at once do not lock each other out.
                await db.BatchInOrgAsync(org.Key, null, [.. taken.OrderBy(t => t.Key).Select(t => new Statement(Add, org.Key, t.Key, t.Counts.Calls, t.Counts.At))], ct);
            }
            catch (Exception e) when (e is PlatformException or OperationCanceledException)
            {
                foreach (var (key, counts) in taken)
                    Count(org.Key, key, counts);
                throw;
            }
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryFlushAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Between, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TryFlushAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping; StopAsync writes what is left.
        }
    }

    private async Task TryFlushAsync(CancellationToken ct)
    {
        try
        {
            await FlushAsync(ct);
        }
        catch (PlatformException e)
        {
            Log.Kept(log, e.Code);
        }
    }

    private void Count(Guid org, Guid key, Counts more)
    {
        // A tally that was closed while we held it has been written already.
        while (!_tallies.GetOrAdd((org, key), static _ => new()).Add(more))
        {
        }
    }

    private readonly record struct Counts(long Calls, DateTimeOffset At);

    private sealed class Tally
    {
        private readonly Lock _lock = new();
        private bool _closed;
        private Counts _counts;

        public bool Add(Counts more)
        {
            lock (_lock)
            {
                _counts = new(_counts.Calls + more.Calls, more.At > _counts.At ? more.At : _counts.At);
                return !_closed;
            }
        }

        public Counts Close()
        {
            lock (_lock)
            {
                _closed = true;
                return _counts;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The keys' counters could not be written now ({Code}); they are kept and written later.")]
        public static partial void Kept(ILogger log, string code);
    }
}
