using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PromptForge.Bench;

/// <summary>One kept-alive HTTP/1.1 connection that sends the same request again and again, and costs next to nothing itself.</summary>
internal sealed class RawHttp : IDisposable
{
    private readonly Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] request;
    private byte[] buffer = new byte[64 * 1024];

    private RawHttp(byte[] request) => this.request = request;

    public static async Task<RawHttp> ConnectAsync(Uri server, string path, string bearer, string body, CancellationToken cancel)
    {
        var http = new RawHttp(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"POST {path} HTTP/1.1\r\nHost: {server.Authority}\r\nAuthorization: Bearer {bearer}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}")));
        await http.socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port), cancel);
        return http;
    }

    /// <returns>The answer as it came, head and chunks included.</returns>
    /// <exception cref="InvalidOperationException">The answer was not 200.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> SendAsync(CancellationToken cancel)
    {
        await socket.SendAsync(request, cancel);
        for (var read = 0; ;)
        {
            if (read == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
            var n = await socket.ReceiveAsync(buffer.AsMemory(read), cancel);
            read += n;
            var answer = buffer.AsMemory(0, read);
            if (n == 0 || !answer.Span.StartsWith("HTTP/1.1 200 "u8))
                throw new InvalidOperationException(Encoding.UTF8.GetString(answer.Span[..Math.Min(read, 600)]));
            // Every answer of ours that is made while it is sent ends like this.
            if (answer.Span.EndsWith("\r\n0\r\n\r\n"u8))
                return answer;
        }
    }

    public void Dispose() => socket.Dispose();
}
