using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace PromptForge.Web.Tests.Runs;

/// <summary>A way to PostgreSQL that can lose an answer: the work is done, and whoever asked for it is never told.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource over = new();
    private readonly TaskCompletionSource lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly EndPoint server;
    private readonly Task accepting;
    private volatile bool loses;

    public Relay(string connectionString)
    {
        var to = new NpgsqlConnectionStringBuilder(connectionString);
        server = to.Host!.StartsWith('/') ? new UnixDomainSocketEndPoint($"{to.Host}/.s.PGSQL.{to.Port}") : new IPEndPoint(IPAddress.Loopback, to.Port);
        listener.Start();
        to.Host = "127.0.0.1";
        to.Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        ConnectionString = to.ConnectionString;
        accepting = AcceptAsync();
    }

    public string ConnectionString { get; }

    /// <summary>Ends when the answer has come from the server and was thrown away; new connections then wait for <see cref="GoOn"/>.</summary>
    public Task Lost => lost.Task;

    public void LoseTheNextAnswer() => loses = true;

    public void GoOn() => goesOn.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        listener.Dispose();
        await accepting;
        over.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptSocketAsync(over.Token);
                if (lost.Task.IsCompleted)
                    await goesOn.Task.WaitAsync(over.Token);
                open.Add(CarryAsync(client));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using var here = client;
        using var there = new Socket(server.AddressFamily, SocketType.Stream, server.AddressFamily == AddressFamily.Unix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        try
        {
            await there.ConnectAsync(server, over.Token);
            await Task.WhenAny(PumpAsync(here, there, answers: false), PumpAsync(there, here, answers: true));
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool answers)
    {
        var buffer = new byte[16_384];
        try
        {
            while (await from.ReceiveAsync(buffer, over.Token) is var read and > 0)
            {
                if (answers && loses)
                {
                    loses = false;
                    lost.TrySetResult();
                    return;
                }

                await to.SendAsync(buffer.AsMemory(0, read), over.Token);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side is gone, so the other goes too.
        }
    }
}
