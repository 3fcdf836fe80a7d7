using System.Net;
using System.Text;
using PromptForge.Core.Catalog;

namespace PromptForge.Web.Ui;

/// <summary>What a browser shows at the address that <c>up</c> prints: where to go on, one call, and what can be compiled.</summary>
internal static class Home
{
    public static void MapHome(this WebApplication app) =>
        app.MapGet("/", (HttpRequest request, ProductCatalog catalog, EndpointDataSource endpoints) =>
            Show(request, catalog, Shell.LanguageOf(request), hasInbox: endpoints.Endpoints.OfType<RouteEndpoint>().Any(e => e.RoutePattern.RawText == "/dev/inbox"))).ExcludeFromDescription();

    private static IResult Show(HttpRequest request, ProductCatalog catalog, Language language, bool hasInbox)
    {
        string T(string english, string romanian) => WebUtility.HtmlEncode(language == Language.Ro ? romanian : english);
        var html = new StringBuilder("<h1>PromptForge</h1><p>")
            .Append(T("A build system for prompts: pick a module, fix its context on seven axes, fill in your facts. You get a prompt that is compiled, scored and sealed as a bundle that anybody can verify.",
                "Un sistem de compilare pentru prompturi: alegi un modul, fixezi contextul pe șapte axe și completezi datele tale. Primești un prompt compilat, notat și sigilat într-un pachet pe care oricine îl poate verifica."))
            .Append("</p><dl>");
        void Link(string to, string name, string what) => html.Append($"<dt><a href=\"{to}\">{name}</a></dt><dd>{what}</dd>");
        Link("/docs/api", "API", T("Every operation, with examples to copy.", "Toate operațiile, cu exemple de copiat."));
        Link("/account/sign-in", T("Sign in", "Autentificare"), T("With an address and a password, or with your organisation's own sign-in.", "Cu adresă și parolă sau prin sistemul organizației tale."));
        Link("/docs/errors", T("Error codes", "Coduri de eroare"), T("What each refusal means and what to do (in English).", "Ce înseamnă fiecare refuz și ce e de făcut (în engleză)."));
        if (hasInbox)
            Link("/dev/inbox", T("Inbox", "Mesaje"), T("Mails that this installation shows here instead of sending them.", "Mesajele pe care această instalare le arată aici în loc să le trimită."));
        Link("/health/ready", T("Health", "Stare"), T("Whether the server can serve a request; /health/live says whether it runs.", "Dacă serverul poate răspunde unei cereri; /health/live spune dacă rulează."));
        html.Append("</dl><h2>").Append(T("One call", "Un singur apel")).Append("</h2><pre><code>");
        if (hasInbox)
            html.Append("export PROMPTFORGE_KEY=$(./forge key)\n");
        html.Append(WebUtility.HtmlEncode($$$"""
            curl -s {{{request.Scheme}}}://{{{request.Host}}}/api/run/M07 \
              -H "Authorization: Bearer $PROMPTFORGE_KEY" -H 'Content-Type: application/json' -d '{
                "type": "generation", "seven_d": {"domain": "fintech", "urgency": "crisis"},
                "inputs": {"price": "25k EUR", "perceived_risk": "delivery uncertainty",
                  "proofs": ["audit 2025"], "guarantees": ["milestone refunds"]}}'
            """)).Append("</code></pre><h2>")
            .Append(T($"{catalog.Modules.Length} modules in {catalog.Domains.Length} domains", $"{catalog.Modules.Length} module în {catalog.Domains.Length} de domenii"))
            .Append("</h2><table><thead><tr><th scope=\"col\">").Append(T("Module", "Modul")).Append("</th><th scope=\"col\">").Append(T("What it gives", "Ce oferă")).Append("</th></tr></thead><tbody>");
        foreach (var module in catalog.Modules)
            html.Append($"<tr><td><code>{module.Id}</code> {WebUtility.HtmlEncode(module.In(language).Name)}</td><td>{WebUtility.HtmlEncode(module.In(language).Purpose)}</td></tr>");
        return Shell.Html(T("A build system for prompts", "Un sistem de compilare pentru prompturi"), html.Append("</tbody></table>").ToString(), language == Language.Ro ? "ro" : "en");
    }
}
