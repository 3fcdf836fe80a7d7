using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PromptForge.Web.Identity;

internal sealed record Letter(string Recipient, string Subject, string Text, string Html);

/// <summary>The words of the mails, in the languages of the product.</summary>
internal static partial class MailTexts
{
    private static readonly Dictionary<string, Dictionary<string, MailText>> ByLanguage = new() { ["en"] = Read("en"), ["ro"] = Read("ro") };

    public static IReadOnlyDictionary<string, MailText> Of(string language) => ByLanguage[language];

    public static Letter Write(string template, string language, string recipient, IReadOnlyDictionary<string, string> values)
    {
        var words = ByLanguage[language][template];
        string Fill(string text) => Place().Replace(text, place => values[place.Groups[1].Value]);
        var (text, html) = (new StringBuilder(), new StringBuilder("<!doctype html><html lang=\"").Append(language).Append("\"><body>"));
        foreach (var line in words.Lines)
        {
            text.Append(Fill(line)).Append("\n\n");
            html.Append("<p>").Append(WebUtility.HtmlEncode(Fill(line))).Append("</p>");
        }

        if (words.Action is { } action)
        {
            text.Append(action).Append(":\n").Append(values["link"]).Append("\n\n");
            html.Append("<p><a href=\"").Append(WebUtility.HtmlEncode(values["link"])).Append("\">").Append(WebUtility.HtmlEncode(action)).Append("</a></p>");
        }

        // A header has one line, whatever somebody called their organisation.
        var subject = Fill(words.Subject).ReplaceLineEndings(" ");
        return new Letter(recipient, subject, text.Append("PromptForge\n").ToString(), html.Append("<p>PromptForge</p></body></html>").ToString());
    }

    private static Dictionary<string, MailText> Read(string language)
    {
        using var stream = typeof(MailTexts).Assembly.GetManifestResourceStream($"PromptForge.Web.Identity.Mail.texts.{language}.json")!;
        return JsonSerializer.Deserialize<Dictionary<string, MailText>>(stream, JsonSerializerOptions.Web)!;
    }

    [GeneratedRegex(@"\{([a-z_]+)\}")]
    private static partial Regex Place();
}

/// <param name="Action">What the link does; without one there is none.</param>
internal sealed record MailText(string Subject, string[] Lines, string? Action = null);
