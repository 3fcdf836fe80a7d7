namespace PromptForge.Web.Bundles;

/// <summary>
/// Threads of its own for work that blocks in the kernel. The pool has one a core, so that flushes would wait for each other there; file systems write those that wait side by side in one go.
/// </summary>
internal static class DiskThreads
{
    private const int Count = 16;

    // A monitor, because the waiting collections spin before they sleep, and sixteen that spin take a fifth of a busy node.
    private static readonly Queue<Action> Work = [];

    private static int started;

    private static int idle;

    public static Task RunAsync(Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (Work)
        {
            Work.Enqueue(() =>
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
            if (Work.Count <= idle || started == Count)
                Monitor.Pulse(Work);
            else
                Start();
        }

        return done.Task;
    }

    private static void Start()
    {
        started++;
        new Thread(Serve) { IsBackground = true, Name = "disk" }.Start();
    }

    private static void Serve()
    {
        while (true)
        {
            Action action;
            lock (Work)
            {
                idle++;
                while (!Work.TryDequeue(out action!))
                    Monitor.Wait(Work);
                idle--;
            }

            action();
        }
    }
}
