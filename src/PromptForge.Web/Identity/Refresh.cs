using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace PromptForge.Web.Identity;

internal sealed record RefreshRequest(string? RefreshToken);

internal static class Refresh
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/refresh", HandleAsync);

    private static async Task<Results<Ok<TokenAnswer>, UnauthorizedHttpResult>> HandleAsync(RefreshRequest request, UserManager<User> users, Tokens tokens)
    {
        var principal = tokens.Redeem(request.RefreshToken);
        var user = principal is null ? null : await users.GetUserAsync(principal);
        return user is not null && principal!.FindFirst(users.Options.ClaimsIdentity.SecurityStampClaimType)?.Value == user.SecurityStamp
            ? TypedResults.Ok(tokens.Issue(user))
            : TypedResults.Unauthorized();
    }
}
