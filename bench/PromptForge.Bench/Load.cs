using System.Collections.Concurrent;
using System.Diagnostics;

namespace PromptForge.Bench;

/// <summary>Callers who do the same again and again, side by side, and what that took.</summary>
/// <param name="call">What one caller, by its number, does once.</param>
internal sealed class Load(int callers, Func<int, Task> call)
{
    public ConcurrentBag<TimeSpan> Took { get; } = [];

    /// <summary>Processor time of this process, the database's not counted.</summary>
    public TimeSpan Worked { get; private set; }

    public long Allocated { get; private set; }

    /// <returns>Calls a second.</returns>
    public async Task<double> RunAsync(TimeSpan slice, CancellationToken cancel)
    {
        var (watch, before, worked, allocated) = (Stopwatch.StartNew(), Took.Count, Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            while (watch.Elapsed < slice)
            {
                var began = Stopwatch.GetTimestamp();
                await call(caller);
                Took.Add(Stopwatch.GetElapsedTime(began));
            }
        }, cancel)));
        Worked += Environment.CpuUsage.TotalTime - worked;
        Allocated += GC.GetTotalAllocatedBytes() - allocated;
        return (Took.Count - before) / watch.Elapsed.TotalSeconds;
    }
}
