using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace PromptForge.Web.Identity;

/// <summary>What a cookie or token says: who, by which address, since when, and which session it is of.</summary>
internal sealed class UserPrincipal(IOptions<IdentityOptions> options, TimeProvider clock) : IUserClaimsPrincipalFactory<User>
{
    private const string SignedInAtClaim = "auth_time";
    private const string SessionClaim = "sid";

    /// <summary>For the framework's own sign-in, which nothing here uses: without a session it is refused.</summary>
    public Task<ClaimsPrincipal> CreateAsync(User user) => Task.FromResult(Of(user, IdentityConstants.ApplicationScheme, clock.GetUtcNow(), session: null));

    public static Guid? UserOf(ClaimsPrincipal principal) => Guid.TryParse(principal.FindFirstValue(ClaimTypes.NameIdentifier), out var id) ? id : null;

    /// <summary>Null where an issuer's token, or nobody, asks.</summary>
    public static Guid? SessionOf(ClaimsPrincipal principal) => Guid.TryParse(principal.FindFirstValue(SessionClaim), out var id) ? id : null;

    /// <summary>When its user last proved who they are; null where an issuer's token says nothing of it.</summary>
    public static DateTimeOffset? SignedInAt(ClaimsPrincipal principal) =>
        long.TryParse(principal.FindFirstValue(SignedInAtClaim), CultureInfo.InvariantCulture, out var seconds) ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    public ClaimsPrincipal Of(User user, string scheme, DateTimeOffset? signedInAt, Guid? session)
    {
        var claims = options.Value.ClaimsIdentity;
        return new(new ClaimsIdentity(
        [
            .. signedInAt is { } at ? [new Claim(SignedInAtClaim, at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture))] : Array.Empty<Claim>(),
            .. session is { } id ? [new Claim(SessionClaim, id.ToString())] : Array.Empty<Claim>(),
            new(claims.UserIdClaimType, user.Id.ToString()),
            new(claims.UserNameClaimType, user.Email ?? ""),
        ], scheme, claims.UserNameClaimType, claims.RoleClaimType));
    }
}
