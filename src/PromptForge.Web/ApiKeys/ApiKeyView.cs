namespace PromptForge.Web.ApiKeys;

/// <summary>An API key without its secret, which nobody can read again.</summary>
/// <param name="RateLimitPerMin">The key's own; the plan may cap it.</param>
/// <param name="State"><c>active</c>; <c>rotating</c>: replaced, and valid until <paramref name="ExpiresAt"/>; <c>expired</c>; <c>revoked</c>.</param>
/// <param name="TotalCalls">Accepted calls; a few seconds behind.</param>
/// <param name="ReplacedBy">The key that a rotation put in its place.</param>
public sealed record ApiKeyView(
    Guid Id,
    string Name,
    string Prefix,
    bool Test,
    string[] Scopes,
    int RateLimitPerMin,
    string State,
    long TotalCalls,
    long TotalTokens,
    Guid? CreatedBy,
    Guid? ReplacedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset? LastUsedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt)
{
    /// <summary>The columns of a view at the moment @Now. An expired key that gave its name away is noted as revoked when it expired, and is still called expired.</summary>
    internal const string Columns = """
        id, name, key_prefix as prefix, key_prefix like 'pf\_test\_%' as test, scopes, rate_limit_per_min,
        case when revoked_at < coalesce(expires_at, 'infinity') then 'revoked' when expires_at <= @Now then 'expired' when replaced_by is not null then 'rotating' else 'active' end as state,
        total_calls, total_tokens, created_by, replaced_by, created_at, last_used_at, expires_at, revoked_at
        """;
}

/// <summary>The only answer that ever holds a key's plain text.</summary>
/// <param name="Key">Keep it now: only a hash of it is stored.</param>
public sealed record CreatedApiKey(string Key, ApiKeyView ApiKey);
