using System.Security.Claims;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

internal sealed record ChangeEmailRequest(string NewEmail, string? Password = null);

internal sealed record ConfirmEmailChangeRequest(Guid UserId, string NewEmail, string Code);

/// <summary>The new address has to answer before it counts; the old one is told.</summary>
internal static class ChangeEmail
{
    public static void Map(RouteGroupBuilder group)
    {
        group.MapPost("/email", AskAsync).Produces(StatusCodes.Status202Accepted).WithName("changeEmail").WithSummary("Ask for another address");
        group.MapPost("/email/confirm", ConfirmAsync).AllowAnonymous().Produces(StatusCodes.Status204NoContent).WithName("confirmNewEmail").WithSummary("Confirm the new address");
    }

    private static async Task<IResult> AskAsync(
        ChangeEmailRequest request, HttpContext http, ClaimsPrincipal caller, UserManager<User> users, IdentityContext context, Attempts attempts, Mailer mailer, CancellationToken ct)
    {
        if (await users.GetUserAsync(caller) is not { } user)
        {
            return new Problem(ApiError.Unauthenticated);
        }

        if (Input.Refuse(Input.Email(request.NewEmail, "/new_email")) is { } refused)
        {
            return refused;
        }

        if (await Proof.RefuseAsync(http, users, context, attempts, user, request.Password, "/password", ct) is { } wrong)
        {
            return wrong;
        }

        await mailer.QueueAsync(new(AccountLetters.ChangeEmail, request.NewEmail, user.Language) { Values = { ["user_id"] = user.Id.ToString() } }, ct);
        return TypedResults.Accepted((string?)null);
    }

    private static async Task<IResult> ConfirmAsync(ConfirmEmailChangeRequest request, UserManager<User> users, Mailer mailer, CancellationToken ct)
    {
        if (request.Code.Length > Input.MaxCode || Input.Email(request.NewEmail) is not null || await users.FindByIdAsync(request.UserId.ToString()) is not { } user)
        {
            return new Problem(ApiError.CodeInvalid);
        }

        var old = user.Email;
        try
        {
            if (!(await users.ChangeEmailAsync(user, request.NewEmail, request.Code)).Succeeded)
            {
                return new Problem(ApiError.CodeInvalid);
            }
        }
        catch (DbUpdateException e) when (Errors.IsDuplicate(e))
        {
            return new Problem(ApiError.CodeInvalid);
        }

        if (old is not null)
        {
            await mailer.QueueAsync(new(AccountLetters.EmailChanged, old, user.Language) { Values = { ["email"] = request.NewEmail } }, ct);
        }

        return TypedResults.NoContent();
    }
}
