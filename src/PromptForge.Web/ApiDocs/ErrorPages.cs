using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.ApiDocs;

/// <summary>The page that a problem's <c>type</c> points to.</summary>
internal static partial class ErrorPages
{
    public static void Map(WebApplication app)
    {
        app.MapGet("/docs/errors", () => Html(Index()));
        app.MapGet("/docs/errors/{code}", (string code) => ApiError.Find(code) is { } error ? Html(Page(error)) : Html(Unknown(code), StatusCodes.Status404NotFound));
        app.MapGet("/docs/licence", () => Html(Frame("Licence", "<h1>Licence</h1><p>The API is part of this PromptForge installation. All rights reserved; who may use it is agreed with whoever operates it.</p>")));
        app.MapGet("/docs/docs.css", () => Results.Text(Style, "text/css; charset=utf-8"));
    }

    private static string Index()
    {
        var html = new StringBuilder("<h1>Error codes</h1><p>Every refusal of the API is <code>application/problem+json</code> with one of these codes. A code never changes its meaning.</p><table><thead><tr><th scope=\"col\">Status</th><th scope=\"col\">Code</th><th scope=\"col\">What happened</th></tr></thead><tbody>");
        foreach (var error in ApiError.All)
            html.Append($"<tr><td>{error.Status}</td><td><a href=\"/docs/errors/{error.Code}\"><code>{error.Code}</code></a></td><td>{Text(error.Title)}</td></tr>");
        return Frame("Error codes", html.Append("</tbody></table>").ToString());
    }

    private static string Page(ApiError error) => Frame(error.Code,
        $"<h1><code>{error.Code}</code></h1><dl><dt>HTTP status</dt><dd>{error.Status}</dd><dt>What happened</dt><dd>{Text(error.Title)}.</dd><dt>What to do</dt><dd>{Text(error.Remedy)}</dd></dl><p><a href=\"/docs/errors\">All error codes</a> · <a href=\"/docs/api\">The API</a></p>");

    private static string Unknown(string code) => Frame("Unknown code",
        $"<h1>Unknown code</h1><p>There is no error code <code>{Text(code.Length > 60 ? code[..60] + "…" : code)}</code>.</p><p><a href=\"/docs/errors\">All error codes</a></p>");

    private static string Frame(string title, string body) =>
        $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{Text(title)} · PromptForge</title><link rel=\"stylesheet\" href=\"/docs/docs.css\"></head><body><main>{body}</main></body></html>";

    private static IResult Html(string html, int status = StatusCodes.Status200OK) => Results.Text(html, "text/html; charset=utf-8", Encoding.UTF8, status);

    /// <summary>Encoded; what stands between backticks becomes code.</summary>
    private static string Text(string text) => Code().Replace(WebUtility.HtmlEncode(text), "<code>$1</code>");

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    private const string Style = """
        :root { color-scheme: light dark; --text: #1c1b18; --soft: #5d594f; --back: #fbfaf7; --line: #d9d4c7; --accent: #7a5200; }
        @media (prefers-color-scheme: dark) { :root { --text: #efeae0; --soft: #b6afa0; --back: #0e0e0e; --line: #37332b; --accent: #d1a954; } }
        body { margin: 0; background: var(--back); color: var(--text); font: 1rem/1.6 system-ui, sans-serif; }
        main { max-width: 52rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
        h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; }
        a { color: var(--accent); text-underline-offset: .15em; }
        code { font: .92em ui-monospace, monospace; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
        th, dt { color: var(--soft); font-weight: 600; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .5rem 1.5rem; }
        dd { margin: 0; }
        @media (max-width: 34rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .75rem; } }
        """;
}
