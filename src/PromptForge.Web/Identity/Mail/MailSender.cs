using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Identity;

/// <summary>Sends what waits, one letter at a time; whichever node takes a letter, no other does. A letter that cannot be sent is tried again, ever more seldom, for a day.</summary>
internal sealed partial class MailSender : BackgroundService
{
    private const int MostAttempts = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    private readonly SemaphoreSlim _news = new(1, 1);
    private readonly Db _db;
    private readonly IServiceProvider _services;
    private readonly IDataProtector _protector;
    private readonly SmtpSettings? _smtp;
    private readonly Uri? _publicUrl;
    private readonly bool _inbox;
    private Uri? _here;
    private readonly ILogger<MailSender> _log;

    public MailSender(Db db, Changes changes, IServiceProvider services, IDataProtectionProvider protection, IConfiguration configuration, WebSettings settings, ILogger<MailSender> log)
    {
        (_db, _services, _protector, _log) = (db, services, Mailer.Protector(protection), log);
        (_smtp, _publicUrl, _inbox) = (SmtpSettings.From(configuration), PublicUrl.Of(configuration), DevelopmentInbox.IsUsed(configuration, settings));
        changes.Subscribe("mail", _ => Wake(), Wake);
    }

    public override void Dispose()
    {
        _news.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_smtp is null && !_inbox)
        {
            return;
        }

        await StartedAsync(stoppingToken);
        _here = _publicUrl ?? new Uri(_services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        while (!stoppingToken.IsCancellationRequested)
        {
            await _news.WaitAsync(Pause, stoppingToken);
            try
            {
                while (await SendNextAsync(stoppingToken))
                {
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Stopped(_log, e is PlatformException known ? known.Code : e.GetType().Name);
            }
        }
    }

    private void Wake()
    {
        try
        {
            _news.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }

    private async Task<bool> SendNextAsync(CancellationToken ct)
    {
        if (await ClaimAsync(ct) is not { } waiting)
        {
            return false;
        }

        try
        {
            var letter = await WriteAsync(waiting);
            if (letter is not null && _smtp is not null)
            {
                await _smtp.SendAsync(letter, ct);
            }

            await DoneAsync(waiting.Id, _inbox ? letter : null, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // This node stops; another one need not wait for the letter.
            await _db.AsServerAsync((scope, token) => scope.ExecuteAsync("update app.mails set attempts = attempts - 1, not_before = now() where id = @Id and sent_at is null", new { waiting.Id }, token), CancellationToken.None);
            return false;
        }
        catch (Exception e) when (!ct.IsCancellationRequested && e is not PlatformException)
        {
            var gone = waiting.Attempts >= MostAttempts;
            Log.Failed(_log, waiting.Template, waiting.Attempts, gone, e.GetType().Name);
            if (gone)
            {
                await _db.AsServerAsync((scope, token) => scope.ExecuteAsync("update app.mails set failed_at = now(), data = null where id = @Id", new { waiting.Id }, token), ct);
            }
        }

        return true;
    }

    private Task<Waiting?> ClaimAsync(CancellationToken ct) => _db.AsServerAsync((scope, token) => scope.QueryFirstOrDefaultAsync<Waiting>("""
        update app.mails set attempts = attempts + 1, not_before = now() + interval '1 minute' * power(2, attempts)
         where id = (select id from app.mails where sent_at is null and failed_at is null and not_before <= now() order by not_before for update skip locked limit 1)
        returning id, template, recipient, language::text, data, attempts
        """, null, token), ct);

    private async Task<Letter?> WriteAsync(Waiting waiting)
    {
        var mail = new Mail(waiting.Template, waiting.Recipient, waiting.Language)
        {
            Values = JsonSerializer.Deserialize<Dictionary<string, string>>(_protector.Unprotect(waiting.Data ?? throw new CryptographicException()))!,
        };
        await using var scope = _services.CreateAsyncScope();
        if (await scope.ServiceProvider.GetRequiredService<AccountLetters>().CompleteAsync(mail) is not { } complete)
        {
            return null;
        }

        var values = new Dictionary<string, string>(complete.Values);
        if (values.TryGetValue("link", out var path))
        {
            values["link"] = new Uri(_here!, path).AbsoluteUri;
        }

        return MailTexts.Write(complete.Template, complete.Language, complete.Recipient, values);
    }

    /// <summary>Only then the server knows its own address.</summary>
    private async Task StartedAsync(CancellationToken ct)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = _services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(ct);
    }

    /// <summary>Of what was sent only the fact is kept, and that for a day; the development inbox keeps the newest letters whole.</summary>
    private Task<int> DoneAsync(Guid id, Letter? letter, CancellationToken ct) => _db.AsServerAsync((scope, token) => scope.ExecuteAsync("""
        update app.mails set sent_at = now(), data = null, subject = @Subject, body_text = @Text, body_html = @Html where id = @Id;
        delete from app.mails where created_at < now() - interval '1 day' and (sent_at is not null or failed_at is not null);
        delete from app.mails where subject is not null and id < (select id from app.mails where subject is not null order by id desc offset 200 limit 1)
        """, new { Id = id, letter?.Subject, letter?.Text, letter?.Html }, token), ct);

    private sealed record Waiting(Guid Id, string Template, string Recipient, string Language, byte[]? Data, int Attempts);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "A mail ({Template}) could not be sent, attempt {Attempt}, given up: {GivenUp} ({Reason}).")]
        public static partial void Failed(ILogger log, string template, int attempt, bool givenUp, string reason);

        [LoggerMessage(Level = LogLevel.Error, Message = "Mails wait: {Code}.")]
        public static partial void Stopped(ILogger log, string code);
    }
}
