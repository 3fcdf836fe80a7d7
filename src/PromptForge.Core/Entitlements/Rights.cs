using System.Collections.Frozen;
using System.Collections.Immutable;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;

namespace PromptForge.Core.Entitlements;

public enum EvaluatorLevel { None, Standard, Advanced }

/// <summary>What one caller may do in one org at one moment: plan, add-ons, packs, licences and manual grants together.</summary>
/// <param name="Plan">The highest that counts: the subscription's, a granted one, or pilot.</param>
/// <param name="Flags">The flags that are on, each with everything that turns it on.</param>
/// <param name="Modules">Null: all.</param>
/// <param name="Trial">The plan counts only because it is on trial.</param>
/// <param name="Managers">Who in the org can change any of this: its owners and admins.</param>
public sealed record Rights(
    Plan Plan, FrozenDictionary<string, ImmutableArray<Grant>> Flags, FrozenSet<string>? Modules, int Seats, LiveRuns LiveRuns, Standing? Subscription, bool Trial, IReadOnlyList<Guid> Managers)
{
    public int RetentionDays => Plan.RetentionDays;

    public BundleFormats Formats =>
        (Has("canExportMD") ? BundleFormats.Md : 0) | (Has("canExportJSON") ? BundleFormats.Json : 0) | (Has("canExportPDF") ? BundleFormats.Pdf : 0) | (Has("canExportBundleZip") ? BundleFormats.Zip : 0);

    public EvaluatorLevel Evaluator => !Flags.TryGetValue("hasEvaluatorAI", out var grants) ? EvaluatorLevel.None
        : grants.Any(g => g.Tier == "advanced") ? EvaluatorLevel.Advanced : EvaluatorLevel.Standard;

    public bool Has(string flag) => Flags.ContainsKey(flag);

    public bool Allows(Module module) => Modules is null || Modules.Contains(module.Id);

    /// <summary>Why a run of this module with these formats is refused; empty where it is not.</summary>
    public IReadOnlyList<Fault> Refusals(Module module, BundleFormats formats, ProductCatalog catalog) =>
        [.. new[] { Denial.OfModule(this, module, catalog) }.OfType<Denial>().Concat(Denial.OfFormats(this, formats, catalog)).Select(d => d.Fault)];
}

/// <summary>One thing that turns a flag on.</summary>
/// <param name="Ref">The plan, pack or add-on, the licence's serial, or what the operator called it.</param>
/// <param name="ExpiresAt">Null: it stays.</param>
/// <param name="Own">The member's alone; the org as a whole has it from elsewhere or not at all.</param>
public sealed record Grant(GrantSource Source, string Ref, DateTimeOffset? ExpiresAt, bool Own = false, string? Tier = null);

/// <summary>How many runs may call a model.</summary>
public sealed record LiveRuns(int PerHour, int PerMonth);

/// <summary>How the subscription stands.</summary>
/// <param name="Counts">Whether its plan's rights hold; where not, the org is on pilot.</param>
/// <param name="Until">When that ends by itself: a trial's or a grace period's end.</param>
public sealed record Standing(string Plan, SubscriptionStatus Status, bool Counts, DateTimeOffset? Until);
