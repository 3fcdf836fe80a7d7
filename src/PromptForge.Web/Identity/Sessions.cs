using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

/// <summary>The sessions of accounts, from sign-in to sign-out: a cookie for a browser, a pair of tokens for anybody else.</summary>
internal sealed partial class Sessions(IdentityContext context, Tokens tokens, UserPrincipal principals, TimeProvider clock, ILogger<Sessions> log)
{
    /// <summary>As long as cookies and refresh tokens live.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromDays(14);

    /// <summary>More than anybody has machines; the one that was not used for longest gives way.</summary>
    private const int MostPerUser = 100;
    private const int LongestAgent = 200;

    public static IQueryable<UserSession> Standing(IdentityContext context, DateTimeOffset now) =>
        context.Sessions.Where(s => s.LastUsedAt > now - Idle && context.Users.Any(u => u.Id == s.UserId && u.SecurityStamp == s.Stamp));

    /// <summary>Always a session of its own: what the browser brought along was perhaps laid there by somebody else, and ends.</summary>
    public async Task<Results<Ok<TokenAnswer>, NoContent>> BeginAsync(HttpContext http, User user, bool cookie)
    {
        var session = await OpenAsync(user, cookie ? SessionKind.Browser : SessionKind.Tokens, ClientNetwork.Of(http), http.Request.Headers.UserAgent, http.RequestAborted);
        if (!cookie)
        {
            return TypedResults.Ok(tokens.Issue(user, session.Id, 0, session.CreatedAt));
        }

        if (ByCookie(http))
        {
            await EndAsync(http);
        }

        await http.SignInAsync(IdentityConstants.ApplicationScheme, principals.Of(user, IdentityConstants.ApplicationScheme, session.CreatedAt, session.Id), new AuthenticationProperties { IsPersistent = true });
        return TypedResults.NoContent();
    }

    /// <summary>After a change that ended all sessions: the one that made it goes on.</summary>
    public Task<Results<Ok<TokenAnswer>, NoContent>> GoOnAsync(HttpContext http, User user) => BeginAsync(http, user, ByCookie(http));

    public async Task<UserSession> OpenAsync(User user, SessionKind kind, IPAddress? network, string? agent, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var session = new UserSession
        {
            Id = Guid.CreateVersion7(now),
            UserId = user.Id,
            Stamp = user.SecurityStamp!,
            Kind = kind,
            CreatedAt = now,
            LastUsedAt = now,
            Network = network,
            UserAgent = Short(agent),
        };
        context.Add(session);
        await context.SaveChangesAsync(ct);
        await context.Sessions.Where(s => s.UserId == user.Id && s.Id != session.Id
            && (s.Stamp != user.SecurityStamp || context.Sessions.Count(o => o.UserId == user.Id && o.LastUsedAt >= s.LastUsedAt) > MostPerUser)).ExecuteDeleteAsync(ct);
        // Of what is over, of whomever, a few go with each sign-in; those that another sign-in is at are passed by.
        await context.Database.ExecuteSqlAsync($"""
            delete from auth.user_sessions where id in (select id from auth.user_sessions where last_used_at <= {now - Idle} order by last_used_at limit 20 for update skip locked)
            """, ct);
        return session;
    }

    /// <summary>
    /// A refresh token works once. Whoever brings one that was used has a copy of it, or somebody else has; which of the two is the thief cannot be known, so the session
    /// ends for both.
    /// </summary>
    public async Task<TokenAnswer?> RenewAsync(HttpContext http, RefreshTicket ticket)
    {
        var (now, ct) = (clock.GetUtcNow(), http.RequestAborted);
        var (network, agent) = (ClientNetwork.Of(http), Short(http.Request.Headers.UserAgent));
        var renewed = await Standing(context, now).Where(s => s.Id == ticket.Session && s.UserId == ticket.User && s.Refreshes == ticket.Refreshes).ExecuteUpdateAsync(set => set
            .SetProperty(s => s.Refreshes, s => s.Refreshes + 1).SetProperty(s => s.LastUsedAt, now).SetProperty(s => s.Network, network).SetProperty(s => s.UserAgent, agent), ct);
        if (renewed == 1)
        {
            return await context.Users.FirstOrDefaultAsync(u => u.Id == ticket.User, ct) is { } user ? tokens.Issue(user, ticket.Session, ticket.Refreshes + 1, ticket.SignedInAt) : null;
        }

        if (await context.Sessions.Where(s => s.Id == ticket.Session && s.Refreshes > ticket.Refreshes).ExecuteDeleteAsync(ct) > 0)
        {
            Log.UsedTwice(log, ticket.User);
        }

        return null;
    }

    /// <summary>Ends the session that the request itself is of.</summary>
    public Task EndAsync(HttpContext http) => UserPrincipal.UserOf(http.User) is { } user && UserPrincipal.SessionOf(http.User) is { } session ? EndAsync(user, session, http.RequestAborted) : Task.CompletedTask;

    /// <returns>Whether there was one.</returns>
    public async Task<bool> EndAsync(Guid user, Guid session, CancellationToken ct) =>
        await Standing(context, clock.GetUtcNow()).Where(s => s.Id == session && s.UserId == user).ExecuteDeleteAsync(ct) == 1;

    private static bool ByCookie(HttpContext http) => http.User.Identities.Any(identity => identity.AuthenticationType == IdentityConstants.ApplicationScheme);

    /// <summary>A character of two halves is not cut in two.</summary>
    private static string? Short(string? agent) => agent is not { Length: > LongestAgent } ? agent
        : agent[..(char.IsHighSurrogate(agent[LongestAgent - 1]) ? LongestAgent - 1 : LongestAgent)];

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "A refresh token of user {UserId} was used a second time; its session was ended.")]
        public static partial void UsedTwice(ILogger log, Guid userId);
    }
}
