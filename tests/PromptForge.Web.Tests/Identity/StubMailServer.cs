using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using MimeKit;
using SmtpServer;
using SmtpServer.Authentication;
using SmtpServer.ComponentModel;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace PromptForge.Web.Tests.Identity;

/// <summary>A real SMTP server on loopback that wants a login and can be told to turn mail away.</summary>
internal sealed class StubMailServer : MessageStore, IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<MimeMessage> _mails = Channel.CreateUnbounded<MimeMessage>();
    private readonly Task _running;
    private int _refusals;

    public StubMailServer()
    {
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        var options = new SmtpServerOptionsBuilder().ServerName("localhost").Endpoint(endpoint => endpoint
            .Endpoint(new IPEndPoint(IPAddress.Loopback, Port)).AllowUnsecureAuthentication().AuthenticationRequired()).Build();
        var services = new ServiceProvider();
        services.Add(this);
        services.Add(new DelegatingUserAuthenticator((user, password) => user == "forge" && password == "mail secret"));
        _running = new SmtpServer.SmtpServer(options, services).StartAsync(_stop.Token);
    }

    public int Port { get; }

    public IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Server:PublicUrl"] = Deployment.PublicUrl,
        ["Smtp:Host"] = "127.0.0.1",
        ["Smtp:Port"] = Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["Smtp:User"] = "forge",
        ["Smtp:Password"] = "mail secret",
        ["Smtp:From"] = "PromptForge <no-reply@example.test>",
        ["Smtp:Plain"] = "true",
    };

    public void RefuseNext() => Interlocked.Increment(ref _refusals);

    public ValueTask<MimeMessage> NextAsync() => _mails.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public override Task<SmtpResponse> SaveAsync(ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
    {
        if (Interlocked.Decrement(ref _refusals) >= 0)
        {
            return Task.FromResult(new SmtpResponse(SmtpReplyCode.Aborted, "not now"));
        }

        Interlocked.Exchange(ref _refusals, 0);
        _mails.Writer.TryWrite(MimeMessage.Load(new MemoryStream(buffer.ToArray()), cancellationToken));
        return Task.FromResult(SmtpResponse.Ok);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        _stop.Dispose();
    }
}
