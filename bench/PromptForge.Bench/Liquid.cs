using System.Diagnostics;
using System.Globalization;

namespace PromptForge.Bench;

/// <summary>The peer: a node process that renders the same text with liquidjs when asked, so that both are measured in turn.</summary>
internal sealed class Liquid : IAsyncDisposable
{
    private readonly Process process;

    private Liquid(Process process) => this.process = process;

    /// <returns>Null where node or the package is missing.</returns>
    public static async Task<Liquid?> StartAsync(string text, CancellationToken cancel)
    {
        var root = BenchFiles.Root;
        if (!Directory.Exists(Path.Combine(root, "node_modules", "liquidjs")))
            return null;
        Process? process;
        try
        {
            process = Process.Start(new ProcessStartInfo("node", [Path.Combine(root, "bench", "liquid", "render.mjs")]) { WorkingDirectory = root, RedirectStandardInput = true, RedirectStandardOutput = true });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }

        await process!.StandardInput.WriteAsync(text.AsMemory(), cancel);
        await process.StandardInput.WriteAsync("\u0004\n".AsMemory(), cancel);
        await process.StandardInput.FlushAsync(cancel);
        return await process.StandardOutput.ReadLineAsync(cancel) == "ready" ? new Liquid(process) : null;
    }

    public async Task<(double Rendered, double Parsed)> MeasureAsync(CancellationToken cancel)
    {
        await process.StandardInput.WriteLineAsync("go".AsMemory(), cancel);
        await process.StandardInput.FlushAsync(cancel);
        var answer = (await process.StandardOutput.ReadLineAsync(cancel))!.Split(' ');
        return (double.Parse(answer[0], CultureInfo.InvariantCulture), double.Parse(answer[1], CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
