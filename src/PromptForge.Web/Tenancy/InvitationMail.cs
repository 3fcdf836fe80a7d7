using PromptForge.Web.Identity;

namespace PromptForge.Web.Tenancy;

/// <summary>The letter with the token, the only place where the token ever stands. It is queued after the commit: were it lost in between, the invitation is sent again.</summary>
internal sealed class InvitationMail(Mailer mailer)
{
    /// <exception cref="Platform.Api.RefusedException">This deployment cannot send mail, so nobody is invited in vain.</exception>
    public void Require() => mailer.Require();

    /// <param name="inviter">Null where addresses are kept elsewhere.</param>
    public Task SendAsync(string address, string orgName, string? inviter, InvitationToken invitation, string language, CancellationToken ct) =>
        mailer.QueueAsync(new Mail("invitation", address, language)
        {
            // After the # it stays in the browser: no log of a server or a proxy ever holds it.
            Values = new Dictionary<string, string> { ["inviter"] = inviter ?? orgName, ["org"] = orgName, ["link"] = "/invitation#" + invitation.Text },
        }, ct);

    /// <summary>The inviter's language is the best guess at the invited person's.</summary>
    public static string LanguageOf(HttpRequest request) =>
        request.GetTypedHeaders().AcceptLanguage.OrderByDescending(l => l.Quality ?? 1).Select(l => l.Value.ToString().Split('-')[0].ToLowerInvariant()).FirstOrDefault(l => l is "en" or "ro") ?? "en";
}
