using System.Collections.Concurrent;
using System.Collections.Frozen;
using PromptForge.Core.ApiKeys;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.ApiKeys;

/// <summary>Whose a key is: read once, used until it changes on any node or expires. What is no key is remembered apart, so that guesses push no real one out.</summary>
internal sealed class KnownKeys : IDisposable
{
    private const int MaxKept = 20_000;
    private static readonly TimeSpan UnknownFor = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<KeyHash, long> _unknown = [];
    private readonly Guesses _guesses = new();
    private readonly Cached<KeyHash, Known?> _known;
    private readonly Db _db;
    private readonly TimeProvider _clock;

    public KnownKeys(Db db, Changes changes, TimeProvider clock)
    {
        (_db, _clock) = (db, clock);
        // Null is over at once: it is kept in _unknown, not here.
        _known = new(changes, clock, MaxKept, known => known is null ? DateTimeOffset.MinValue : known.ExpiresAt);
        changes.Subscribe("key", id => _known.DropWhere((_, known) => known?.Caller.KeyId == id), _known.Clear);
        // An organisation that is brought back brings its keys back.
        changes.Subscribe("org", _ => _unknown.Clear(), _unknown.Clear);
        changes.Subscribe("org", id => _known.DropWhere((_, known) => known?.Caller.OrgId == id), _known.Clear);
    }

    /// <summary>Null where the key is unknown, revoked or expired.</summary>
    /// <exception cref="RefusedException">Too many that were none came from this address.</exception>
    public async ValueTask<KeyCaller?> FindAsync(KeyHash hash, System.Net.IPAddress? from, CancellationToken ct)
    {
        if (_unknown.TryGetValue(hash, out var asked) && _clock.GetElapsedTime(asked) < UnknownFor)
            return null;
        var known = await _known.GetAsync(hash, (key, token) =>
        {
            _guesses.Check(from);
            return ReadAsync(key, token);
        }, ct);
        if (known is not null)
            return known.Caller;
        _guesses.Count(from);
        if (_unknown.Count >= MaxKept)
            _unknown.Clear();
        _unknown[hash] = _clock.GetTimestamp();
        return null;
    }

    public void Dispose() => _guesses.Dispose();

    private Task<Known?> ReadAsync(KeyHash hash, CancellationToken ct) => _db.AsServerAsync(async (scope, token) =>
    {
        var row = await scope.QueryFirstOrDefaultAsync<Row>("select org_id, key_id, key_prefix, scopes, rate_limit_per_min, expires_at from app.api_key_lookup(@Hash)", new { Hash = hash.ToBytes() }, token);
        return row is null ? null : new Known(new(row.OrgId, row.KeyId, row.KeyPrefix, row.Scopes.ToFrozenSet(StringComparer.Ordinal), ApiKeyText.IsTest(row.KeyPrefix), row.RateLimitPerMin), row.ExpiresAt);
    }, ct);

    private sealed record Known(KeyCaller Caller, DateTimeOffset? ExpiresAt);

    private sealed record Row(Guid OrgId, Guid KeyId, string KeyPrefix, string[] Scopes, int RateLimitPerMin, DateTimeOffset? ExpiresAt);
}
