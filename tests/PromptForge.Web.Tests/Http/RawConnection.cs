using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PromptForge.Web.Tests.Http;

/// <summary>A bare connection, for what no HTTP client lets anybody send.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly byte[] _chunk = new byte[16 * 1024];
    private string _read = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<RawConnection> OpenAsync(Uri address)
    {
        var connection = new RawConnection();
        await connection._socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, address.Port), Cancel);
        return connection;
    }

    /// <summary>Byte for byte: each character is one.</summary>
    public async Task SendAsync(string text)
    {
        for (ReadOnlyMemory<byte> left = Encoding.Latin1.GetBytes(text); left.Length > 0;)
            left = left[await _socket.SendAsync(left, Cancel)..];
    }

    /// <summary>One answer, whole: by its length, or to the end of the connection where it says none.</summary>
    /// <param name="hasBody">False for the answer to HEAD.</param>
    public async Task<string> AnswerAsync(bool hasBody = true)
    {
        int head;
        while ((head = _read.IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
            if (!await MoreAsync())
                return Take(_read.Length);
        head += 4;
        var length = _read.StartsWith("HTTP/1.1 1", StringComparison.Ordinal) || !hasBody ? 0 : Length(_read[..head]);
        while (_read.Length - head < (length ?? int.MaxValue) && await MoreAsync())
        {
        }

        return Take(Math.Min(_read.Length, length is { } known ? head + known : int.MaxValue));
    }

    /// <summary>Nothing more comes from here.</summary>
    public void Finish() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Without a farewell: the other side sees a connection that breaks.</summary>
    public void Break()
    {
        _socket.LingerState = new(true, 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();

    private static int? Length(string head) => head.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)) is { } line
        ? int.Parse(line.Split(':')[1], CultureInfo.InvariantCulture)
        : null;

    private async Task<bool> MoreAsync()
    {
        var count = await _socket.ReceiveAsync(_chunk, Cancel);
        _read += Encoding.Latin1.GetString(_chunk, 0, count);
        return count > 0;
    }

    private string Take(int count)
    {
        var taken = _read[..count];
        _read = _read[count..];
        return taken;
    }
}
