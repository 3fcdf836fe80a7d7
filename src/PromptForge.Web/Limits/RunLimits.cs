using System.Globalization;
using PromptForge.Core.Catalog;
using PromptForge.Core.Entitlements;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Limits;

/// <summary>
/// How many runs an organisation may have: the ruleset says how many may wait or run at once, the plan how many an hour and a month may be live, that is, call a model. The database
/// decides, in the transaction that stores the run (<c>app.admit_runs</c>), so the limits are never passed, and a run that is refused counts nowhere.
/// </summary>
public sealed class RunLimits(ProductCatalog catalog)
{
    /// <summary>The SQLSTATE of an <see cref="Admission"/> without room.</summary>
    public const string FullState = "PF002";

    /// <summary>One admission of all runs of one org that are stored together.</summary>
    public static readonly Bulk Admissions = new("""
        select app.admit_runs((array_agg(org_id))[1], array_agg(id), array_agg(live), min(at_once), min(per_hour), min(per_month))
          from unnest($1, $2, $3, $4, $5, $6) as n (org_id, id, live, at_once, per_hour, per_month)
        """);

    public BulkRow Admission(Guid orgId, Guid runId, bool live, Rights rights) => Admissions.Row(orgId, runId, live, AtOnce(rights), rights.LiveRuns.PerHour, rights.LiveRuns.PerMonth);

    public Problem Refusal(PlatformException full, Rights rights)
    {
        if (full.Constraint != "concurrent_runs" && rights.Refusal(RightsRules.LiveFlag, catalog) is { } closed)
            return closed;
        var (limit, what) = full.Constraint switch
        {
            "live_runs_per_hour" => (rights.LiveRuns.PerHour, "live runs an hour, and they are used up."),
            "live_runs_per_month" => (rights.LiveRuns.PerMonth, "live runs in 30 days, and they are used up."),
            _ => (AtOnce(rights), "runs that wait or run at once, and as many there are. Wait for one to end, or cancel one."),
        };
        return new Problem(ApiError.RateLimited, $"The {rights.Plan.Name} plan allows {limit} {what}") { RetryAfter = TimeSpan.FromSeconds(int.Parse(full.Hint!, CultureInfo.InvariantCulture)) }
            .With("limit_name", full.Constraint).With("limit", limit);
    }

    private int AtOnce(Rights rights) => catalog.Ruleset.Rates.ConcurrentRuns.Of(rights.Plan);
}
