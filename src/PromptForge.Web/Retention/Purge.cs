using PromptForge.Web.Bundles;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Retention;

/// <summary>
/// Deletes what an org's plan keeps no longer: prompts, the texts and telemetry of runs, the objects of bundles. Runs, scores and the bundles' rows stay: they are what was counted and what was sold
/// (docs/retention.md). It can stop anywhere and begin again.
/// </summary>
internal sealed class Purge(Db db, EntitlementResolver entitlements, BundleStore store, TimeProvider clock)
{
    private const int Batch = 500;

    /// <summary>A subscription that ended takes its longer term along only after this time, so that one paid again loses nothing.</summary>
    private static readonly TimeSpan Reprieve = TimeSpan.FromDays(30);

    /// <summary>Longer than any limit looks back.</summary>
    private static readonly TimeSpan BucketsKept = TimeSpan.FromDays(32);

    /// <summary>Longer than any run takes from its object to its row.</summary>
    private static readonly TimeSpan InTheMaking = TimeSpan.FromHours(1);

    public async Task<Purged> OfOrgAsync(Guid orgId, CancellationToken ct)
    {
        var before = clock.GetUtcNow().AddDays(-await KeptDaysAsync(orgId, ct));
        return new(
            await RepeatAsync(orgId, Batch, (scope, token) => PromptsAsync(scope, orgId, before, token), ct),
            await RepeatAsync(orgId, Batch, (scope, token) => RunsAsync(scope, orgId, before, token), ct),
            await RepeatAsync(orgId, Batch, (scope, token) => BundlesAsync(scope, orgId, before, token), ct),
            await RepeatAsync(orgId, Batch, (scope, token) => AnswersAsync(scope, orgId, token), ct) + await RepeatAsync(orgId, Batch, (scope, token) => BucketsAsync(scope, orgId, token), ct),
            await OrphansAsync(orgId, before, ct));
    }

    private async Task<int> KeptDaysAsync(Guid orgId, CancellationToken ct)
    {
        var plan = (await entitlements.OfAsync(orgId, null, ct)).RetentionDays;
        var lately = await db.InOrgAsync(orgId, null, (scope, token) => scope.QuerySingleAsync<int>(
            "select coalesce(max(p.retention_days), 0) from subscriptions s join plans p on p.code = s.plan_code where s.org_id = @Org and s.updated_at > @Since", new { Org = orgId, Since = clock.GetUtcNow() - Reprieve }, token), ct);
        return Math.Max(plan, lately);
    }

    /// <summary>One transaction a batch, so that nobody waits for long and a pass that is stopped keeps what it has done.</summary>
    private async Task<int> RepeatAsync(Guid orgId, int batch, Func<OrgScope, CancellationToken, Task<int>> work, CancellationToken ct)
    {
        var all = 0;
        int done;
        do
        {
            ct.ThrowIfCancellationRequested();
            all += done = await db.InOrgAsync(orgId, null, work, ct);
        }
        while (done == batch);
        return all;
    }

    private static Task<int> PromptsAsync(OrgScope scope, Guid orgId, DateTimeOffset before, CancellationToken ct) => scope.ExecuteAsync("""
        delete from prompt_history where org_id = @Org and id in (
          select p.id from prompt_history p
           where p.org_id = @Org and p.id < app.uuid_from(@Before)
             and not exists (select from runs r where r.org_id = @Org and r.prompt_id = p.id and r.status in ('queued', 'running'))
           order by p.id limit @Batch)
        """, new { Org = orgId, Before = before, Batch }, ct);

    /// <summary>Stops before the oldest run that is not over: its texts are still needed, and the mark may not pass it.</summary>
    private static Task<int> RunsAsync(OrgScope scope, Guid orgId, DateTimeOffset before, CancellationToken ct) => scope.QuerySingleAsync<int>("""
        with due as materialized (
          select r.id from runs r
           where r.org_id = @Org and r.id < app.uuid_from(@Before) and r.id > coalesce((select runs_until from retention_marks where org_id = @Org), '00000000-0000-0000-0000-000000000000')
             and r.id < coalesce((select w.id from runs w where w.org_id = @Org and w.status in ('queued', 'running') order by w.id limit 1), 'ffffffff-ffff-ffff-ffff-ffffffffffff')
           order by r.id limit @Batch),
        run as (update runs r set output = null, telemetry = '{}' from due where r.org_id = @Org and r.id = due.id),
        step as (update run_steps s set prompt = null, output = null, telemetry = '{}' from due where s.org_id = @Org and s.run_id = due.id),
        score as (update prompt_scores s set feedback = '{}' from due where s.org_id = @Org and s.run_id = due.id),
        attempt as (update score_attempts a set text = null, feedback = '{}' from due where a.org_id = @Org and a.run_id = due.id),
        mark as (insert into retention_marks (org_id, runs_until) select @Org, id from (select id from due order by id desc limit 1) as last
                 on conflict (org_id) do update set runs_until = excluded.runs_until)
        select count(*)::int from due
        """, new { Org = orgId, Before = before, Batch }, ct);

    private const string DueBundles = """
        from bundles b
         where b.org_id = @Org and b.id < app.uuid_from(@Before) and b.id > coalesce((select bundles_until from retention_marks where org_id = @Org), '00000000-0000-0000-0000-000000000000')
         order by b.id limit @Batch
        """;

    private async Task<int> BundlesAsync(OrgScope scope, Guid orgId, DateTimeOffset before, CancellationToken ct)
    {
        var of = new { Org = orgId, Before = before, Batch };
        // Nobody exports one of them again meanwhile.
        await scope.ExecuteAsync($"select from runs where org_id = @Org and id in (select b.run_id {DueBundles}) order by id for update", of, ct);
        // The same content with its zip and without is two rows and one object, which goes with the younger one.
        var due = await scope.QueryAsync<DueBundle>($"""
            select b.id, array(select distinct split_part(value, '#', 1) from jsonb_each_text(b.paths)
                                where not exists (select from bundles y where y.org_id = b.org_id and y.run_id = b.run_id and y.checksum = b.checksum and y.id > b.id)) as keys {DueBundles}
            """, of, ct);
        if (due.Count == 0)
            return 0;
        // Objects first: what is stopped in between is done again, and an object that no row knows of any more would stay for ever.
        foreach (var key in due.SelectMany(b => b.Keys))
            store.Delete(key);
        await scope.ExecuteAsync("""
            update bundles set purged_at = @Now where org_id = @Org and id = any(@Ids);
            insert into retention_marks (org_id, bundles_until) values (@Org, @Last) on conflict (org_id) do update set bundles_until = excluded.bundles_until
            """, new { Org = orgId, Now = clock.GetUtcNow(), Ids = due.Select(b => b.Id).ToArray(), Last = due[^1].Id }, ct);
        return due.Count;
    }

    /// <summary>
    /// Objects without a row: their run could not be stored, or nobody was told whether it was. They come into today's folder, or by a new export into an old one, which is looked at when
    /// its term is over.
    /// </summary>
    private async Task<int> OrphansAsync(Guid orgId, DateTimeOffset before, CancellationToken ct)
    {
        var (now, deleted) = (clock.GetUtcNow(), 0);
        var (yesterday, over) = (DateOnly.FromDateTime(now.UtcDateTime).AddDays(-1), DateOnly.FromDateTime(before.UtcDateTime));
        foreach (var some in store.Days(orgId).Where(d => d >= yesterday || d < over).SelectMany(d => store.Objects(orgId, d, now - InTheMaking)).Chunk(Batch))
        {
            var known = (await db.InOrgAsync(orgId, null, (scope, token) => KnownAsync(scope, orgId, [.. some.Select(o => o.Run)], token), ct)).ToHashSet();
            foreach (var (run, key) in some.Where(o => !known.Contains(o.Key)))
                deleted += await db.InOrgAsync(orgId, null, async (scope, token) =>
                {
                    // An export holds the run while it writes the object and its row, so what has no row now gets none.
                    await scope.ExecuteAsync("select from runs where org_id = @Org and id = @Run for update", new { Org = orgId, Run = run }, token);
                    if ((await KnownAsync(scope, orgId, [run], token)).Contains(key))
                        return 0;
                    store.Delete(key);
                    return 1;
                }, ct);
        }

        return deleted;
    }

    private static Task<IReadOnlyList<string>> KnownAsync(OrgScope scope, Guid orgId, Guid[] runs, CancellationToken ct) => scope.QueryAsync<string>(
        "select distinct split_part(p.value, '#', 1) from bundles b, jsonb_each_text(b.paths) as p where b.org_id = @Org and b.run_id = any (@Runs)", new { Org = orgId, Runs = runs }, ct);

    private Task<int> AnswersAsync(OrgScope scope, Guid orgId, CancellationToken ct) => scope.ExecuteAsync(
        "delete from idempotency_records where org_id = @Org and key in (select key from idempotency_records where org_id = @Org and expires_at <= @Now limit @Batch)",
        new { Org = orgId, Now = clock.GetUtcNow(), Batch }, ct);

    private Task<int> BucketsAsync(OrgScope scope, Guid orgId, CancellationToken ct) => scope.ExecuteAsync(
        "delete from api_key_buckets where org_id = @Org and (key_id, window_ts) in (select key_id, window_ts from api_key_buckets where org_id = @Org and window_ts < @Before limit @Batch)",
        new { Org = orgId, Before = clock.GetUtcNow() - BucketsKept, Batch }, ct);

    private sealed record DueBundle(Guid Id, string[] Keys);
}

/// <param name="Runs">Whose texts were deleted.</param>
/// <param name="Bundles">Whose objects were deleted.</param>
/// <param name="Records">Kept answers and counters of calls.</param>
/// <param name="Orphans">Objects that no row knows.</param>
internal sealed record Purged(int Prompts, int Runs, int Bundles, int Records, int Orphans = 0)
{
    public static Purged operator +(Purged a, Purged b) => new(a.Prompts + b.Prompts, a.Runs + b.Runs, a.Bundles + b.Bundles, a.Records + b.Records, a.Orphans + b.Orphans);
}
