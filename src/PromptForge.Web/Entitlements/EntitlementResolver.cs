using System.Collections.Frozen;
using System.Text.Json;
using PromptForge.Core.Catalog;
using PromptForge.Core.Entitlements;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Entitlements;

/// <summary>The one place that says what may be done in an org. Read once an org, used until the database says that it changed or a moment passes that counts.</summary>
public sealed class EntitlementResolver
{
    private const int MaxKept = 20_000;

    private const string Read = """
        select jsonb_build_object(
          'subscription', (select jsonb_build_object('plan', plan_code, 'status', status, 'seats', seats, 'trial_end', trial_end, 'past_due_since', past_due_since)
                             from subscriptions where org_id = $1 order by status in ('trialing', 'active', 'past_due') desc, id desc limit 1),
          'entitlements', (select coalesce(jsonb_agg(jsonb_build_object('user_id', user_id, 'flag', flag, 'source', source, 'ref', source_ref, 'expires_at', expires_at,
                                    'plan', meta -> 'plan', 'seats', meta -> 'seats', 'tier', meta -> 'tier')), '[]')
                             from entitlements where org_id = $1 and source <> 'plan'),
          'addons', (select coalesce(jsonb_agg(jsonb_build_object('user_id', user_id, 'code', addon_code, 'status', status, 'expires_at', expires_at)), '[]') from user_addons where org_id = $1),
          'packs', (select coalesce(jsonb_agg(jsonb_build_object('code', pack_code, 'source', source, 'expires_at', expires_at)), '[]') from org_packs where org_id = $1),
          'licences', (select coalesce(jsonb_agg(jsonb_build_object('serial', serial, 'modules', modules, 'features', features, 'seats', seats, 'expires_at', expires_at)), '[]')
                         from licences where org_id = $1),
          'managers', (select coalesce(jsonb_agg(user_id order by role desc, user_id), '[]') from org_members where org_id = $1 and role in ('owner', 'admin')))::text
        """;

    private readonly Cached<Guid, OrgRights> _kept;
    private readonly Db _db;
    private readonly ProductCatalog _catalog;
    private readonly TimeProvider _clock;

    public EntitlementResolver(Db db, ProductCatalog catalog, Changes changes, TimeProvider clock)
    {
        (_db, _catalog, _clock) = (db, catalog, clock);
        _kept = new(changes, clock, MaxKept, rights => rights.Until);
        changes.Subscribe("rights", _kept.Drop, _kept.Clear);
    }

    /// <param name="userId">Null: what the org as such may do, for an API key.</param>
    public async ValueTask<Rights> OfAsync(Guid orgId, Guid? userId, CancellationToken ct)
    {
        var rights = await _kept.GetAsync(orgId, ReadAsync, ct);
        return userId is { } user && rights.OfMembers.TryGetValue(user, out var own) ? own : rights.OfOrg;
    }

    /// <summary>Replacing a plan replaces its rows: a downgrade leaves nothing of the old one behind (D-ENT-02).</summary>
    public async Task ApplyPlanAsync(Guid orgId, Plan plan, CancellationToken ct)
    {
        await _db.InOrgAsync(orgId, null, async (scope, token) =>
        {
            // Two who apply a plan at the same time take turns, so that the rows are one plan's.
            await scope.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended(@Org::text, 1)); delete from entitlements where org_id = @Org and source = 'plan'", new { Org = orgId }, token);
            foreach (var flag in plan.Flags.Where(f => f.Value))
                await scope.ExecuteAsync(
                    "insert into entitlements (org_id, id, flag, value, source, source_ref) values (@Org, @Id, @Flag, true, 'plan', @Plan)",
                    new { Org = orgId, Id = Guid.CreateVersion7(_clock.GetUtcNow()), Flag = flag.Key, Plan = plan.Code }, token);
            return true;
        }, ct);
        _kept.Drop(orgId);
    }

    private async Task<OrgRights> ReadAsync(Guid orgId, CancellationToken ct)
    {
        var rows = JsonSerializer.Deserialize<RightsRows>(await _db.ReadInOrgAsync<string>(orgId, null, new(Read, orgId), ct), ApiJson.Options)!;
        var now = _clock.GetUtcNow();
        var members = rows.Entitlements.Select(e => e.UserId).Concat(rows.Addons.Select(a => (Guid?)a.UserId)).OfType<Guid>().Distinct();
        return new(RightsRules.Of(rows, null, _catalog, now), members.ToFrozenDictionary(m => m, m => RightsRules.Of(rows, m, _catalog, now)), RightsRules.NextChange(rows, _catalog, now));
    }

    /// <param name="OfMembers">Only those who have something of their own.</param>
    private sealed record OrgRights(Rights OfOrg, FrozenDictionary<Guid, Rights> OfMembers, DateTimeOffset? Until);
}
