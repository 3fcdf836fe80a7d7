using System.Net;
using System.Text;
using PromptForge.Core.Catalog;

namespace PromptForge.Web.Ui;

/// <summary>What every page of ours stands in: one style, no script but our own, nothing from elsewhere.</summary>
public static class Shell
{
    public static void MapShell(this WebApplication app) =>
        app.MapGet("/ui/style.css", () => Results.Text(Style, "text/css; charset=utf-8")).ExcludeFromDescription();

    /// <summary>The reader's browser says it; English where it asks for neither of ours.</summary>
    public static Language LanguageOf(HttpRequest request) =>
        request.GetTypedHeaders().AcceptLanguage.OrderByDescending(l => l.Quality ?? 1).FirstOrDefault()?.Value.StartsWith("ro", StringComparison.OrdinalIgnoreCase) == true ? Language.Ro : Language.En;

    /// <param name="body">HTML; what comes from outside is encoded already.</param>
    /// <param name="script">The path of a module of ours.</param>
    public static IResult Html(string title, string body, string language = "en", string? script = null, int status = StatusCodes.Status200OK) => Results.Text(
        $"<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{WebUtility.HtmlEncode(title)} · PromptForge</title>"
        + $"<link rel=\"stylesheet\" href=\"/ui/style.css\">{(script is null ? "" : $"<script type=\"module\" src=\"{script}\"></script>")}</head><body><main>{body}</main></body></html>",
        "text/html; charset=utf-8", Encoding.UTF8, status);

    private const string Style = """
        :root { color-scheme: light dark; --text: #1c1b18; --soft: #5d594f; --back: #fbfaf7; --line: #d9d4c7; --accent: #7a5200; --on-accent: #ffffff; --bad: #a3211b; }
        @media (prefers-color-scheme: dark) { :root { --text: #efeae0; --soft: #b6afa0; --back: #0e0e0e; --line: #37332b; --accent: #d1a954; --on-accent: #161310; --bad: #ff9d94; } }
        body { margin: 0; background: var(--back); color: var(--text); font: 1rem/1.6 system-ui, sans-serif; }
        main { max-width: 52rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
        h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; }
        h2 { font-size: 1.15rem; margin: 2rem 0 .25rem; }
        a { color: var(--accent); text-underline-offset: .15em; overflow-wrap: anywhere; }
        code { font: .92em ui-monospace, monospace; }
        pre { font: .95rem/1.5 system-ui, sans-serif; white-space: pre-wrap; overflow-wrap: anywhere; border-left: 3px solid var(--line); padding-left: 1rem; }
        pre code { font: .85rem/1.6 ui-monospace, monospace; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
        th, dt, small { color: var(--soft); font-weight: 600; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .5rem 1.5rem; }
        dd { margin: 0; }
        form { display: grid; gap: 1rem; max-width: 24rem; }
        label { display: grid; gap: .3rem; font-weight: 600; }
        label.check { display: flex; align-items: center; gap: .6rem; font-weight: 400; min-height: 44px; }
        input[type=checkbox] { width: 1.3rem; height: 1.3rem; min-height: 0; padding: 0; accent-color: currentColor; }
        input { font: inherit; color: inherit; background: transparent; border: 1px solid var(--soft); border-radius: .4rem; padding: .6rem .7rem; min-height: 44px; box-sizing: border-box; }
        button { font: inherit; font-weight: 600; color: var(--on-accent); background: var(--accent); border: 0; border-radius: .4rem; padding: .6rem 1.2rem; min-height: 44px; justify-self: start; cursor: pointer; }
        button:disabled { opacity: .6; cursor: progress; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        [role=status] { min-height: 1.6em; }
        .bad { color: var(--bad); }
        @media (max-width: 34rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .75rem; } }
        """;
}
