using System.Diagnostics;
using System.Globalization;
using PromptForge.Web.Platform;

namespace PromptForge.Bench;

/// <summary>What the web process keeps in memory when it is up and nobody asks; its database is a process of its own.</summary>
internal static class IdleBench
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(Report report, CancellationToken cancel)
    {
        var program = Path.Combine(BenchFiles.Root, "artifacts", "bin", "PromptForge.Web", "release", "PromptForge.Web");
        if (!File.Exists(program))
        {
            Report.Skip("idle: memory of the web process", "the program is not built; run ./forge up once");
            return;
        }

        var folder = Directory.CreateTempSubdirectory("promptforge-idle-");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        using var process = Process.Start(new ProcessStartInfo(program, ["up", "--port", "0", "--data", folder.FullName]) { RedirectStandardOutput = true })!;
        try
        {
            var line = await process.StandardOutput.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException("The web process did not come up.");
            using var http = new HttpClient { BaseAddress = new Uri(line.Split(' ').First(w => w.StartsWith("http", StringComparison.Ordinal))) };
            using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), patience.Token);
            answer.EnsureSuccessStatusCode();
            await Task.Delay(Settling, patience.Token);
            var resident = (await File.ReadAllLinesAsync($"/proc/{process.Id}/status", patience.Token)).Single(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
            report.AtMost("idle: memory of the web process, MB", double.Parse(resident.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024, 200);
        }
        finally
        {
            const int terminate = 15;
            ChildProcess.Signal(process.Id, terminate);
            await process.WaitForExitAsync(CancellationToken.None).WaitAsync(Patience, CancellationToken.None);
            folder.Delete(recursive: true);
        }
    }
}
