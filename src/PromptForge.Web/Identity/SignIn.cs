using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;

namespace PromptForge.Web.Identity;

internal sealed record SignInRequest(
    string? Email, string? Password,
    string? TwoFactorCode = null,
    string? TwoFactorRecoveryCode = null);

internal static class SignIn
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/login", HandleAsync);

    private static async Task<Results<Ok<TokenAnswer>, NoContent, UnauthorizedHttpResult>> HandleAsync(
        SignInRequest request, HttpContext http, UserManager<User> users, IPasswordHasher<User> hasher, Tokens tokens, UserPrincipal principals,
        [FromQuery(Name = "use_cookies")] bool useCookies = false)
    {
        var user = await users.FindByEmailAsync(request.Email ?? "");
        if (user?.PasswordHash is null || await users.IsLockedOutAsync(user))
        {
            hasher.HashPassword(new User(), request.Password ?? "");
            return TypedResults.Unauthorized();
        }

        if (!await users.CheckPasswordAsync(user, request.Password ?? "") || !user.EmailConfirmed)
        {
            await users.AccessFailedAsync(user);
            return TypedResults.Unauthorized();
        }

        if (!useCookies)
        {
            return TypedResults.Ok(tokens.Issue(user));
        }

        await http.SignInAsync(IdentityConstants.ApplicationScheme, principals.Of(user, IdentityConstants.ApplicationScheme));
        return TypedResults.NoContent();
    }
}
