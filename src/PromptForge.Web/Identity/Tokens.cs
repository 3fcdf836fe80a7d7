using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace PromptForge.Web.Identity;

internal sealed record TokenAnswer(string TokenType, string AccessToken, long ExpiresIn, string RefreshToken);

/// <summary>The pair of tokens of a session outside of a browser, encrypted with the deployment's keys, so that every node reads them.</summary>
internal sealed class Tokens(IOptionsMonitor<BearerTokenOptions> options, UserPrincipal principals, TimeProvider clock)
{
    private BearerTokenOptions Options => options.Get(IdentityConstants.BearerScheme);

    /// <param name="signedInAt">A refresh makes a session longer, not younger; null: now.</param>
    public TokenAnswer Issue(User user, DateTimeOffset? signedInAt = null)
    {
        var now = clock.GetUtcNow();
        var principal = principals.Of(user, IdentityConstants.BearerScheme, signedInAt ?? now);
        return new TokenAnswer("Bearer",
            Options.BearerTokenProtector.Protect(Ticket(principal, now + Options.BearerTokenExpiration)),
            (long)Options.BearerTokenExpiration.TotalSeconds,
            Options.RefreshTokenProtector.Protect(Ticket(principal, now + Options.RefreshTokenExpiration)));
    }

    /// <param name="authorization">The header's value.</param>
    /// <returns>Whose access token this is, and null when it is none or too old.</returns>
    public ClaimsPrincipal? Read(string? authorization) =>
        authorization is not null && authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? Valid(Options.BearerTokenProtector.Unprotect(authorization[7..].Trim())) : null;

    /// <returns>Whose refresh token this is, and null when it is none or too old.</returns>
    public ClaimsPrincipal? Redeem(string? refreshToken) => Valid(Options.RefreshTokenProtector.Unprotect(refreshToken));

    private ClaimsPrincipal? Valid(AuthenticationTicket? ticket) =>
        ticket?.Properties.ExpiresUtc is { } until && clock.GetUtcNow() < until ? ticket.Principal : null;

    private static AuthenticationTicket Ticket(ClaimsPrincipal principal, DateTimeOffset until) =>
        new(principal, new AuthenticationProperties { ExpiresUtc = until }, IdentityConstants.BearerScheme);
}
