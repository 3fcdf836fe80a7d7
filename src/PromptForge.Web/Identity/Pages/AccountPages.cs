using System.Net;
using PromptForge.Core.Catalog;
using PromptForge.Web.Ui;

namespace PromptForge.Web.Identity.Pages;

/// <summary>
/// Where the links of our mails lead. What a link carries stands behind its #, which a browser sends to nobody; the page's script takes it to the API, and only once
/// the reader has pressed the button, because mail scanners open links too.
/// </summary>
internal static class AccountPages
{
    private const string Script = "/account/pages.js";

    private static readonly string Source = Read();

    public static void MapAccountPages(this WebApplication app)
    {
        app.MapGet(Script, () => Results.Text(Source, "text/javascript; charset=utf-8")).ExcludeFromDescription();
        app.MapGet("/account/{page:regex(^(confirm|email|reset|sign-in)$)}", (string page, HttpRequest request) => Show(page, request)).ExcludeFromDescription();
        app.MapGet("/invitation", (HttpRequest request) => Show("invitation", request)).ExcludeFromDescription();
    }

    private static IResult Show(string page, HttpRequest request)
    {
        var romanian = Shell.LanguageOf(request) == Language.Ro;
        string T(string english, string text) => WebUtility.HtmlEncode(romanian ? text : english);
        var (title, fields, button, done) = page switch
        {
            "confirm" => (T("Confirm your address", "Confirmă adresa"), "", T("Confirm", "Confirmă"), T("Your address is confirmed. You can sign in now.", "Adresa este confirmată. Te poți autentifica acum.")),
            "email" => (T("Confirm your new address", "Confirmă adresa nouă"), "", T("Confirm", "Confirmă"), T("Your address is changed.", "Adresa este schimbată.")),
            "reset" => (T("Set a new password", "Alege o parolă nouă"), Field("new_password", T("New password", "Parola nouă"), "password", "new-password"), T("Set the password", "Salvează parola"),
                T("Your password is set. You can sign in now.", "Parola este salvată. Te poți autentifica acum.")),
            "invitation" => (T("You are invited", "Ai primit o invitație"), "<p id=\"what\"></p>", T("Join", "Acceptă"), T("You belong to the organisation now.", "Faci parte din organizație.")),
            _ => (T("Sign in", "Autentificare"), Field("email", T("E-mail", "E-mail"), "email", "username") + Field("password", T("Password", "Parola"), "password", "current-password")
                + Field("two_factor_code", T("Code of your authenticator app, if you use one", "Codul aplicației de autentificare, dacă folosești una"), "text", "one-time-code", required: false)
                + $"<label class=\"check\"><input name=\"remember_machine\" type=\"checkbox\">{T("Ask for no code on this machine for 30 days", "Nu cere codul pe acest dispozitiv timp de 30 de zile")}</label>", T("Sign in", "Autentificare"),
                T("You are signed in.", "Te-ai autentificat.")),
        };
        var more = page == "sign-in" ? "<p id=\"issuers\"></p>" : $"<p><a href=\"/account/sign-in\">{T("Sign in", "Autentificare")}</a></p>";
        return Shell.Html(WebUtility.HtmlDecode(title),
            $"<h1>{title}</h1><form id=\"form\" data-page=\"{page}\" data-done=\"{done}\" data-broken=\"{T("This link is not whole. Open it from the mail again.", "Linkul nu este întreg. Deschide-l din nou din mesaj.")}\" "
            + $"data-away=\"{T("The server cannot be reached. Try again.", "Serverul nu răspunde. Încearcă din nou.")}\" data-first=\"{T("Sign in first, with the address that was invited.", "Autentifică-te mai întâi cu adresa invitată.")}\" "
            + $"data-with=\"{T("Sign in with", "Autentificare cu")}\">{fields}<button>{button}</button><p id=\"say\" role=\"status\"></p></form>{more}",
            romanian ? "ro" : "en", Script);
    }

    private static string Field(string name, string label, string type, string complete, bool required = true) =>
        $"<label>{label}<input name=\"{name}\" type=\"{type}\" autocomplete=\"{complete}\"{(required ? " required" : "")}></label>";

    private static string Read()
    {
        using var reader = new StreamReader(typeof(AccountPages).Assembly.GetManifestResourceStream("account-pages.js")!);
        return reader.ReadToEnd();
    }
}
