using PromptForge.Web.Platform;

namespace PromptForge.Web.Runs;

/// <summary>Tells whoever waits for a run that its state has changed, on whichever node it did. A hint, not the truth: who is told looks at the row.</summary>
internal sealed class RunSignals
{
    private readonly Lock gate = new();
    private readonly Dictionary<Guid, List<Watch>> watches = [];

    public RunSignals(Changes changes) => changes.Subscribe("run", Tell, TellAll);

    /// <summary>Before the first look at the row, so that no change falls in between.</summary>
    public Watch Of(Guid runId)
    {
        var watch = new Watch(this, runId);
        lock (gate)
        {
            if (!watches.TryGetValue(runId, out var all))
                watches.Add(runId, all = []);
            all.Add(watch);
        }

        return watch;
    }

    private void Tell(Guid runId)
    {
        lock (gate)
            foreach (var watch in watches.GetValueOrDefault(runId, []))
                watch.Tell();
    }

    private void TellAll()
    {
        lock (gate)
            foreach (var watch in watches.Values.SelectMany(w => w))
                watch.Tell();
    }

    internal sealed class Watch(RunSignals signals, Guid runId) : IDisposable
    {
        private readonly SemaphoreSlim told = new(0);

        /// <returns>False when nothing was told for so long.</returns>
        public Task<bool> WaitAsync(TimeSpan longest, CancellationToken ct) => told.WaitAsync(longest, ct);

        public void Tell() => told.Release();

        public void Dispose()
        {
            lock (signals.gate)
                if (signals.watches.TryGetValue(runId, out var all) && all.Remove(this) && all.Count == 0)
                    signals.watches.Remove(runId);
            told.Dispose();
        }
    }
}
