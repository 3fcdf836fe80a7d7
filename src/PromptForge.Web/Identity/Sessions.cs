using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace PromptForge.Web.Identity;

/// <summary>The beginning of a session: a cookie for a browser, a pair of tokens for anybody else.</summary>
internal sealed class Sessions(Tokens tokens, UserPrincipal principals)
{
    public async Task<Results<Ok<TokenAnswer>, NoContent>> BeginAsync(HttpContext context, User user, bool cookie)
    {
        if (!cookie)
        {
            return TypedResults.Ok(tokens.Issue(user));
        }

        await context.SignInAsync(IdentityConstants.ApplicationScheme, await principals.CreateAsync(user), new AuthenticationProperties { IsPersistent = true });
        return TypedResults.NoContent();
    }

    /// <summary>After a change that ended all sessions: the one that made it goes on.</summary>
    public Task<Results<Ok<TokenAnswer>, NoContent>> GoOnAsync(HttpContext context, User user) =>
        BeginAsync(context, user, context.User.Identities.Any(identity => identity.AuthenticationType == IdentityConstants.ApplicationScheme));
}
