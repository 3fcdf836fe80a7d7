using System.Security.Claims;
using Microsoft.AspNetCore.Identity;
using PromptForge.Core;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

internal sealed record ForgotRequest(string Email);

internal sealed record ResetRequest(Guid UserId, string Code, string NewPassword);

internal sealed record ChangePasswordRequest(string CurrentPassword, string NewPassword);

internal static class Passwords
{
    public static void Map(RouteGroupBuilder group)
    {
        group.MapPost("/password/forgot", ForgotAsync).AllowAnonymous().Produces(StatusCodes.Status202Accepted).WithName("forgotPassword").WithSummary("Ask for a mail to set a new password");
        group.MapPost("/password/reset", ResetAsync).AllowAnonymous().Produces(StatusCodes.Status204NoContent).WithName("resetPassword").WithSummary("Set a new password with the code of a mail");
        group.MapPost("/password", ChangeAsync).Produces<TokenAnswer>().Produces(StatusCodes.Status204NoContent).WithName("changePassword").WithSummary("Change the password");
    }

    private static async Task<IResult> ForgotAsync(ForgotRequest request, HttpContext http, Mailer mailer, Attempts attempts, CancellationToken ct)
    {
        if ((Input.Refuse(Input.Email(request.Email)) ?? attempts.RefuseAccount(http, request.Email)) is { } refused)
        {
            return refused;
        }

        await mailer.QueueAsync(new(AccountLetters.Reset, request.Email), ct);
        return TypedResults.Accepted((string?)null);
    }

    /// <summary>Whoever reads the address' mail owns the account, so this also confirms it; it ends all sessions and the lock-out, and a second factor stays.</summary>
    private static async Task<IResult> ResetAsync(ResetRequest request, UserManager<User> users, Mailer mailer, CancellationToken ct)
    {
        if (request.Code.Length > Input.MaxCode || await users.FindByIdAsync(request.UserId.ToString()) is not { } user)
        {
            return new Problem(ApiError.CodeInvalid);
        }

        if (!await users.VerifyUserTokenAsync(user, users.Options.Tokens.PasswordResetTokenProvider, UserManager<User>.ResetPasswordTokenPurpose, request.Code))
        {
            return new Problem(ApiError.CodeInvalid);
        }

        if (Input.Refuse(await Input.PasswordAsync(users, user, request.NewPassword, "/new_password")) is { } refused)
        {
            return refused;
        }

        (user.EmailConfirmed, user.AccessFailedCount, user.LockoutEnd) = (true, 0, null);
        if (!(await users.ResetPasswordAsync(user, request.Code, request.NewPassword)).Succeeded)
        {
            return new Problem(ApiError.CodeInvalid);
        }

        await mailer.QueueAsync(new(AccountLetters.PasswordChanged, user.Email!, user.Language), ct);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> ChangeAsync(
        ChangePasswordRequest request, HttpContext http, ClaimsPrincipal caller, UserManager<User> users, IdentityContext context, Attempts attempts, Sessions sessions, Mailer mailer, CancellationToken ct)
    {
        if (await users.GetUserAsync(caller) is not { } user)
        {
            return new Problem(ApiError.Unauthenticated);
        }

        if (await Proof.RefuseAsync(http, users, context, attempts, user, request.CurrentPassword, "/current_password", ct) is { } wrong)
        {
            return wrong;
        }

        if (Input.Refuse(await Input.PasswordAsync(users, user, request.NewPassword, "/new_password")) is { } refused)
        {
            return refused;
        }

        if (Input.Refuse(await users.ChangePasswordAsync(user, request.CurrentPassword, request.NewPassword)) is { } lost)
        {
            return lost;
        }

        await mailer.QueueAsync(new(AccountLetters.PasswordChanged, user.Email!, user.Language), ct);
        return await sessions.GoOnAsync(http, user);
    }
}

/// <summary>A stolen session must not be able to take the account over, so what would do that takes the password again.</summary>
internal static class Proof
{
    public static async Task<Problem?> RefuseAsync(
        HttpContext http, UserManager<User> users, IdentityContext context, Attempts attempts, User user, string? password, string where, CancellationToken ct)
    {
        if (attempts.RefuseAccount(http, user.Email ?? "") is { } tooOften)
        {
            return tooOften;
        }

        // Who signs in through an issuer or with a passkey alone has none to give, but has just done so.
        if (user.PasswordHash is null && password is null)
        {
            return attempts.IsFresh(UserPrincipal.SignedInAt(http.User)) ? null : new Problem(ApiError.SignInAgain);
        }

        if (password is { Length: > 0 and <= Input.MaxPassword } && !attempts.IsLockedOut(user) && await users.CheckPasswordAsync(user, password))
        {
            await Attempts.SucceededAsync(context, user, ct);
            return null;
        }

        await attempts.FailedAsync(context, user, ct);
        return Input.Refuse(new Fault("PASSWORD_WRONG", where, "This is not the account's password. Without one, or when it is forgotten, set one by POST /api/auth/password/forgot."));
    }
}
