using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace PromptForge.Web.Tests.Limits;

/// <summary>A real Redis for the tests of one class, on a port of its own and with nothing on disk.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly Lazy<Task<string>> _started;
    private Process? _process;

    public RedisServer() => _started = new(StartAsync);

    public Task<string> ConnectionStringAsync() => _started.Value;

    public async ValueTask DisposeAsync()
    {
        if (_process is null)
            return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<string> StartAsync()
    {
        var port = FreePort();
        try
        {
            _process = Process.Start(new ProcessStartInfo("redis-server", ["--bind", "127.0.0.1", "--port", $"{port}", "--save", "", "--appendonly", "no", "--daemonize", "no"]) { RedirectStandardOutput = true, WorkingDirectory = Path.GetTempPath() })!;
        }
        catch (System.ComponentModel.Win32Exception) when (Environment.GetEnvironmentVariable("CI") != "true")
        {
            Assert.Skip("redis-server is not on the PATH; install the package redis-server.");
        }

        while (await _process!.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            if (line.Contains("Ready to accept connections", StringComparison.Ordinal))
                return $"127.0.0.1:{port}";
        throw new InvalidOperationException("redis-server ended before it was ready.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
