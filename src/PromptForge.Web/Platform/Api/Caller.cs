using System.Security.Claims;

namespace PromptForge.Web.Platform.Api;

/// <summary>Who calls: a signed-in person, a system with an API key, or nobody.</summary>
public sealed record Caller(Guid? UserId, KeyCaller? Key)
{
    public static Caller Of(HttpContext context) =>
        context.Features.Get<KeyCaller>() is { } key ? new(null, key)
        : context.User.Identity?.IsAuthenticated == true && Guid.TryParse(context.User.FindFirstValue(ClaimTypes.NameIdentifier), out var user) ? new(user, null)
        : new(null, null);

    public bool IsKnown => UserId is not null || Key is not null;

    /// <exception cref="RefusedException">Nobody is signed in, or a system calls where a person has to.</exception>
    public Guid Person() => UserId ?? throw new RefusedException(Key is null ? new(ApiError.Unauthenticated) : new(ApiError.RoleRequired, "API keys cannot do this; a person has to."));

    public static ValueTask<Caller?> BindAsync(HttpContext context) => ValueTask.FromResult<Caller?>(Of(context));
}

/// <summary>What an API key says of its bearer; the ApiKeys capability puts it among the request's features.</summary>
/// <param name="IsTest">A <c>pf_test_</c> key: runs on the offline provider and costs nothing.</param>
/// <param name="OwnLimitPerMinute">The key's own limit; the organisation's plan may cap it.</param>
public sealed record KeyCaller(Guid OrgId, Guid KeyId, string Prefix, IReadOnlySet<string> Scopes, bool IsTest, int OwnLimitPerMinute);
