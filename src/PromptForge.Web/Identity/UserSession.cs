using System.Net;

namespace PromptForge.Web.Identity;

/// <summary>How a session is carried: by a browser's cookie, or by a pair of tokens.</summary>
public enum SessionKind
{
    Browser,
    Tokens,
}

/// <summary>A row of <c>auth.user_sessions</c>.</summary>
internal sealed class UserSession
{
    public required Guid Id { get; init; }

    public required Guid UserId { get; init; }

    /// <summary>The account's, when the session began; once that is another, the session is over.</summary>
    public required string Stamp { get; init; }

    public required SessionKind Kind { get; init; }

    /// <summary>How often its tokens were refreshed.</summary>
    public int Refreshes { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>To a few minutes: not every request is written down.</summary>
    public required DateTimeOffset LastUsedAt { get; init; }

    /// <summary>Where it was last used from, as limits see it.</summary>
    public IPAddress? Network { get; init; }

    public string? UserAgent { get; init; }
}
