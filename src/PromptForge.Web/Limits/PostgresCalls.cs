using PromptForge.Core.Limits;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Limits;

/// <summary>Books calls in <c>api_key_buckets</c>. Nodes that want calls of the same key take turns; time is the database's.</summary>
internal sealed class PostgresCalls(Db db) : ICallStore
{
    // A crash of the database may forget the last half second of bookings; waiting for the disk would make every block dearer.
    private const string Alone = "select pg_advisory_xact_lock(hashtextextended(@Id::text, 19)), set_config('synchronous_commit', 'off', true)";

    private const string Read = """
        select (extract(epoch from clock_timestamp()) * 1000)::bigint as now, extract(epoch from b.window_ts)::bigint as end, b.calls, b.held
          from (select) x left join api_key_buckets b on b.org_id = @OrgId and b.key_id = @Id
        """;

    private const string Return = """
        update api_key_buckets set calls = calls - @Unused, held = held - @Held where org_id = @OrgId and key_id = @Id and window_ts = to_timestamp(@Back);
        """;

    private const string Purge = """
        delete from api_key_buckets where org_id = @OrgId and key_id = @Id and window_ts <= clock_timestamp() - @Length;
        """;

    private const string Book = """
        insert into api_key_buckets (org_id, key_id, window_ts, calls, held) values (@OrgId, @Id, to_timestamp(@End), @Calls, @Ahead)
        on conflict (org_id, key_id, window_ts) do update set calls = api_key_buckets.calls + excluded.calls, held = api_key_buckets.held + excluded.held;
        """;

    public Task<Taken> TakeAsync(KeyId key, Lease? back, int limit, int demand, int ahead, CancellationToken ct) => db.InOrgAsync(key.OrgId, null, async (scope, token) =>
    {
        await scope.QueryAsync<object>(Alone, key, token);
        if (back is { } lease)
            await scope.ExecuteAsync(Return, new { key.OrgId, key.Id, Back = lease.End, lease.Unused, lease.Held }, token);
        var rows = await scope.QueryAsync<Row>(Read, key, token);
        var taken = CallWindow.Take(rows.Where(r => r.End is not null).Select(r => new Slot(r.End!.Value, r.Calls!.Value, r.Held!.Value)), rows[0].Now, limit, demand, ahead);
        var over = rows.Any(r => r.End is { } end && CallWindow.IsOver(end, r.Now));
        if (taken.Granted + taken.Ahead > 0)
            await scope.ExecuteAsync(over ? Purge + Book : Book, new { key.OrgId, key.Id, taken.End, Calls = taken.Granted + taken.Ahead, taken.Ahead, CallWindow.Length }, token);
        return taken;
    }, ct);

    public Task GiveBackAsync(KeyId key, Lease back, CancellationToken ct) => db.InOrgAsync(key.OrgId, null, async (scope, token) =>
    {
        await scope.QueryAsync<object>(Alone, key, token);
        return await scope.ExecuteAsync(Return, new { key.OrgId, key.Id, Back = back.End, back.Unused, back.Held }, token);
    }, ct);

    public Task PurgeAsync(KeyId key, CancellationToken ct) => db.InOrgAsync(key.OrgId, null, (scope, token) => scope.ExecuteAsync(Purge, new { key.OrgId, key.Id, CallWindow.Length }, token), ct);

    private sealed record Row(long Now, long? End, int? Calls, int? Held);
}
