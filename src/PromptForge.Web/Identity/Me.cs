using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace PromptForge.Web.Identity;

internal sealed record AccountAnswer(
    Guid Id, string? Email,
    bool EmailConfirmed,
    bool TwoFactorEnabled,
    string Language);

internal static class Me
{
    public static void Map(RouteGroupBuilder group) => group.MapGet("/me", HandleAsync).RequireAuthorization();

    private static async Task<Results<Ok<AccountAnswer>, UnauthorizedHttpResult>> HandleAsync(ClaimsPrincipal caller, UserManager<User> users) =>
        await users.GetUserAsync(caller) is { } user
            ? TypedResults.Ok(new AccountAnswer(user.Id, user.Email, user.EmailConfirmed, user.TwoFactorEnabled, user.Language))
            : TypedResults.Unauthorized();
}
