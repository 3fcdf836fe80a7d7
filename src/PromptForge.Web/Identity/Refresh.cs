using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

internal sealed record RefreshRequest(string RefreshToken);

internal static class Refresh
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/refresh", HandleAsync).AllowAnonymous().WithName("refreshToken").WithSummary("A new access token for a refresh token");

    private static async Task<Results<Ok<TokenAnswer>, Problem>> HandleAsync(RefreshRequest request, UserManager<User> users, Tokens tokens)
    {
        var principal = request.RefreshToken.Length <= 2 * Input.MaxCode ? tokens.Redeem(request.RefreshToken) : null;
        var user = principal is null ? null : await users.GetUserAsync(principal);
        return user is not null && principal!.FindFirst(users.Options.ClaimsIdentity.SecurityStampClaimType)?.Value == user.SecurityStamp
            ? TypedResults.Ok(tokens.Issue(user, UserPrincipal.SignedInAt(principal)))
            : new Problem(ApiError.Unauthenticated, "The refresh token is too old, or the session was ended. Sign in again.");
    }
}
