using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PromptForge.Web.Platform;

/// <summary>Starts PostgreSQL's programs as this user may, so that the kernel stops them when this process dies, however it dies.</summary>
internal static class ChildProcess
{
    public const int Interrupt = 2;
    public const int Quit = 3;

    private static readonly string[] InNamespace = ["unshare", "--user", "--map-user=65534", "--map-group=65534", "--"];
    private static readonly Lazy<Disguise> How = new(Choose);

    private enum Disguise
    {
        /// <summary>An ordinary user needs none.</summary>
        None,

        /// <summary>PostgreSQL refuses uid 0 and a uid without a name; in a user namespace it sees neither, and the files stay ours.</summary>
        Namespace,

        /// <summary>Where namespaces are forbidden, as in many containers, root becomes nobody and gives the files away.</summary>
        Nobody,
    }

    public static bool GivesFilesAway => How.Value == Disguise.Nobody;

    public static Process Start(int signalWhenWeDie, string log, IReadOnlyList<string> command)
    {
        string[] dying = ["setpriv", "--pdeathsig", signalWhenWeDie == Interrupt ? "INT" : "KILL"];
        string[] disguised = How.Value switch
        {
            Disguise.Namespace => [.. dying, "--", .. InNamespace, .. command],
            Disguise.Nobody => [.. dying, "--reuid=65534", "--regid=65534", "--clear-groups", "--", .. command],
            _ => [.. dying, "--", .. command],
        };

        // A session of its own: Ctrl-C is for us, and we decide when the database stops.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "umask 077; exec setsid \"$@\" >>\"$0\" 2>&1", log, .. disguised]) { WorkingDirectory = "/" };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["LC_ALL"] = "C";
        return StartOnLastingThread(start);
    }

    public static void Signal(int processId, int signal) => _ = Kill(processId, signal);

    public static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
    }

    private static Disguise Choose()
    {
        if (!Environment.IsPrivilegedProcess && !string.IsNullOrEmpty(Environment.UserName))
        {
            return Disguise.None;
        }

        using var probe = Process.Start(new ProcessStartInfo(InNamespace[0], [.. InNamespace[1..], "true"]) { RedirectStandardError = true })!;
        probe.WaitForExit();
        return probe.ExitCode == 0 || !Environment.IsPrivilegedProcess ? Disguise.Namespace : Disguise.Nobody;
    }

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
