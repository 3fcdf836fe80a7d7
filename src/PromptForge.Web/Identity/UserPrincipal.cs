using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace PromptForge.Web.Identity;

/// <summary>What a session says about its user: who, by which address, since when, and the stamp that ends it everywhere once it changes.</summary>
internal sealed class UserPrincipal(IOptions<IdentityOptions> options, TimeProvider clock) : IUserClaimsPrincipalFactory<User>
{
    private const string SignedInAtClaim = "auth_time";

    public Task<ClaimsPrincipal> CreateAsync(User user) => Task.FromResult(Of(user, IdentityConstants.ApplicationScheme, clock.GetUtcNow()));

    /// <summary>When its user last proved who they are; null where an issuer's token says nothing of it.</summary>
    public static DateTimeOffset? SignedInAt(ClaimsPrincipal principal) =>
        long.TryParse(principal.FindFirstValue(SignedInAtClaim), CultureInfo.InvariantCulture, out var seconds) ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    public ClaimsPrincipal Of(User user, string scheme, DateTimeOffset? signedInAt)
    {
        var claims = options.Value.ClaimsIdentity;
        return new(new ClaimsIdentity(
        [
            .. signedInAt is { } at ? [new Claim(SignedInAtClaim, at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture))] : Array.Empty<Claim>(),
            new(claims.UserIdClaimType, user.Id.ToString()),
            new(claims.UserNameClaimType, user.Email ?? ""),
            new(claims.SecurityStampClaimType, user.SecurityStamp ?? ""),
        ], scheme, claims.UserNameClaimType, claims.RoleClaimType));
    }
}
