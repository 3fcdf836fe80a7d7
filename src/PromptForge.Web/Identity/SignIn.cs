using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

/// <param name="RememberMachine">With a second factor and <c>use_cookies</c>: ask for no code in this browser for 30 days.</param>
internal sealed record SignInRequest(string Email, string Password, string? TwoFactorCode = null, string? TwoFactorRecoveryCode = null, bool RememberMachine = false);

internal static class SignIn
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/login", HandleAsync).AllowAnonymous().Produces<TokenAnswer>().Produces(StatusCodes.Status204NoContent).WithName("signIn").WithSummary("Sign in with a password");

    /// <summary>Only somebody who knows the password learns anything of the account: whether it is confirmed, and whether it wants a second factor.</summary>
    private static async Task<IResult> HandleAsync(
        SignInRequest request, HttpContext http, UserManager<User> users, IdentityContext context, CountedHasher hasher, Attempts attempts, SecondFactor factor,
        Sessions sessions, Machines machines, CancellationToken ct, [FromQuery(Name = "use_cookies")] bool useCookies = false)
    {
        if (attempts.RefuseAccount(http, request.Email) is { } tooOften)
        {
            return tooOften;
        }

        var password = request.Password.Length <= Input.MaxPassword ? request.Password : "";
        var found = await users.FindByEmailAsync(request.Email.Length <= Input.MaxEmail ? request.Email.Trim() : "");
        // One query, one verification, one statement, whoever is asked for.
        var user = found?.PasswordHash is null || attempts.IsLockedOut(found) ? hasher.Nobody : found;
        if (!await users.CheckPasswordAsync(user, password))
        {
            await attempts.FailedAsync(context, user, ct);
            return new Problem(ApiError.SignInFailed);
        }

        if (!user.EmailConfirmed)
        {
            return new Problem(ApiError.EmailNotConfirmed);
        }

        if (user.TwoFactorEnabled && !await machines.KnowsAsync(http, users, user))
        {
            if (request.TwoFactorCode is null && request.TwoFactorRecoveryCode is null)
            {
                return new Problem(ApiError.TwoFactorRequired);
            }

            if (!await factor.PassesAsync(user, request.TwoFactorCode, request.TwoFactorRecoveryCode, ct))
            {
                await attempts.FailedAsync(context, user, ct);
                return new Problem(ApiError.TwoFactorInvalid);
            }

            if (request.RememberMachine && useCookies)
            {
                await machines.RememberAsync(http, users, user);
            }
        }

        await Attempts.SucceededAsync(context, user, ct);
        return await sessions.BeginAsync(http, user, useCookies);
    }
}
