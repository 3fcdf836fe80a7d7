using System.Diagnostics;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Tests.Platform;

/// <summary>The real program as a process of its own, for what only a process can show.</summary>
internal sealed class Forge : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private Forge(Process process) => (_process, _errors) = (process, process.StandardError.ReadToEndAsync());

    public int Id => _process.Id;

    private static string Program => Path.Combine(Repository.Root, "artifacts", "bin", "PromptForge.Web", "release", "PromptForge.Web");

    /// <param name="wrapper">Words before the program: <c>setpriv</c>, <c>unshare</c> ...</param>
    public static Forge Start(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null, params IReadOnlyList<string> wrapper)
    {
        string[] line = [.. wrapper, Program, .. arguments];
        var start = new ProcessStartInfo(line[0], line[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new Forge(Process.Start(start)!);
    }

    public static async Task<(int Exit, string Output, string Errors)> RunAsync(
        IReadOnlyList<string> arguments, CancellationToken ct, IReadOnlyDictionary<string, string>? environment = null, params IReadOnlyList<string> wrapper)
    {
        using var forge = Start(arguments, environment, wrapper);
        var output = await forge._process.StandardOutput.ReadToEndAsync(ct);
        await forge._process.WaitForExitAsync(ct);
        return (forge._process.ExitCode, output, await forge._errors);
    }

    /// <summary>Waits for the line that says where the product is.</summary>
    public async Task<Uri> AddressAsync(CancellationToken ct)
    {
        var line = await _process.StandardOutput.ReadLineAsync(ct);
        return line is not null ? new Uri(line.Split(' ').First(word => word.StartsWith("http", StringComparison.Ordinal))) : throw new InvalidOperationException(await _errors);
    }

    public async Task<int> StopAsync(int signal, CancellationToken ct)
    {
        ChildProcess.Signal(Id, signal);
        await _process.WaitForExitAsync(ct);
        return _process.ExitCode;
    }

    public async Task<string> ErrorsAsync() => await _errors;

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}

/// <summary>A data directory that goes away with the test.</summary>
internal sealed class TemporaryData : IDisposable
{
    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"promptforge-data-{Guid.CreateVersion7():n}");

    public string Cluster => System.IO.Path.Combine(Path, "pg");

    public PostmasterFile? Server => PostmasterFile.Read(Cluster) is { Alive: true } running ? running : null;

    public async Task ServerGoneAsync(CancellationToken ct)
    {
        while (Server is not null)
        {
            await Task.Delay(10, ct);
        }
    }

    public void Dispose()
    {
        // A server whose process was killed still writes until it has noticed.
        SpinWait.SpinUntil(() => Server is null, TimeSpan.FromSeconds(20));
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
