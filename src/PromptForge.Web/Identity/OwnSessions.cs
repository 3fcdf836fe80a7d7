using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

/// <param name="LastUsedAt">To a few minutes.</param>
/// <param name="Network">The address that it was last used from; of an IPv6 address the first half.</param>
/// <param name="UserAgent">What the browser or program called itself, up to 200 characters.</param>
/// <param name="Current">It is the one that asks.</param>
internal sealed record SessionItem(Guid Id, SessionKind Kind, DateTimeOffset CreatedAt, DateTimeOffset LastUsedAt, string? Network, string? UserAgent, bool Current);

internal sealed record SessionList(IReadOnlyList<SessionItem> Items);

/// <summary>Where somebody is signed in, and the end of one such session. Tokens of an issuer are its own: they are no sessions of ours.</summary>
internal static class OwnSessions
{
    public static void Map(RouteGroupBuilder group)
    {
        group.MapGet("", ListAsync).WithName("listSessions").WithSummary("Where the account is signed in, the last used first");
        group.MapDelete("/{id:guid}", EndAsync).WithName("endSession").WithSummary("End one session, on every node within a second");
    }

    private static async Task<Results<Ok<SessionList>, Problem>> ListAsync(Caller caller, HttpContext http, IdentityContext context, TimeProvider clock, CancellationToken ct)
    {
        var (user, current) = (caller.Person(), UserPrincipal.SessionOf(http.User));
        var sessions = await Sessions.Standing(context, clock.GetUtcNow()).Where(s => s.UserId == user).OrderByDescending(s => s.LastUsedAt).ThenByDescending(s => s.Id).AsNoTracking().ToListAsync(ct);
        return TypedResults.Ok(new SessionList([.. sessions.Select(s => new SessionItem(s.Id, s.Kind, s.CreatedAt, s.LastUsedAt, s.Network?.ToString(), s.UserAgent, s.Id == current))]));
    }

    private static async Task<Results<NoContent, Problem>> EndAsync(Guid id, Caller caller, Sessions sessions, CancellationToken ct) =>
        await sessions.EndAsync(caller.Person(), id, ct) ? TypedResults.NoContent() : new Problem(ApiError.NotFound);
}
