using System.Net;
using System.Text;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Ui;

namespace PromptForge.Web.Identity;

internal sealed record InboxMail(string Recipient, string Subject, string Text, DateTimeOffset SentAt);

/// <summary>Where no mail server is set, the letters of a deployment on its own machine are shown here instead of being sent.</summary>
internal static class DevelopmentInbox
{
    /// <summary>A public address means other people; their letters open their accounts, so they are never shown.</summary>
    public static bool IsUsed(IConfiguration configuration, WebSettings settings) =>
        settings.Development && SmtpSettings.From(configuration) is null && PublicUrl.Of(configuration) is null or { IsLoopback: true };

    public static void MapDevelopmentInbox(this WebApplication app)
    {
        if (IsUsed(app.Configuration, app.Services.GetRequiredService<WebSettings>()))
        {
            app.MapGet("/dev/inbox", ShowAsync).ExcludeFromDescription();
        }
    }

    private static async Task<IResult> ShowAsync(HttpContext http, Db db, CancellationToken ct, string? to = null, string? format = null)
    {
        // A page elsewhere whose name leads to this machine must not read it.
        if (!IsThisMachine(http.Request.Host.Host))
        {
            return new Problem(ApiError.NotFound);
        }

        var mails = await db.AsServerAsync((scope, token) => scope.QueryAsync<InboxMail>("""
            select recipient, subject, body_text as text, sent_at from app.mails
             where subject is not null and (@To::text is null or lower(recipient) = lower(@To)) order by id desc limit 200
            """, new { To = to }, token), ct);
        return format == "json" ? TypedResults.Ok(mails) : Shell.Html("Inbox", Page(mails));
    }

    private static bool IsThisMachine(string host) => host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static string Page(IReadOnlyList<InboxMail> mails)
    {
        var page = new StringBuilder("<h1>Inbox</h1><p>Mails that this installation would have sent, newest first.</p>");
        page.Append(mails.Count == 0 ? "<p>No mail yet.</p>" : "");
        foreach (var mail in mails)
        {
            page.Append("<article><h2>").Append(WebUtility.HtmlEncode(mail.Subject)).Append("</h2><p>").Append(WebUtility.HtmlEncode(mail.Recipient)).Append(", ")
                .Append(mail.SentAt.ToString("u", System.Globalization.CultureInfo.InvariantCulture)).Append("</p><pre>").Append(Linked(mail.Text)).Append("</pre></article>");
        }

        return page.ToString();
    }

    private static string Linked(string text) => string.Join('\n', WebUtility.HtmlEncode(text).Split('\n').Select(line =>
        line.StartsWith("http", StringComparison.Ordinal) ? $"<a href=\"{line}\">{line}</a>" : line));
}
