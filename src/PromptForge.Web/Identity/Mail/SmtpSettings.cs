using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Identity;

/// <summary>The mail server of the operator.</summary>
/// <param name="Plain">Without TLS; for a relay on the same machine only.</param>
internal sealed record SmtpSettings(string Host, int Port, string? User, string? Password, MailboxAddress Sender, bool Plain)
{
    public static SmtpSettings? From(IConfiguration configuration)
    {
        var smtp = configuration.GetSection("Smtp");
        if (smtp["Host"] is not { Length: > 0 } host)
        {
            return null;
        }

        if (PublicUrl.Of(configuration) is null)
        {
            throw new PlatformException("PUBLIC_URL_INVALID", "Smtp__Host is set, but not where the links in the mails lead. Set Server__PublicUrl to an address like https://forge.example.com.");
        }

        return MailboxAddress.TryParse(smtp["From"], out var from)
            ? new SmtpSettings(host, smtp.GetValue("Port", 587), smtp["User"], smtp["Password"], from, smtp.GetValue("Plain", false))
            : throw new PlatformException("SMTP_FROM_INVALID", "Smtp__From is no mail address. Set it to the sender, like PromptForge <no-reply@example.com>.");
    }

    public async Task SendAsync(Letter letter, CancellationToken ct)
    {
        using var message = new MimeMessage();
        message.From.Add(Sender);
        message.To.Add(new MailboxAddress("", letter.Recipient));
        message.Subject = letter.Subject;
        message.Headers.Add("Auto-Submitted", "auto-generated");
        message.Body = new BodyBuilder { TextBody = letter.Text, HtmlBody = letter.Html }.ToMessageBody();
        using var client = new SmtpClient { Timeout = 30_000 };
        await client.ConnectAsync(Host, Port, Plain ? SecureSocketOptions.None : Port == 465 ? SecureSocketOptions.SslOnConnect : SecureSocketOptions.StartTls, ct);
        if (User is { Length: > 0 })
        {
            await client.AuthenticateAsync(User, Password ?? "", ct);
        }

        await client.SendAsync(message, ct);
        await client.DisconnectAsync(quit: true, ct);
    }
}
