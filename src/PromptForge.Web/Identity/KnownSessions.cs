using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.EntityFrameworkCore;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

/// <summary>
/// Whether a session still stands. One that is ended, by itself or with all others of its account, is forgotten by every node at once; until then no query is made,
/// but for one a minute, which also notes that the session is used.
/// </summary>
internal sealed class KnownSessions
{
    private const int MaxKept = 50_000;
    private static readonly TimeSpan Unnoted = TimeSpan.FromMinutes(5);

    private readonly Cached<Guid, Guid?> _kept;
    private readonly IServiceScopeFactory _scopes;
    private readonly TimeProvider _clock;

    public KnownSessions(IServiceScopeFactory scopes, Changes changes, TimeProvider clock)
    {
        (_scopes, _clock) = (scopes, clock);
        _kept = new(changes, clock, MaxKept);
        changes.Subscribe("session", _kept.Drop, _kept.Clear);
        changes.Subscribe("account", id => _kept.DropWhere((_, user) => user == id), () => { });
    }

    public static async Task CheckAsync(CookieValidatePrincipalContext context)
    {
        if (!await Of(context.HttpContext).StandsAsync(context.Principal, context.HttpContext))
        {
            context.RejectPrincipal();
            context.HttpContext.Response.Cookies.Delete(context.Options.Cookie.Name!);
        }
    }

    /// <summary>In place of the handler's own reading of the token, which knows nothing of sessions.</summary>
    public static async Task CheckAsync(MessageReceivedContext context)
    {
        var http = context.HttpContext;
        if (http.RequestServices.GetRequiredService<Tokens>().Read(http.Request.Headers.Authorization) is not { } principal)
        {
            context.NoResult();
        }
        else if (await Of(http).StandsAsync(principal, http))
        {
            context.Principal = principal;
            context.Success();
        }
        else
        {
            context.Fail("The session was ended.");
        }
    }

    private static KnownSessions Of(HttpContext context) => context.RequestServices.GetRequiredService<KnownSessions>();

    private async ValueTask<bool> StandsAsync(ClaimsPrincipal? principal, HttpContext http) =>
        principal is not null && UserPrincipal.SessionOf(principal) is { } session && UserPrincipal.UserOf(principal) is { } user
        && user == await _kept.GetAsync(session, (id, ct) => UseAsync(id, ClientNetwork.Of(http), ct), http.RequestAborted);

    private async Task<Guid?> UseAsync(Guid id, IPAddress? network, CancellationToken ct)
    {
        await using var scope = _scopes.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<IdentityContext>();
        var now = _clock.GetUtcNow();
        if (await Sessions.Standing(context, now).Where(s => s.Id == id).Select(s => new { s.UserId, s.LastUsedAt }).FirstOrDefaultAsync(ct) is not { } found)
        {
            return null;
        }

        if (now - found.LastUsedAt > Unnoted)
        {
            await context.Sessions.Where(s => s.Id == id).ExecuteUpdateAsync(set => set.SetProperty(s => s.LastUsedAt, now).SetProperty(s => s.Network, network), ct);
        }

        return found.UserId;
    }
}
