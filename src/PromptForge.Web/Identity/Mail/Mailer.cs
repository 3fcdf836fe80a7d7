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

    /// <summary>
    /// A letter to an account; more than a few of a kind are not queued, and nobody is told: whoever asks learns nothing of the address, and its reader has the ones before.
    /// </summary>
    /// <exception cref="RefusedException">This deployment cannot send mail.</exception>
    public Task QueueAsync(Mail mail, CancellationToken ct) => _db.AsServerAsync((scope, token) => QueueAsync(scope, mail, token), ct);

    /// <summary>A letter of the scope's organisation, in its transaction.</summary>
    /// <returns>When there is room for it again; null: it is queued.</returns>
    /// <exception cref="RefusedException">This deployment cannot send mail.</exception>
    public Task<DateTimeOffset?> QueueAsync(OrgScope scope, Mail mail, CancellationToken ct)
    {
        Require();
        return scope.QuerySingleAsync<DateTimeOffset?>("select app.queue_mail(@Id, @Template, @Recipient, @Language::app.language, @Data)", new
        {
            Id = Guid.CreateVersion7(_clock.GetUtcNow()),
            mail.Template,
            mail.Recipient,
            mail.Language,
            Data = _protector.Protect(JsonSerializer.SerializeToUtf8Bytes(mail.Values)),
        }, ct);
    }
}
