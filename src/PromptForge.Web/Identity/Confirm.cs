using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

internal sealed record ConfirmRequest(Guid UserId, string Code);

internal sealed record ResendRequest(string Email);

internal static class Confirm
{
    public static void Map(RouteGroupBuilder group)
    {
        group.MapPost("/confirm", ConfirmAsync).AllowAnonymous().WithName("confirmEmail").WithSummary("Confirm the address");
        group.MapPost("/resend", ResendAsync).AllowAnonymous().WithName("resendConfirmation").WithSummary("Send the confirmation mail again");
    }

    private static async Task<Results<NoContent, Problem>> ConfirmAsync(ConfirmRequest request, UserManager<User> users) =>
        request.Code.Length <= Input.MaxCode && await users.FindByIdAsync(request.UserId.ToString()) is { } user && (await users.ConfirmEmailAsync(user, request.Code)).Succeeded
            ? TypedResults.NoContent()
            : new Problem(ApiError.CodeInvalid);

    private static async Task<Results<Accepted, Problem>> ResendAsync(ResendRequest request, HttpContext http, Mailer mailer, Attempts attempts, CancellationToken ct)
    {
        if ((Input.Refuse(Input.Email(request.Email)) ?? attempts.RefuseAccount(http, request.Email)) is { } refused)
        {
            return refused;
        }

        await mailer.QueueAsync(new(AccountLetters.Confirm, request.Email), ct);
        return TypedResults.Accepted((string?)null);
    }
}
