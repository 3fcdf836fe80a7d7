using System.Collections.Immutable;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Scoring;

/// <summary>The five axes as measured, before rounding. Null: the evaluator gave no number, which is an error and never a score.</summary>
public readonly record struct AxisValues(decimal? Clarity, decimal? Execution, decimal? Ambiguity, decimal? Alignment, decimal? BusinessFit)
{
    public decimal? this[ScoreAxis axis] => axis switch
    {
        ScoreAxis.Clarity => Clarity,
        ScoreAxis.Execution => Execution,
        ScoreAxis.Ambiguity => Ambiguity,
        ScoreAxis.Alignment => Alignment,
        ScoreAxis.BusinessFit => BusinessFit,
        _ => throw new ArgumentOutOfRangeException(nameof(axis)),
    };
}

/// <summary>Total and verdict, in code, whoever measured the axes: rubric or judge (decisions 14 to 16).</summary>
public static class Verdicts
{
    public const string EvaluatorError = "EVALUATOR_ERROR";

    public static Outcome<Score> From(AxisValues values, EffectiveThresholds thresholds, ImmutableArray<SubScore> subScores)
    {
        var faults = new List<Fault>();
        foreach (var axis in Enum.GetValues<ScoreAxis>())
        {
            var name = Codes<ScoreAxis>.Of(axis);
            if (values[axis] is not { } value)
                faults.Add(new(EvaluatorError, name, $"The evaluator gave no {name}; without all five axes there is no score. Evaluate again."));
            else if (value is < 0 or > 100)
                faults.Add(new(EvaluatorError, name, $"The evaluator gave {name} outside 0 to 100; the answer counts as unreadable. Evaluate again."));
        }

        return faults.Count > 0 ? faults : Of(values, thresholds, subScores);
    }

    /// <summary>Decimals until the end; half is rounded away from zero.</summary>
    internal static Score Of(AxisValues values, EffectiveThresholds thresholds, ImmutableArray<SubScore> subScores)
    {
        var (c, e, a, al, bf) = (values.Clarity!.Value, values.Execution!.Value, values.Ambiguity!.Value, values.Alignment!.Value, values.BusinessFit!.Value);
        var total = Round((0.30m * c) + (0.35m * e) + (0.10m * (100 - a)) + (0.25m * (al + bf) / 2));
        var (clarity, execution, ambiguity, alignment, fit) = (Round(c), Round(e), Round(a), Round(al), Round(bf));
        var met = (clarity >= thresholds.ClarityMin ? 1 : 0) + (execution >= thresholds.ExecutionMin ? 1 : 0) + (ambiguity <= thresholds.AmbiguityMax ? 1 : 0)
            + (alignment >= thresholds.AlignmentMin ? 1 : 0) + (fit >= thresholds.BusinessFitMin ? 1 : 0);
        var verdict = total < thresholds.Gate || met < 4 ? Verdict.Fail : met == 5 ? Verdict.Pass : Verdict.PartialPass;
        return new(clarity, execution, ambiguity, alignment, fit, total, verdict, thresholds, subScores);
    }

    private static int Round(decimal value) => (int)decimal.Round(value, MidpointRounding.AwayFromZero);
}
