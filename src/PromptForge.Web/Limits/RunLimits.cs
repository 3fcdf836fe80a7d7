using PromptForge.Core.Catalog;
using PromptForge.Core.Entitlements;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Limits;

/// <summary>An organisation's live runs: test and agent runs that are not simulated. The plan says how many an hour and a month, the ruleset how many at once.</summary>
public sealed class RunLimits(ProductCatalog catalog, TimeProvider clock)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);
    private static readonly TimeSpan Busy = TimeSpan.FromSeconds(5);

    // One admission of an org after the other, until the transaction with the run's row is committed.
    private const string Alone = "select pg_advisory_xact_lock(hashtextextended(@Org::text, 20))";

    // The run that has to leave the window before the next one fits in; none while there is room.
    private const string InTheWay = """
        select id from runs where org_id = @Org and type <> 'generation' and not simulated and id >= app.uuid_from(@Since) order by id desc offset @Before limit 1
        """;

    private const string Unfinished = "select count(*) from runs where org_id = @Org and type <> 'generation' and not simulated and status in ('queued', 'running')";

    /// <summary>
    /// Null where one more live run may start. Call it in the transaction that inserts the run's row, before the insert: until that is committed the org's other
    /// admissions wait, so the limits are never passed, and a run that is refused counts nowhere.
    /// </summary>
    public async Task<Problem?> TryAdmitLiveRunAsync(OrgScope scope, Guid orgId, Rights rights, CancellationToken ct)
    {
        if (rights.Refusal(RightsRules.LiveFlag, catalog) is { } closed)
            return closed;
        await scope.QueryAsync<object>(Alone, new { Org = orgId }, ct);
        var now = clock.GetUtcNow();
        if (await RefuseAsync("live_runs_per_hour", rights.LiveRuns.PerHour, Hour) is { } hourly)
            return hourly;
        if (await RefuseAsync("live_runs_per_month", rights.LiveRuns.PerMonth, Month) is { } monthly)
            return monthly;
        var atOnce = catalog.Ruleset.Rates.ConcurrentRuns.Of(rights.Plan);
        return await scope.QuerySingleAsync<long>(Unfinished, new { Org = orgId }, ct) < atOnce ? null
            : new Problem(ApiError.RateLimited, $"The organisation has {atOnce} live runs at work, as many as the {rights.Plan.Name} plan allows at once. Wait for one to end.") { RetryAfter = Busy }.With("limit_name", "concurrent_runs").With("limit", atOnce);

        async Task<Problem?> RefuseAsync(string name, int limit, TimeSpan window)
        {
            var oldest = await scope.QueryFirstOrDefaultAsync<Guid?>(InTheWay, new { Org = orgId, Since = now - window, Before = limit - 1 }, ct);
            return oldest is not { } id ? null
                : new Problem(ApiError.RateLimited, $"The {rights.Plan.Name} plan allows {limit} live runs {(window == Hour ? "an hour" : "in 30 days")}, and they are used up.") { RetryAfter = TimeOf(id) + window - now }.With("limit_name", name).With("limit", limit);
        }
    }

    private static DateTimeOffset TimeOf(Guid version7) => DateTimeOffset.FromUnixTimeMilliseconds(Convert.ToInt64(version7.ToString("n")[..12], 16));
}
