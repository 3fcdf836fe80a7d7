using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PromptForge.Web.Platform;

/// <summary>Starts PostgreSQL's programs as this user may, so that the kernel stops them when this process dies, however it dies.</summary>
internal static class ChildProcess
{
    public const int Interrupt = 2;
    public const int Quit = 3;

    /// <summary>PostgreSQL refuses uid 0 and a uid without a name; in a user namespace it sees neither, and the files stay ours.</summary>
    private static readonly string[] AsSomebody = Environment.IsPrivilegedProcess || string.IsNullOrEmpty(Environment.UserName)
        ? ["unshare", "--user", "--map-user=65534", "--map-group=65534", "--"]
        : [];

    public static Process Start(int signalWhenWeDie, string log, IReadOnlyList<string> command)
    {
        var signal = signalWhenWeDie == Interrupt ? "INT" : "KILL";
        string[] line = ["-c", "umask 077; exec \"$@\" >>\"$0\" 2>&1", log, "setpriv", "--pdeathsig", signal, "--", "setsid", .. AsSomebody, .. command];
        var start = new ProcessStartInfo("/bin/sh", line) { WorkingDirectory = "/" };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["LC_ALL"] = "C";
        return StartOnLastingThread(start);
    }

    public static void Signal(int processId, int signal) => _ = Kill(processId, signal);

    /// <summary>The kernel counts the forking thread as the parent: a pool thread that is retired would take the child with it.</summary>
    private static Process StartOnLastingThread(ProcessStartInfo start)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                var process = Process.Start(start)!;
                started.SetResult(process);
                process.WaitForExit();
            }
            catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException)
            {
                started.TrySetException(e);
            }
        })
        { IsBackground = true, Name = "postgres" }.Start();
        return started.Task.GetAwaiter().GetResult();
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
