using System.Collections.Frozen;
using System.Collections.Immutable;
using PromptForge.Core.Catalog;

namespace PromptForge.Core.Entitlements;

/// <summary>The rules of docs/entitlements.md, from rows and a moment to rights. Every source only adds, so the order of rows does not matter.</summary>
public static class RightsRules
{
    public const string SeatsFlag = "hasSeatsGT1";
    public const string LiveFlag = "canUseGptTestReal";
    public const string PackPrefix = "industryPack_";

    private const string AllModulesFlag = "canUseAllModules";

    /// <summary>What an add-on turns on for the member who has it.</summary>
    public static readonly FrozenDictionary<string, (string Flag, string? Tier)> Addons = new Dictionary<string, (string, string?)>
    {
        ["eval_ai_adv"] = ("hasEvaluatorAI", "advanced"),
        ["export_designer"] = ("hasExportDesigner", null),
    }.ToFrozenDictionary();

    /// <param name="userId">Null: the org as such, as an API key acts for it.</param>
    public static Rights Of(RightsRows rows, Guid? userId, ProductCatalog catalog, DateTimeOffset now)
    {
        var standing = Stand(rows.Subscription, catalog.Ruleset.PastDueGraceDays, now);
        var granted = rows.Entitlements.Where(e => Lives(e.ExpiresAt, now) && (e.UserId is null || e.UserId == userId)).ToList();
        var packs = rows.Packs.Where(p => Lives(p.ExpiresAt, now)).ToList();
        var licences = rows.Licences.Where(l => l.ExpiresAt > now).ToList();

        var subscribed = standing is { Counts: true } ? catalog.FindPlan(standing.Plan) : null;
        var pilot = catalog.FindPlan("pilot")!;
        // What the subscription gives and no more: rows that a lapsed or replaced plan left behind grant nothing.
        var plans = granted.Where(e => e is { Plan: not null, UserId: null, Source: not GrantSource.Plan })
            .Select(e => (Plan: catalog.FindPlan(e.Plan!), Grant: new Grant(e.Source, e.Ref, e.ExpiresAt))).Where(p => p.Plan is not null).Distinct().ToList();
        if (subscribed is not null)
            plans.Add((subscribed, new(GrantSource.Plan, subscribed.Code, standing!.Until)));
        if (plans.All(p => p.Grant.ExpiresAt is not null))
            plans.Add((pilot, new(GrantSource.Plan, pilot.Code, null)));

        var flags = new Dictionary<string, HashSet<Grant>>(StringComparer.Ordinal);
        foreach (var (plan, grant) in plans)
            foreach (var flag in plan!.Flags.Where(f => f.Value))
                Add(flags, flag.Key, grant);
        foreach (var e in granted.Where(e => e.Source != GrantSource.Plan))
            Add(flags, e.Flag, new(e.Source, e.Ref, e.ExpiresAt, e.UserId is not null, e.Tier));
        foreach (var a in rows.Addons.Where(a => a.UserId == userId && a.Status is AddonStatus.Active or AddonStatus.Trialing && Lives(a.ExpiresAt, now)))
            if (Addons.TryGetValue(a.Code, out var addon))
                Add(flags, addon.Flag, new(GrantSource.Addon, a.Code, a.ExpiresAt, Own: true, addon.Tier));
        foreach (var p in packs)
            Add(flags, PackPrefix + p.Code, new(p.Source, p.Code, p.ExpiresAt));
        var known = licences.Count == 0 ? null : KnownFlags(catalog);
        foreach (var l in licences)
            foreach (var feature in l.Features.Where(known!.Contains))
                Add(flags, feature, new(GrantSource.License, l.Serial, l.ExpiresAt));

        var best = plans.MaxBy(p => catalog.Plans.IndexOf(p.Plan!)).Plan!;
        return new(
            best,
            flags.ToFrozenDictionary(f => f.Key, f => f.Value.OrderBy(g => g.Source).ThenBy(g => g.Ref, StringComparer.Ordinal).ThenBy(g => g.ExpiresAt ?? DateTimeOffset.MaxValue).ToImmutableArray(), StringComparer.Ordinal),
            flags.ContainsKey(AllModulesFlag) || best.Modules is null ? null
                : best.Modules.Value.Concat(catalog.Packs.Where(p => flags.ContainsKey(PackPrefix + p.Code)).SelectMany(p => p.Modules)).Concat(licences.SelectMany(l => l.Modules)).ToFrozenSet(StringComparer.Ordinal),
            Seats(flags, subscribed is null ? 1 : rows.Subscription!.Seats, granted, licences),
            Live(flags, best, catalog),
            standing,
            Trial: subscribed is not null && standing!.Status == SubscriptionStatus.Trialing && best == subscribed && plans.Count(p => p.Plan == subscribed) == 1,
            rows.Managers);
    }

    /// <summary>The next moment at which the passing of time alone changes what anybody in the org may do; null: none.</summary>
    public static DateTimeOffset? NextChange(RightsRows rows, ProductCatalog catalog, DateTimeOffset now) =>
        rows.Entitlements.Select(e => e.ExpiresAt).Concat(rows.Addons.Select(a => a.ExpiresAt)).Concat(rows.Packs.Select(p => p.ExpiresAt)).Concat(rows.Licences.Select(l => (DateTimeOffset?)l.ExpiresAt))
            .Append(Stand(rows.Subscription, catalog.Ruleset.PastDueGraceDays, now)?.Until).Where(at => at > now).Min();

    /// <summary>The flags of plans, add-ons and packs; there are no others.</summary>
    public static IReadOnlySet<string> KnownFlags(ProductCatalog catalog) =>
        new SortedSet<string>([.. catalog.Plans[0].Flags.Keys, .. Addons.Values.Select(a => a.Flag), .. catalog.Packs.Select(p => PackPrefix + p.Code)], StringComparer.Ordinal);

    private static Standing? Stand(SubscriptionRow? row, int graceDays, DateTimeOffset now)
    {
        if (row is null)
            return null;
        DateTimeOffset? until = row.Status switch
        {
            SubscriptionStatus.Trialing => row.TrialEnd,
            SubscriptionStatus.PastDue => (row.PastDueSince ?? now).AddDays(graceDays),
            _ => null,
        };
        return new(row.Plan, row.Status, row.Status is SubscriptionStatus.Trialing or SubscriptionStatus.Active or SubscriptionStatus.PastDue && Lives(until, now), until);
    }

    // A member's own flag opens nothing for the others, so it brings no seat.
    private static int Seats(Dictionary<string, HashSet<Grant>> flags, int subscribed, List<EntitlementRow> granted, List<LicenceRow> licences) =>
        flags.TryGetValue(SeatsFlag, out var grants) && grants.Any(g => !g.Own)
            ? granted.Where(e => e is { Flag: SeatsFlag, UserId: null, Source: not GrantSource.Plan }).Select(e => e.Seats ?? 1).Concat(licences.Select(l => l.Seats)).Append(subscribed).Max()
            : 1;

    // Live runs that were granted on top of a plan without any come in the measure of the smallest plan that has them.
    private static LiveRuns Live(Dictionary<string, HashSet<Grant>> flags, Plan plan, ProductCatalog catalog)
    {
        var measure = flags.ContainsKey(LiveFlag) && !plan.Flags[LiveFlag] ? catalog.Plans.First(p => p.Flags[LiveFlag]) : plan;
        return new(measure.LiveRunsPerHour, measure.LiveRunsPerMonth);
    }

    private static bool Lives(DateTimeOffset? end, DateTimeOffset now) => end is null || end > now;

    private static void Add(Dictionary<string, HashSet<Grant>> flags, string flag, Grant grant)
    {
        if (!flags.TryGetValue(flag, out var grants))
            flags[flag] = grants = [];
        grants.Add(grant);
    }
}
