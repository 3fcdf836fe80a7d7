using PromptForge.Core.Catalog;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Tests.Scoring;

public sealed class ThresholdResolverTests
{
    private static readonly ProductCatalog Catalog = TestCatalog.Get().GetAwaiter().GetResult();

    private static EffectiveThresholds Resolve(
        string domain, Urgency urgency = Urgency.Planned, Complexity complexity = Complexity.Standard, Application application = Application.Implementation, string module = "M07") =>
        ThresholdResolver.Resolve(
            Catalog.Ruleset, Catalog.FindModule(module)!, Catalog.FindDomain(domain)!,
            new(domain, Scale.Smb, urgency, complexity, Resources.LeanTeam, application, [OutputFormat.Spec]));

    [Fact]
    public void Without_a_matching_row_the_base_applies()
    {
        var t = Resolve("saas");
        Assert.Equal((80, 80, 20, 75, 75, 80), (t.ClarityMin, t.ExecutionMin, t.AmbiguityMax, t.AlignmentMin, t.BusinessFitMin, t.Gate));
        Assert.All(t.Scopes.Values, scopes => Assert.Equal(["base"], scopes));
        Assert.Equal("base", t.GateScope);
    }

    [Fact]
    public void The_strictest_row_wins_axis_by_axis()
    {
        var t = Resolve("fintech", Urgency.Crisis, Complexity.Advanced, Application.CrisisResponse);
        Assert.Equal((90, 90, 5, 75, 80), (t.ClarityMin, t.ExecutionMin, t.AmbiguityMax, t.AlignmentMin, t.BusinessFitMin));
        Assert.Equal(["urgency=crisis"], t.Scopes[ScoreAxis.Clarity]);
        Assert.Equal(["application=crisis_response"], t.Scopes[ScoreAxis.Ambiguity]);
        Assert.Equal(["base"], t.Scopes[ScoreAxis.Alignment]);
        Assert.Equal(["domain=fintech"], t.Scopes[ScoreAxis.BusinessFit]);
    }

    [Fact]
    public void Every_row_that_sets_the_value_is_named()
    {
        var t = Resolve("saas", Urgency.Crisis, Complexity.Expert);
        Assert.Equal(["urgency=crisis", "complexity=expert"], t.Scopes[ScoreAxis.Clarity]);
    }

    [Fact]
    public void A_laxer_row_counts_only_where_nothing_stricter_matches()
    {
        Assert.Equal(70, Resolve("saas", complexity: Complexity.Foundational).ClarityMin);
        Assert.Equal(["complexity=foundational"], Resolve("saas", complexity: Complexity.Foundational).Scopes[ScoreAxis.Clarity]);
        Assert.Equal(90, Resolve("saas", Urgency.Crisis, Complexity.Foundational).ClarityMin);
        Assert.Equal(85, Resolve("healthcare", complexity: Complexity.Foundational).ClarityMin);
    }

    [Fact]
    public void Of_two_laxer_rows_the_stricter_one_counts()
    {
        var t = Resolve("education", complexity: Complexity.Foundational);
        Assert.Equal((78, 78, 72), (t.ClarityMin, t.ExecutionMin, t.BusinessFitMin));
        Assert.Equal(["domain=education"], t.Scopes[ScoreAxis.Clarity]);
    }

    [Fact]
    public void A_module_may_raise_the_gate_and_nothing_may_lower_it()
    {
        var raised = Resolve("saas", module: "M03");
        Assert.Equal((85, "module=M03"), (raised.Gate, raised.GateScope));
        var lax = ThresholdResolver.Resolve(
            Catalog.Ruleset with { Gate = 10 }, Catalog.FindModule("M07")! with { ScoreMin = 20 }, Catalog.FindDomain("saas")!, Catalog.FindDomain("saas")!.Defaults);
        Assert.Equal((80, "base"), (lax.Gate, lax.GateScope));
    }

    [Fact]
    public void The_same_question_is_answered_from_memory() => Assert.Same(Resolve("fintech", Urgency.Crisis), Resolve("fintech", Urgency.Crisis));
}
