using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

/// <param name="Template">A name of Mail/texts.*.json.</param>
/// <param name="Language">en or ro; for a letter to an account, only where the account does not say.</param>
public sealed record Mail(string Template, string Recipient, string Language = "en")
{
    /// <summary>What the text is filled with; <c>link</c> is a path of ours, written under the public address.</summary>
    public IDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();
}

/// <summary>The queue of the mails. It lives in the database, so that a letter survives the node that was asked to send it.</summary>
public sealed class Mailer
{
    /// <summary>One recipient and template within ten minutes: enough for whoever waits for a letter, too little to fill a stranger's inbox.</summary>
    private const int MostAtOnce = 5;

    private readonly Db _db;
    private readonly TimeProvider _clock;
    private readonly IDataProtector _protector;
    private readonly bool _available;

    public Mailer(Db db, TimeProvider clock, IDataProtectionProvider protection, IConfiguration configuration, WebSettings settings)
    {
        (_db, _clock, _protector) = (db, clock, Protector(protection));
        _available = SmtpSettings.From(configuration) is not null || DevelopmentInbox.IsUsed(configuration, settings);
    }

    internal static IDataProtector Protector(IDataProtectionProvider protection) => protection.CreateProtector("PromptForge.Mail");

    /// <summary>For what should not even begin where its mail could not be sent.</summary>
    /// <exception cref="RefusedException">This deployment cannot send mail.</exception>
    public void Require()
    {
        if (!_available)
        {
            throw new RefusedException(new Problem(ApiError.MailUnavailable));
        }
    }

    /// <exception cref="RefusedException">This deployment cannot send mail.</exception>
    public async Task QueueAsync(Mail mail, CancellationToken ct)
    {
        Require();
        await _db.AsServerAsync((scope, token) => scope.ExecuteAsync("""
            insert into app.mails (id, template, recipient, language, data)
            select @Id, @Template, @Recipient, @Language, @Data
             where (select count(*) from app.mails where lower(recipient) = lower(@Recipient) and template = @Template and created_at > now() - interval '10 minutes') < @Most
            """, new
        {
            Id = Guid.CreateVersion7(_clock.GetUtcNow()),
            mail.Template,
            mail.Recipient,
            mail.Language,
            Data = _protector.Protect(JsonSerializer.SerializeToUtf8Bytes(mail.Values)),
            Most = MostAtOnce,
        }, token), ct);
    }
}
