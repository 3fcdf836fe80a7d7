using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Identity;

/// <summary>
/// Whether a session still stands: its stamp must be the account's. Signing out everywhere, a new password or address and deletion change the stamp, and every
/// node forgets the old one at once; until then no query is made.
/// </summary>
internal sealed class Stamps
{
    private const int MaxKept = 50_000;

    private readonly Cached<Guid, string?> _kept;
    private readonly IServiceScopeFactory _scopes;
    private readonly ClaimsIdentityOptions _claims;

    public Stamps(IServiceScopeFactory scopes, Changes changes, TimeProvider clock, IOptions<IdentityOptions> options)
    {
        (_scopes, _claims) = (scopes, options.Value.ClaimsIdentity);
        _kept = new(changes, clock, MaxKept);
        changes.Subscribe("account", _kept.Drop, _kept.Clear);
    }

    public async ValueTask<bool> StandsAsync(ClaimsPrincipal? principal, CancellationToken ct) =>
        principal?.FindFirstValue(_claims.SecurityStampClaimType) is { Length: > 0 } stamp
        && Guid.TryParse(principal.FindFirstValue(_claims.UserIdClaimType), out var id)
        && stamp == await _kept.GetAsync(id, ReadAsync, ct);

    public static async Task CheckAsync(CookieValidatePrincipalContext context)
    {
        if (!await Of(context.HttpContext).StandsAsync(context.Principal, context.HttpContext.RequestAborted))
        {
            context.RejectPrincipal();
            context.HttpContext.Response.Cookies.Delete(context.Options.Cookie.Name!);
        }
    }

    /// <summary>In place of the handler's own reading of the token, which knows nothing of stamps.</summary>
    public static async Task CheckAsync(MessageReceivedContext context)
    {
        var http = context.HttpContext;
        if (http.RequestServices.GetRequiredService<Tokens>().Read(http.Request.Headers.Authorization) is not { } principal)
        {
            context.NoResult();
        }
        else if (await Of(http).StandsAsync(principal, http.RequestAborted))
        {
            context.Principal = principal;
            context.Success();
        }
        else
        {
            context.Fail("The session was ended.");
        }
    }

    private static Stamps Of(HttpContext context) => context.RequestServices.GetRequiredService<Stamps>();

    private async Task<string?> ReadAsync(Guid id, CancellationToken ct)
    {
        await using var scope = _scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<IdentityContext>().Users.Where(user => user.Id == id).Select(user => user.SecurityStamp).FirstOrDefaultAsync(ct);
    }
}
