using PromptForge.Web.Identity;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

/// <summary>The letter with the token, the only place where the token ever stands. It is queued in the transaction of its invitation: there is none without the other.</summary>
internal sealed class InvitationMail(Mailer mailer, TimeProvider clock)
{
    /// <exception cref="RefusedException">This deployment cannot send mail, so nobody is invited in vain.</exception>
    public void Require() => mailer.Require();

    /// <param name="inviter">Null where addresses are kept elsewhere.</param>
    /// <exception cref="RefusedException">The address has got as many as it may for now.</exception>
    public async Task SendAsync(OrgScope scope, string address, string orgName, string? inviter, InvitationToken invitation, string language, CancellationToken ct)
    {
        var room = await mailer.QueueAsync(scope, new Mail("invitation", address, language)
        {
            // After the # it stays in the browser: no log of a server or a proxy ever holds it.
            Values = new Dictionary<string, string> { ["inviter"] = inviter ?? orgName, ["org"] = orgName, ["link"] = "/invitation#" + invitation.Text },
        }, ct);
        if (room is { } again)
            throw new RefusedException(new(ApiError.RateLimited, "This address has got as many invitations as it may for now. Nothing was sent or changed; try again after `Retry-After` seconds.") { RetryAfter = again - clock.GetUtcNow() });
    }

    /// <summary>The inviter's language is the best guess at the invited person's.</summary>
    public static string LanguageOf(HttpRequest request) =>
        request.GetTypedHeaders().AcceptLanguage.OrderByDescending(l => l.Quality ?? 1).Select(l => l.Value.ToString().Split('-')[0].ToLowerInvariant()).FirstOrDefault(l => l is "en" or "ro") ?? "en";
}
