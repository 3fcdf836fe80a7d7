using System.CommandLine;
using System.CommandLine.Help;
using System.Runtime.InteropServices;
using PromptForge.Cli;

namespace PromptForge.Web.Platform.Verbs;

/// <summary>Runs a verb: signals become a cancellation, faults one line on stderr and an exit code (0 done, 2 the caller's fault, 3 ours).</summary>
internal static class CommandLine
{
    private const int CallersFault = 2;
    private const int OurFault = 3;
    private const int Interrupted = 130;

    public static Option<string?> Data() => new("--data")
    {
        Description = "The directory of the embedded database (FORGE_DATA; otherwise .forge beside forge)",
        HelpName = "DIR",
    };

    public static DatabaseSettings Settings(string? dataDirectory) =>
        DatabaseSettings.From(new ConfigurationBuilder().AddEnvironmentVariables().Build(), dataDirectory);

    public static async Task<int> RunAsync(string[] args, params Command[] verbs)
    {
        var root = new Command("./forge", "PromptForge: from a project in seven dimensions to a prompt that is scored, gated and sealed.") { new HelpOption() };
        foreach (var verb in verbs)
        {
            root.Subcommands.Add(verb);
        }

        var parsed = root.Parse(args);
        if (Usage.Fault(parsed) is { } wrong)
        {
            return await FailAsync(new PlatformException("USAGE", wrong));
        }

        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
        try
        {
            return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Interrupted;
        }
        catch (PlatformException e)
        {
            return await FailAsync(e);
        }
        catch (FaultException e)
        {
            foreach (var fault in e.Faults)
            {
                await Console.Error.WriteLineAsync($"error {fault.Code}: {fault}");
            }

            return CallersFault;
        }
        catch (Exception e)
        {
            return await FailAsync(new PlatformException("INTERNAL", $"{e.GetType().Name} in {e.TargetSite?.DeclaringType?.Name}. This is a defect; report it with this line.", e));
        }
    }

    private static async Task<int> FailAsync(PlatformException e)
    {
        await Console.Error.WriteLineAsync($"error {e.Code}: {e.Message}");
        return e.IsCallersFault ? CallersFault : OurFault;
    }
}
