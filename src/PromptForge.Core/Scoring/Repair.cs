using PromptForge.Core.SevenD;

namespace PromptForge.Core.Scoring;

public enum RepairStrategy { Tighten, ExpandSteps, OptimizeEnterprise, CrisisMode }

/// <summary>A text with its score.</summary>
/// <param name="Strategy">Null for the first attempt.</param>
public sealed record Attempt(string Text, Score Score, RepairStrategy? Strategy);

/// <summary>What "tighten once" gave: the first attempt, and the second where one was made (decisions 17).</summary>
public sealed record Repaired(Attempt First, Attempt? Second)
{
    /// <summary>The better of the two; a repair that does not help is kept for the record and not used.</summary>
    public Attempt Best => Second is not null && (Second.Score.Exportable, Second.Score.Total).CompareTo((First.Score.Exportable, First.Score.Total)) > 0 ? Second : First;

    public bool TightenOnceApplied => Second is not null;
}

/// <summary>Repairs a text below its gate, at most once. Facts never change: the inputs block stays byte for byte, no number, name or date is touched.</summary>
public static class Repair
{
    /// <summary>The strategy for the axis that misses its threshold by most; null when nothing needs a repair.</summary>
    public static RepairStrategy? Choose(Score score, ParameterSet set)
    {
        if (score.Exportable)
            return null;
        if (set.Urgency == Urgency.Crisis || set.Application == Application.CrisisResponse)
            return RepairStrategy.CrisisMode;
        var t = score.Thresholds;
        // Where every threshold is met and only the total is low, the axis with most to gain decides.
        var worst = Worst(t.ClarityMin - score.Clarity, t.ExecutionMin - score.Execution, score.Ambiguity - t.AmbiguityMax, t.AlignmentMin - score.Alignment, t.BusinessFitMin - score.BusinessFit)
            ?? Worst(100 - score.Clarity, 100 - score.Execution, score.Ambiguity, 100 - score.Alignment, 100 - score.BusinessFit);
        return worst switch
        {
            ScoreAxis.Execution => RepairStrategy.ExpandSteps,
            ScoreAxis.BusinessFit => RepairStrategy.OptimizeEnterprise,
            _ => RepairStrategy.Tighten,
        };
    }

    public static Repaired TightenPrompt(string prompt, PromptContract contract)
    {
        var first = new Attempt(prompt, Rubric.ScorePrompt(prompt, contract), null);
        if (Choose(first.Score, contract.Set) is not { } strategy)
            return new(first, null);
        var text = ApplyToPrompt(strategy, prompt, contract);
        return new(first, new(text, Rubric.ScorePrompt(text, contract), strategy));
    }

    public static Repaired TightenOutput(string output, PromptContract contract)
    {
        var first = new Attempt(output, Rubric.ScoreOutput(output, contract), null);
        if (Choose(first.Score, contract.Set) is not { } strategy)
            return new(first, null);
        var text = ApplyToOutput(strategy, output, contract);
        return new(first, new(text, Rubric.ScoreOutput(text, contract), strategy));
    }

    public static string ApplyToPrompt(RepairStrategy strategy, string prompt, PromptContract contract) => new PromptRepair(contract).Apply(strategy, prompt);

    public static string ApplyToOutput(RepairStrategy strategy, string output, PromptContract contract) => new OutputRepair(contract).Apply(strategy, output);

    private static ScoreAxis? Worst(params ReadOnlySpan<int> gaps)
    {
        ScoreAxis? worst = null;
        var gap = 0;
        for (var i = 0; i < gaps.Length; i++)
            if (gaps[i] > gap)
                (worst, gap) = ((ScoreAxis)i, gaps[i]);
        return worst;
    }
}
