using System.Collections.Immutable;
using CsCheck;
using PromptForge.Core.Scoring;

namespace PromptForge.Core.Tests.Scoring;

public sealed class VerdictsTests
{
    private static readonly EffectiveThresholds Base = new(80, 80, 20, 75, 75, 80, ImmutableDictionary<ScoreAxis, ImmutableArray<string>>.Empty);

    private static Score Of(decimal c, decimal e, decimal a, decimal al, decimal bf, EffectiveThresholds? thresholds = null) => Verdicts.From(new(c, e, a, al, bf), thresholds ?? Base, []).Value;

    [Theory]
    [InlineData(88, 83, 12, 79, 82, 84, Verdict.Pass)]
    [InlineData(80, 80, 20, 75, 75, 79, Verdict.Fail)]
    [InlineData(82, 82, 20, 75, 75, 80, Verdict.Pass)]
    [InlineData(60, 95, 10, 90, 90, 83, Verdict.PartialPass)]
    [InlineData(79, 79, 0, 100, 100, 86, Verdict.Fail)]
    [InlineData(100, 100, 0, 100, 100, 100, Verdict.Pass)]
    public void D_SCO_03_D_SCO_04_total_and_verdict_follow_the_seeds_weights_and_a_total_of_79_never_passes(int c, int e, int a, int al, int bf, int total, Verdict verdict)
    {
        var score = Of(c, e, a, al, bf);
        Assert.Equal((total, verdict), (score.Total, score.Verdict));
    }

    [Fact]
    public void D_SCO_02_decimals_are_kept_until_the_end_and_half_is_rounded_away_from_zero()
    {
        Assert.Equal(89, Of(88.5m, 80, 20, 75, 75).Clarity);
        Assert.Equal(81, Of(80, 80.5m, 15m, 80, 80).Total);
        Assert.Equal(80, Of(80, 80, 20m, 79m, 79m).Total);
    }

    [Fact]
    public void The_modules_own_gate_decides_for_its_module()
    {
        var strict = Base with { Gate = 85 };
        Assert.Equal((Verdict.Fail, false), (Of(85, 84, 12, 79, 82, strict).Verdict, Of(85, 84, 12, 79, 82, strict).Exportable));
        Assert.Equal((Verdict.Pass, true), (Of(90, 90, 5, 90, 90, strict).Verdict, Of(90, 90, 5, 90, 90, strict).Exportable));
    }

    [Fact]
    public void D_SCO_01_a_missing_or_impossible_axis_is_an_evaluator_error_that_names_every_one()
    {
        var outcome = Verdicts.From(new(90, null, 120, 90, null), Base, []);
        Assert.False(outcome.Ok);
        Assert.Equal(["execution", "ambiguity", "business_fit"], outcome.Faults.Select(f => f.Where));
        Assert.All(outcome.Faults, f => Assert.Equal(Verdicts.EvaluatorError, f.Code));
    }

    [Fact]
    public void A_better_axis_never_lowers_the_total_and_nothing_under_80_passes() =>
        Gen.Select(Gen.Int[0, 100], Gen.Int[0, 100], Gen.Int[0, 100], Gen.Int[0, 100], Gen.Int[0, 100]).Sample((c, e, a, al, bf) =>
        {
            var score = Of(c, e, a, al, bf);
            return Of(Math.Min(100, c + 1), e, a, al, bf).Total >= score.Total && Of(c, e, Math.Max(0, a - 1), al, bf).Total >= score.Total
                && Of(c, Math.Min(100, e + 1), a, al, bf).Total >= score.Total && (score.Total >= 80 || score.Verdict == Verdict.Fail) && score.Total is >= 0 and <= 100;
        });
}
