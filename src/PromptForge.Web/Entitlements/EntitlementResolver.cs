using System.Collections.Concurrent;
using System.Collections.Frozen;
using PromptForge.Core.Catalog;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Entitlements;

/// <summary>The one place that says what an org may do. Answers are kept for a second, so a change is in force on every node within that time.</summary>
public sealed class EntitlementResolver(Db db, ProductCatalog catalog, TimeProvider clock)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private const int MaxKept = 10_000;

    private readonly ConcurrentDictionary<(Guid, Guid?), (Rights Rights, long Read)> kept = [];

    public async ValueTask<Rights> OfAsync(Guid orgId, Guid? userId, CancellationToken ct)
    {
        if (kept.TryGetValue((orgId, userId), out var known) && clock.GetElapsedTime(known.Read) < Fresh)
            return known.Rights;
        var read = clock.GetTimestamp();
        var rights = await ReadAsync(orgId, userId, ct);
        if (kept.Count >= MaxKept)
            kept.Clear();
        kept[(orgId, userId)] = (rights, read);
        return rights;
    }

    /// <summary>Replacing a plan replaces its rows: a downgrade leaves nothing of the old one behind (D-ENT-02).</summary>
    public async Task ApplyPlanAsync(Guid orgId, Plan plan, CancellationToken ct)
    {
        await db.InOrgAsync(orgId, null, async (scope, token) =>
        {
            // Two who apply a plan at the same time take turns, so that the rows are one plan's.
            await scope.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended(@Org::text, 1)); delete from entitlements where org_id = @Org and source = 'plan'", new { Org = orgId }, token);
            foreach (var flag in plan.Flags.Where(f => f.Value))
                await scope.ExecuteAsync(
                    "insert into entitlements (org_id, id, flag, value, source, source_ref) values (@Org, @Id, @Flag, true, 'plan', @Plan)",
                    new { Org = orgId, Id = Guid.CreateVersion7(clock.GetUtcNow()), Flag = flag.Key, Plan = plan.Code }, token);
            return true;
        }, ct);
        foreach (var key in kept.Keys.Where(k => k.Item1 == orgId))
            kept.TryRemove(key, out _);
    }

    private Task<Rights> ReadAsync(Guid orgId, Guid? userId, CancellationToken ct) => db.InOrgAsync(orgId, userId, async (scope, token) =>
    {
        var subscription = await scope.QueryFirstOrDefaultAsync<Subscription>("""
            select plan_code::text as plan, status = 'trialing' as trial from subscriptions
             where org_id = @Org and (status = 'active' or (status = 'trialing' and coalesce(trial_end > now(), true)) or (status = 'past_due' and past_due_since > now() - make_interval(days => @Grace)))
            """, new { Org = orgId, Grace = catalog.Ruleset.PastDueGraceDays }, token);
        var flags = await scope.QueryAsync<string>(userId is null
            ? "select flag from entitlements_effective_org where org_id = @Org and value and exists (select from jsonb_array_elements(sources) s where s ->> 'source' <> 'plan')"
            : "select flag from entitlements_effective_user where org_id = @Org and user_id = @User and value and exists (select from jsonb_array_elements(sources) s where s ->> 'source' <> 'plan')",
            new { Org = orgId, User = userId }, token);
        var licensed = await scope.QueryAsync<string>("""
            select unnest(p.modules) from org_packs o join packs p on p.code = o.pack_code where o.org_id = @Org and (o.expires_at is null or o.expires_at > now())
            union select unnest(modules) from licences where org_id = @Org and expires_at > now()
            """, new { Org = orgId }, token);

        // The plan counts through its subscription's state, so that rows which a lapsed one left behind grant nothing; without a live one an org is on pilot.
        var pilot = catalog.FindPlan("pilot")!;
        var plan = subscription is null ? pilot : catalog.FindPlan(subscription.Plan) ?? pilot;
        var all = flags.Concat(plan.Flags.Where(f => f.Value).Select(f => f.Key)).ToFrozenSet();
        return new Rights(plan, all, all.Contains("canUseAllModules") || plan.Modules is null ? null : plan.Modules.Value.Concat(licensed).ToFrozenSet(), subscription?.Trial ?? false);
    }, ct);

    private sealed record Subscription(string Plan, bool Trial);
}
