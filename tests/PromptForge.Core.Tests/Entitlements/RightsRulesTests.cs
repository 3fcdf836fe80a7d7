using CsCheck;
using PromptForge.Core.Bundling;
using PromptForge.Core.Entitlements;

namespace PromptForge.Core.Tests.Entitlements;

public sealed class RightsRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid Ana = Guid.Parse("00000000-0000-7000-8000-00000000000a");
    private static readonly Guid Bogdan = Guid.Parse("00000000-0000-7000-8000-00000000000b");

    private static readonly Gen<DateTimeOffset?> End = Gen.OneOf(Gen.Const((DateTimeOffset?)null), Gen.Int[-100, 100].Select(h => (DateTimeOffset?)Now.AddHours(h)));
    private static readonly Gen<Guid?> Whose = AnyOf<Guid?>(null, Ana, Bogdan);
    private static readonly Gen<string> Flag = AnyOf("hasAPI", "canExportPDF", "hasEvaluatorAI", "hasSeatsGT1", "canUseAllModules", "canUseGptTestReal", "industryPack_fintech", "hasExportDesigner");

    private static readonly Gen<SubscriptionRow?> Subscriptions = Gen.OneOf(Gen.Const((SubscriptionRow?)null),
        Gen.Select(AnyOf("pilot", "pro", "enterprise"), AnyOf(Enum.GetValues<SubscriptionStatus>()), Gen.Int[1, 20], End, Gen.Int[0, 400])
            .Select((plan, status, seats, trial, late) => (SubscriptionRow?)new SubscriptionRow(plan, status, seats, trial, Now.AddHours(-late))));

    private static readonly Gen<EntitlementRow> Entitlements = Gen.Select(Whose, Flag, AnyOf(Enum.GetValues<GrantSource>()), Gen.Int[1, 3], End)
        .Select((user, flag, source, i, end) => new EntitlementRow(user, flag, source, $"ref{i}", end, user is null && i == 3 ? "pro" : null, flag == "hasSeatsGT1" && user is null ? i * 5 : null));

    private static readonly Gen<RightsRows> Rows = Gen.Select(
        Subscriptions, Entitlements.List[0, 6],
        Gen.Select(AnyOf(Ana, Bogdan), AnyOf("eval_ai_adv", "export_designer"), AnyOf(Enum.GetValues<AddonStatus>()), End).Select((u, c, s, e) => new AddonRow(u, c, s, e)).List[0, 3],
        Gen.Select(AnyOf("fintech", "education"), End).Select((c, e) => new PackRow(c, GrantSource.Pack, e)).List[0, 2],
        Gen.Select(Gen.Int[1, 3], Flag, Gen.Int[-100, 100]).Select((n, f, h) => new LicenceRow($"L{n}", [$"M1{n}"], [f], n * 4, Now.AddHours(h))).List[0, 2])
        .Select((s, e, a, p, l) => new RightsRows(s, e, a, p, l, []));

    [Fact]
    public async Task Every_plan_gives_exactly_its_row_of_the_table()
    {
        var catalog = await TestCatalog.Get();
        foreach (var plan in catalog.Plans)
        {
            var rights = RightsRules.Of(RightsRows.None with { Subscription = Active(plan.Code, 7) }, Ana, catalog, Now);
            Assert.Equal(plan.Flags.Where(f => f.Value).Select(f => f.Key), rights.Flags.Keys.Order(StringComparer.Ordinal));
            Assert.Equal(plan.Modules?.Order(), rights.Modules?.Order());
            Assert.Equal((plan.RetentionDays, plan.LiveRunsPerHour, plan.LiveRunsPerMonth), (rights.RetentionDays, rights.LiveRuns.PerHour, rights.LiveRuns.PerMonth));
            Assert.Equal(plan.Code == "enterprise" ? 7 : 1, rights.Seats);
            Assert.False(rights.Trial);
        }
    }

    [Theory]
    [InlineData(SubscriptionStatus.Trialing, true)]
    [InlineData(SubscriptionStatus.Active, true)]
    [InlineData(SubscriptionStatus.PastDue, true)]
    [InlineData(SubscriptionStatus.Canceled, false)]
    [InlineData(SubscriptionStatus.Unpaid, false)]
    [InlineData(SubscriptionStatus.Incomplete, false)]
    [InlineData(SubscriptionStatus.IncompleteExpired, false)]
    [InlineData(SubscriptionStatus.Paused, false)]
    public async Task The_status_decides_whether_the_plan_counts(SubscriptionStatus status, bool counts)
    {
        var rights = await OfAsync(RightsRows.None with { Subscription = new("enterprise", status, 5, null, Now.AddDays(-1)) });
        Assert.Equal(counts ? "enterprise" : "pilot", rights.Plan.Code);
        Assert.Equal(counts, rights.Has("hasAPI"));
        Assert.Equal(counts, rights.Subscription!.Counts);
        Assert.Equal(status == SubscriptionStatus.Trialing, rights.Trial);
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public async Task A_trial_and_a_grace_period_end_at_their_second(int seconds, bool counts)
    {
        var catalog = await TestCatalog.Get();
        var (trial, late) = (new SubscriptionRow("pro", SubscriptionStatus.Trialing, 1, Now, null), new SubscriptionRow("pro", SubscriptionStatus.PastDue, 1, null, Now.AddDays(-7)));
        foreach (var subscription in new[] { trial, late })
        {
            var rows = RightsRows.None with { Subscription = subscription };
            Assert.Equal(counts, RightsRules.Of(rows, null, catalog, Now.AddSeconds(seconds)).Has("canExportPDF"));
            Assert.Equal(counts ? Now : null, RightsRules.NextChange(rows, catalog, Now.AddSeconds(seconds)));
        }
    }

    [Fact]
    public async Task Rows_of_a_plan_that_does_not_count_any_more_grant_nothing() => Assert.False((await OfAsync(RightsRows.None with
    {
        Subscription = Active("pro", 1) with { Status = SubscriptionStatus.Canceled },
        Entitlements = [new(null, "hasAPI", GrantSource.Plan, "enterprise", null)],
    })).Has("hasAPI"));

    [Fact]
    public async Task A_member_has_the_orgs_flags_and_their_own_and_nobody_elses()
    {
        var rows = RightsRows.None with
        {
            Entitlements = [new(null, "hasAPI", GrantSource.Manual, "", null), new(Ana, "hasWhiteLabel", GrantSource.Manual, "", null), new(Bogdan, "canExportPDF", GrantSource.Manual, "", null)],
        };
        var (ana, org) = (await OfAsync(rows, Ana), await OfAsync(rows));
        Assert.True(ana.Has("hasAPI") && ana.Has("hasWhiteLabel") && !ana.Has("canExportPDF"));
        Assert.True(org.Has("hasAPI") && !org.Has("hasWhiteLabel") && !org.Has("canExportPDF"));
        Assert.True(ana.Flags["hasWhiteLabel"].Single().Own);
    }

    [Fact]
    public async Task D_ADD_05_the_advanced_evaluator_adds_a_level_to_a_plan_that_has_the_flag_already()
    {
        var rows = RightsRows.None with { Subscription = Active("pro", 1), Addons = [new(Ana, "eval_ai_adv", AddonStatus.Trialing, null), new(Bogdan, "eval_ai_adv", AddonStatus.PastDue, null)] };
        Assert.Equal(EvaluatorLevel.Advanced, (await OfAsync(rows, Ana)).Evaluator);
        Assert.Equal(EvaluatorLevel.Standard, (await OfAsync(rows, Bogdan)).Evaluator);
        Assert.Equal(EvaluatorLevel.None, (await OfAsync(RightsRows.None)).Evaluator);
    }

    [Fact]
    public async Task Packs_and_licences_open_their_modules_and_flags()
    {
        var rows = RightsRows.None with
        {
            Packs = [new("fintech", GrantSource.Pack, Now.AddHours(1)), new("education", GrantSource.Pack, Now)],
            Licences = [new("L-1", ["M50"], ["hasAPI", "unheard_of"], 9, Now.AddHours(1)), new("L-2", ["M49"], ["hasWhiteLabel"], 90, Now)],
        };
        var rights = await OfAsync(rows);
        Assert.Equal(["M01", "M02", "M03", "M04", "M05", "M06", "M07", "M08", "M09", "M10", "M13", "M31", "M33", "M44", "M50"], rights.Modules!.Order());
        Assert.True(rights.Has("industryPack_fintech") && rights.Has("hasAPI"));
        Assert.False(rights.Has("industryPack_education") || rights.Has("hasWhiteLabel") || rights.Has("unheard_of"));
        Assert.Equal(1, rights.Seats);
        Assert.Equal(9, (await OfAsync(rows with { Entitlements = [new(null, "hasSeatsGT1", GrantSource.Manual, "", null)] })).Seats);
    }

    [Fact]
    public async Task A_granted_plan_gives_its_modules_formats_seats_and_limits_and_ends_a_trial()
    {
        var rows = RightsRows.None with
        {
            Subscription = new("pro", SubscriptionStatus.Trialing, 1, Now.AddDays(1), null),
            Entitlements = [new(null, "hasSeatsGT1", GrantSource.Manual, "enterprise", Now.AddDays(9), "enterprise", 25)],
        };
        var rights = await OfAsync(rows);
        Assert.Equal(("enterprise", 25, 365, 50_000), (rights.Plan.Code, rights.Seats, rights.RetentionDays, rights.LiveRuns.PerMonth));
        Assert.Equal(BundleFormats.Md | BundleFormats.Json | BundleFormats.Pdf | BundleFormats.Zip, rights.Formats);
        Assert.Null(rights.Modules);
        Assert.False(rights.Trial);
        var after = RightsRules.Of(rows, null, await TestCatalog.Get(), Now.AddDays(9));
        Assert.Equal(("pilot", 1), (after.Plan.Code, after.Seats));
        Assert.NotNull(after.Modules);
    }

    [Fact]
    public async Task Live_runs_granted_on_top_of_pilot_come_in_the_measure_of_the_smallest_plan_that_has_them() =>
        Assert.Equal(new LiveRuns(50, 1_000), (await OfAsync(RightsRows.None with { Entitlements = [new(null, "canUseGptTestReal", GrantSource.Manual, "", null)] })).LiveRuns);

    [Fact]
    public async Task A_denial_says_what_opens_it_and_who_can()
    {
        var catalog = await TestCatalog.Get();
        var rights = await OfAsync(RightsRows.None);
        var api = Denial.OfFlag(rights, "hasAPI", catalog)!;
        Assert.Equal("enterprise", api.OpensWith!.Code);
        Assert.Equal("The Pilot plan does not include hasAPI. It opens with Enterprise; an owner or admin of the organisation can change the plan.", api.Message);
        var module = Denial.OfModule(rights, catalog.FindModule("M44")!, catalog)!;
        Assert.Equal(("pro", "fintech"), (module.OpensWith!.Code, module.Packs.Single()));
        Assert.Equal("export_designer", Denial.OfFlag(rights, "hasExportDesigner", catalog)!.Addon);
        Assert.Equal("fintech", Denial.OfFlag(rights, "industryPack_fintech", catalog)!.Packs.Single());
        Assert.Equal(["canExportJSON", "canExportPDF", "canExportBundleZip"], Denial.OfFormats(rights, BundleFormats.Md | BundleFormats.Json | BundleFormats.Pdf | BundleFormats.Zip, catalog).Select(d => d.What));
        Assert.Null(Denial.OfFlag(rights, "canExportMD", catalog));
        Assert.Null(Denial.OfModule(rights, catalog.FindModule("M07")!, catalog));
    }

    [Fact]
    public async Task The_order_of_rows_does_not_matter()
    {
        var catalog = await TestCatalog.Get();
        Rows.Sample(rows =>
        {
            var turned = rows with { Entitlements = [.. rows.Entitlements.Reverse()], Addons = [.. rows.Addons.Reverse()], Packs = [.. rows.Packs.Reverse()], Licences = [.. rows.Licences.Reverse()] };
            Assert.Equal(Facts(RightsRules.Of(rows, Ana, catalog, Now)), Facts(RightsRules.Of(turned, Ana, catalog, Now)));
        });
    }

    [Fact]
    public async Task A_further_row_never_takes_a_right_away()
    {
        var catalog = await TestCatalog.Get();
        Gen.Select(Rows, Entitlements).Sample((rows, more) =>
        {
            var (before, after) = (RightsRules.Of(rows, Ana, catalog, Now), RightsRules.Of(rows with { Entitlements = [.. rows.Entitlements, more] }, Ana, catalog, Now));
            Assert.Subset(after.Flags.Keys.ToHashSet(), before.Flags.Keys.ToHashSet());
            Assert.True(after.Modules is null || (before.Modules is not null && before.Modules.IsSubsetOf(after.Modules)));
            Assert.True(after.Seats >= before.Seats && after.LiveRuns.PerHour >= before.LiveRuns.PerHour && after.RetentionDays >= before.RetentionDays);
        });
    }

    [Fact]
    public async Task Nothing_changes_by_itself_before_the_next_change_and_no_expired_row_counts()
    {
        var catalog = await TestCatalog.Get();
        Gen.Select(Rows, Gen.Int[0, 200 * 3600], Whose).Sample((rows, seconds, who) =>
        {
            var next = RightsRules.NextChange(rows, catalog, Now);
            var later = Now.AddSeconds(seconds);
            if (next is null || later < next)
                Assert.Equal(Facts(RightsRules.Of(rows, who, catalog, Now)), Facts(RightsRules.Of(rows, who, catalog, later)));
            var rights = RightsRules.Of(rows, who, catalog, later);
            Assert.All(rights.Flags.Values.SelectMany(g => g), g => Assert.False(g.ExpiresAt <= later));
            Assert.All(rights.Flags.Values, g => Assert.NotEmpty(g));
            Assert.True(rights.Has("canExportMD"));
            Assert.True(rights.Has("hasSeatsGT1") || rights.Seats == 1);
        });
    }

    private static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static string Facts(Rights r) =>
        $"{r.Plan.Code}|{string.Join(' ', r.Flags.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"{f.Key}={string.Join(',', f.Value)}"))}|{(r.Modules is null ? "ALL" : string.Join(',', r.Modules.Order()))}|{r.Seats}|{r.LiveRuns}|{r.Subscription?.Counts}|{r.Trial}";

    private static SubscriptionRow Active(string plan, int seats) => new(plan, SubscriptionStatus.Active, seats, null, null);

    private static async Task<Rights> OfAsync(RightsRows rows, Guid? user = null) => RightsRules.Of(rows, user, await TestCatalog.Get(), Now);
}
