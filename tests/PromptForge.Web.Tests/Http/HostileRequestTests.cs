using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PromptForge.Web.Tests.Http;

/// <summary>What no well-meaning client sends, over a bare socket.</summary>
public sealed class HostileRequestTests(PostgresFixture postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_flood_of_headers_is_refused()
    {
        var headers = string.Concat(Enumerable.Range(0, 200).Select(i => $"X-Flood-{i}: {i}\r\n"));
        Assert.StartsWith("HTTP/1.1 431 ", await RawAsync($"GET /health/live HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_larger_than_the_limit_is_refused_before_it_is_read()
    {
        var answer = await RawAsync("POST /api/auth/register HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 20000000\r\n\r\n{");
        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("BODY_TOO_LARGE", answer, StringComparison.Ordinal);
        Assert.Contains("\"limit_bytes\":1000000", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", 505)]
    [InlineData("NONSENSE\r\n\r\n", 400)]
    [InlineData("GET /health/live HTTP/1.1\r\n\r\n", 400)]
    public async Task What_is_not_http_is_refused_by_the_caller_s_fault(string request, int status) =>
        Assert.StartsWith($"HTTP/1.1 {status} ", await RawAsync(request), StringComparison.Ordinal);

    private async Task<string> RawAsync(string request)
    {
        var address = (await postgres.ServerAsync()).Address;
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, address.Port), Cancel);
        await socket.SendAsync(Encoding.ASCII.GetBytes(request), Cancel);
        var answer = new byte[16 * 1024];
        var read = 0;
        for (int n; read < answer.Length && (n = await socket.ReceiveAsync(answer.AsMemory(read), Cancel)) > 0;)
        {
            read += n;
            if (Encoding.UTF8.GetString(answer, 0, read).Contains("\r\n\r\n", StringComparison.Ordinal) && socket.Available == 0)
                break;
        }

        return Encoding.UTF8.GetString(answer, 0, read);
    }
}
