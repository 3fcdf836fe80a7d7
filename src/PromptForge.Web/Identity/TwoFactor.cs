using System.Security.Claims;
using Microsoft.AspNetCore.Identity;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

internal sealed record EnrolRequest(string? Password = null);

/// <param name="Uri">For an authenticator's camera, as a QR code.</param>
internal sealed record EnrolAnswer(string Secret, string Uri);

internal sealed record EnableRequest(string Code);

/// <param name="TwoFactorCode">Of the authenticator; or a recovery code beside it.</param>
internal sealed record FactorRequest(string? TwoFactorCode = null, string? TwoFactorRecoveryCode = null);

/// <param name="RecoveryCodes">Shown this once; each replaces the authenticator one time.</param>
internal sealed record RecoveryAnswer(IReadOnlyList<string> RecoveryCodes);

/// <summary>A time-based one-time password (RFC 6238) beside the password: enrolled, then proven once, then asked for.</summary>
internal static class TwoFactor
{
    private const int RecoveryCodes = 10;

    public static void Map(RouteGroupBuilder group)
    {
        group.MapPost("/2fa/enrol", EnrolAsync).Produces<EnrolAnswer>().WithName("enrolTwoFactor").WithSummary("Start with an authenticator app");
        group.MapPost("/2fa/enable", EnableAsync).Produces<RecoveryAnswer>().WithName("enableTwoFactor").WithSummary("Ask for a second factor from now on");
        group.MapPost("/2fa/disable", DisableAsync).Produces(StatusCodes.Status204NoContent).WithName("disableTwoFactor").WithSummary("Ask for no second factor any more");
        group.MapPost("/2fa/recovery-codes", NewCodesAsync).Produces<RecoveryAnswer>().WithName("newRecoveryCodes").WithSummary("New recovery codes; the old ones stop working");
    }

    private static async Task<IResult> EnrolAsync(EnrolRequest request, HttpContext http, ClaimsPrincipal caller, UserManager<User> users, IdentityContext context, Attempts attempts, CancellationToken ct)
    {
        if (await users.GetUserAsync(caller) is not { } user)
        {
            return new Problem(ApiError.Unauthenticated);
        }

        if (user.TwoFactorEnabled)
        {
            return new Problem(ApiError.StateConflict, "An authenticator is enrolled already. Disable it first.");
        }

        if (await Proof.RefuseAsync(http, users, context, attempts, user, request.Password, "/password", ct) is { } wrong)
        {
            return wrong;
        }

        var secret = users.GenerateNewAuthenticatorKey();
        if (Input.Refuse(await users.SetAuthenticationTokenAsync(user, "[AspNetUserStore]", "AuthenticatorKey", secret)) is { } lost)
        {
            return lost;
        }

        return TypedResults.Ok(new EnrolAnswer(secret, $"otpauth://totp/PromptForge:{Uri.EscapeDataString(user.Email ?? "")}?secret={secret}&issuer=PromptForge&digits=6&period=30"));
    }

    private static async Task<IResult> EnableAsync(EnableRequest request, HttpContext http, ClaimsPrincipal caller, UserManager<User> users, IdentityContext context, Attempts attempts, SecondFactor factor, CancellationToken ct)
    {
        if (await users.GetUserAsync(caller) is not { } user)
        {
            return new Problem(ApiError.Unauthenticated);
        }

        if (user.TwoFactorEnabled || await users.GetAuthenticatorKeyAsync(user) is null)
        {
            return new Problem(ApiError.StateConflict, "Enrol an authenticator first, with POST /api/auth/2fa/enrol.");
        }

        if (await RefuseAsync(http, users, context, attempts, factor, user, new FactorRequest(request.Code), ct) is { } refused)
        {
            return refused;
        }

        user.TwoFactorEnabled = true;
        return await AnswerAsync(users, user);
    }

    private static async Task<IResult> DisableAsync(FactorRequest request, HttpContext http, ClaimsPrincipal caller, UserManager<User> users, IdentityContext context, Attempts attempts, SecondFactor factor, CancellationToken ct)
    {
        if (await users.GetUserAsync(caller) is not { } user)
        {
            return new Problem(ApiError.Unauthenticated);
        }

        if (user.TwoFactorEnabled)
        {
            if (await RefuseAsync(http, users, context, attempts, factor, user, request, ct) is { } refused)
            {
                return refused;
            }

            user.TwoFactorEnabled = false;
            if ((Input.Refuse(await users.RemoveAuthenticationTokenAsync(user, "[AspNetUserStore]", "RecoveryCodes"))
                ?? Input.Refuse(await users.RemoveAuthenticationTokenAsync(user, "[AspNetUserStore]", "AuthenticatorKey"))) is { } lost)
            {
                return lost;
            }
        }

        return TypedResults.NoContent();
    }

    private static async Task<IResult> NewCodesAsync(FactorRequest request, HttpContext http, ClaimsPrincipal caller, UserManager<User> users, IdentityContext context, Attempts attempts, SecondFactor factor, CancellationToken ct)
    {
        if (await users.GetUserAsync(caller) is not { } user)
        {
            return new Problem(ApiError.Unauthenticated);
        }

        if (!user.TwoFactorEnabled)
        {
            return new Problem(ApiError.StateConflict, "No authenticator is enrolled, so there is nothing to recover from.");
        }

        return await RefuseAsync(http, users, context, attempts, factor, user, request, ct) is { } refused
            ? refused
            : await AnswerAsync(users, user);
    }

    /// <summary>Stored together with whatever else changed in the user; where that lost against another change there are no codes.</summary>
    private static async Task<IResult> AnswerAsync(UserManager<User> users, User user) => await users.GenerateNewTwoFactorRecoveryCodesAsync(user, RecoveryCodes) is { } codes
        ? TypedResults.Ok(new RecoveryAnswer([.. codes]))
        : Input.Refuse(IdentityResult.Failed())!;

    private static async Task<Problem?> RefuseAsync(HttpContext http, UserManager<User> users, IdentityContext context, Attempts attempts, SecondFactor factor, User user, FactorRequest request, CancellationToken ct)
    {
        if (attempts.RefuseAccount(http, user.Email ?? "") is { } tooOften)
        {
            return tooOften;
        }

        if (!attempts.IsLockedOut(user) && await factor.PassesAsync(user, request.TwoFactorCode, request.TwoFactorRecoveryCode, ct))
        {
            await Attempts.SucceededAsync(context, user, ct);
            return null;
        }

        await attempts.FailedAsync(context, user, ct);
        return new Problem(ApiError.CodeInvalid);
    }
}
