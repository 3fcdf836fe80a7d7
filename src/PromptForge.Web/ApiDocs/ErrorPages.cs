using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Ui;

namespace PromptForge.Web.ApiDocs;

/// <summary>The page that a problem's <c>type</c> points to.</summary>
internal static partial class ErrorPages
{
    public static void Map(WebApplication app)
    {
        app.MapGet("/docs/errors", Index);
        app.MapGet("/docs/errors/{code}", (string code) => ApiError.Find(code) is { } error ? Page(error) : Unknown(code));
        app.MapGet("/docs/licence", () => Shell.Html("Licence", "<h1>Licence</h1><p>The API is part of this PromptForge installation. All rights reserved; who may use it is agreed with whoever operates it.</p>"));
    }

    private static IResult Index()
    {
        var html = new StringBuilder("<h1>Error codes</h1><p>Every refusal of the API is <code>application/problem+json</code> with one of these codes. A code never changes its meaning.</p><table><thead><tr><th scope=\"col\">Status</th><th scope=\"col\">Code</th><th scope=\"col\">What happened</th></tr></thead><tbody>");
        foreach (var error in ApiError.All)
            html.Append($"<tr><td>{error.Status}</td><td><a href=\"/docs/errors/{error.Code}\"><code>{error.Code}</code></a></td><td>{Text(error.Title)}</td></tr>");
        return Shell.Html("Error codes", html.Append("</tbody></table>").ToString());
    }

    private static IResult Page(ApiError error) => Shell.Html(error.Code,
        $"<h1><code>{error.Code}</code></h1><dl><dt>HTTP status</dt><dd>{error.Status}</dd><dt>What happened</dt><dd>{Text(error.Title)}.</dd><dt>What to do</dt><dd>{Text(error.Remedy)}</dd></dl><p><a href=\"/docs/errors\">All error codes</a> · <a href=\"/docs/api\">The API</a></p>");

    private static IResult Unknown(string code) => Shell.Html("Unknown code",
        $"<h1>Unknown code</h1><p>There is no error code <code>{Text(code.Length > 60 ? code[..60] + "…" : code)}</code>.</p><p><a href=\"/docs/errors\">All error codes</a></p>", status: StatusCodes.Status404NotFound);

    /// <summary>Encoded; what stands between backticks becomes code.</summary>
    private static string Text(string text) => Code().Replace(WebUtility.HtmlEncode(text), "<code>$1</code>");

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
