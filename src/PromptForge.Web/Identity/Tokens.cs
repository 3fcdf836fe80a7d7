using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace PromptForge.Web.Identity;

internal sealed record TokenAnswer(string TokenType, string AccessToken, long ExpiresIn, string RefreshToken);

/// <param name="Refreshes">How many refreshes of the session came before it.</param>
internal sealed record RefreshTicket(Guid User, Guid Session, int Refreshes, DateTimeOffset? SignedInAt);

/// <summary>The pair of tokens of a session outside of a browser, encrypted with the deployment's keys, so that every node reads them.</summary>
internal sealed class Tokens(IOptionsMonitor<BearerTokenOptions> options, UserPrincipal principals, TimeProvider clock)
{
    private const string Refreshes = "refreshes";

    private BearerTokenOptions Options => options.Get(IdentityConstants.BearerScheme);

    /// <param name="signedInAt">A refresh makes a session longer, not younger.</param>
    public TokenAnswer Issue(User user, Guid session, int refreshes, DateTimeOffset? signedInAt)
    {
        var now = clock.GetUtcNow();
        var principal = principals.Of(user, IdentityConstants.BearerScheme, signedInAt, session);
        var refresh = Ticket(principal, now + Options.RefreshTokenExpiration);
        refresh.Properties.Items[Refreshes] = refreshes.ToString(CultureInfo.InvariantCulture);
        return new TokenAnswer("Bearer",
            Options.BearerTokenProtector.Protect(Ticket(principal, now + Options.BearerTokenExpiration)),
            (long)Options.BearerTokenExpiration.TotalSeconds,
            Options.RefreshTokenProtector.Protect(refresh));
    }

    /// <param name="authorization">The header's value.</param>
    /// <returns>Whose access token this is, and null when it is none or too old.</returns>
    public ClaimsPrincipal? Read(string? authorization) =>
        authorization is not null && authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? Valid(Options.BearerTokenProtector.Unprotect(authorization[7..].Trim()))?.Principal : null;

    /// <returns>What a refresh token says, and null when it is none or too old.</returns>
    public RefreshTicket? Redeem(string? refreshToken) =>
        Valid(Options.RefreshTokenProtector.Unprotect(refreshToken)) is { } ticket && UserPrincipal.UserOf(ticket.Principal) is { } user && UserPrincipal.SessionOf(ticket.Principal) is { } session
        && ticket.Properties.Items.TryGetValue(Refreshes, out var text) && int.TryParse(text, CultureInfo.InvariantCulture, out var refreshes)
            ? new(user, session, refreshes, UserPrincipal.SignedInAt(ticket.Principal)) : null;

    private AuthenticationTicket? Valid(AuthenticationTicket? ticket) =>
        ticket?.Properties.ExpiresUtc is { } until && clock.GetUtcNow() < until ? ticket : null;

    private static AuthenticationTicket Ticket(ClaimsPrincipal principal, DateTimeOffset until) =>
        new(principal, new AuthenticationProperties { ExpiresUtc = until }, IdentityConstants.BearerScheme);
}
