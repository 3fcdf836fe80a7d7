using System.Collections.Concurrent;

namespace PromptForge.Web.Bundles;

/// <summary>
/// Threads of its own for work that blocks in the kernel. The pool has one a core, so that flushes would wait for each other there; file systems write those that wait side by side in one go.
/// </summary>
internal static class DiskThreads
{
    private const int Count = 16;

    private static readonly BlockingCollection<Action> Work = [];

    private static int started;

    public static Task RunAsync(Action action)
    {
        if (Volatile.Read(ref started) < Count && Interlocked.Increment(ref started) <= Count)
            new Thread(Serve) { IsBackground = true, Name = "disk" }.Start();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Work.Add(() =>
        {
            try
            {
                action();
                done.SetResult();
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return done.Task;
    }

    private static void Serve()
    {
        foreach (var action in Work.GetConsumingEnumerable())
            action();
    }
}
