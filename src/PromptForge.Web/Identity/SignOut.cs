using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace PromptForge.Web.Identity;

internal static class SignOut
{
    public static void Map(RouteGroupBuilder group)
    {
        group.MapPost("/logout", (Delegate)HereAsync).WithName("signOut").WithSummary("Sign out here");
        group.MapPost("/logout-everywhere", EverywhereAsync).WithName("signOutEverywhere").WithSummary("Sign out everywhere");
    }

    /// <summary>Ends this session, whether a cookie or tokens carry it. An issuer's token is not ours to end.</summary>
    private static async Task<NoContent> HereAsync(HttpContext http, Sessions sessions)
    {
        await sessions.EndAsync(http);
        await http.SignOutAsync(IdentityConstants.ApplicationScheme);
        return TypedResults.NoContent();
    }

    /// <summary>The new stamp ends every cookie, access token and refresh token, on every node; the tokens of issuers, too.</summary>
    private static async Task<NoContent> EverywhereAsync(HttpContext http, ClaimsPrincipal caller, UserManager<User> users, IdentityContext context, Sessions sessions, CancellationToken ct)
    {
        if (await users.GetUserAsync(caller) is { } user)
        {
            var stamp = users.GenerateNewAuthenticatorKey();
            // In one statement: whatever else changes the account at this moment, the sessions end.
            await context.Users.Where(u => u.Id == user.Id).ExecuteUpdateAsync(set => set.SetProperty(u => u.SecurityStamp, stamp).SetProperty(u => u.ConcurrencyStamp, stamp), ct);
        }

        return await HereAsync(http, sessions);
    }
}
