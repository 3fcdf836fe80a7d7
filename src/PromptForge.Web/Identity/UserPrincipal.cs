using System.Security.Claims;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace PromptForge.Web.Identity;

/// <summary>What a session says about its user: who, by which address, and the stamp that ends it everywhere once it changes.</summary>
internal sealed class UserPrincipal(IOptions<IdentityOptions> options) : IUserClaimsPrincipalFactory<User>
{
    public Task<ClaimsPrincipal> CreateAsync(User user) => Task.FromResult(Of(user, IdentityConstants.ApplicationScheme));

    public ClaimsPrincipal Of(User user, string scheme)
    {
        var claims = options.Value.ClaimsIdentity;
        return new(new ClaimsIdentity(
        [
            new(claims.UserIdClaimType, user.Id.ToString()),
            new(claims.UserNameClaimType, user.Email ?? ""),
            new(claims.SecurityStampClaimType, user.SecurityStamp ?? ""),
        ], scheme, claims.UserNameClaimType, claims.RoleClaimType));
    }
}
