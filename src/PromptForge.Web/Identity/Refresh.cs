using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

internal sealed record RefreshRequest(string RefreshToken);

internal static class Refresh
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/refresh", HandleAsync).AllowAnonymous().WithName("refreshToken").WithSummary("A new pair of tokens for a refresh token, once")
        .WithDescription("The answer holds the next refresh token. One that is used a second time ends its session: somebody has a copy of it.");

    private static async Task<Results<Ok<TokenAnswer>, Problem>> HandleAsync(RefreshRequest request, HttpContext http, Tokens tokens, Sessions sessions) =>
        request.RefreshToken.Length <= 2 * Input.MaxCode && tokens.Redeem(request.RefreshToken) is { } ticket && await sessions.RenewAsync(http, ticket) is { } answer
            ? TypedResults.Ok(answer)
            : new Problem(ApiError.Unauthenticated, "The refresh token is too old or was used already, or the session was ended. Sign in again.");
}
