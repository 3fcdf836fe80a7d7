using PromptForge.Core;

namespace PromptForge.Cli;

/// <summary>How every verb says that something is wrong: one line a fault on standard error, exit status 2 (the caller's) or 3 (ours).</summary>
internal static class Report
{
    public const int CallerFault = 2;
    public const int OurFault = 3;

    public static int Faults(IReadOnlyList<Fault> faults, int status = CallerFault)
    {
        foreach (var fault in faults)
            Console.Error.WriteLine($"error {fault.Code}: {fault}");
        return status;
    }
}
