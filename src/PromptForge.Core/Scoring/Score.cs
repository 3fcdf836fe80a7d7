using System.Collections.Immutable;

namespace PromptForge.Core.Scoring;

public enum Verdict { Pass, PartialPass, Fail }

public enum ScoreAxis { Clarity, Execution, Ambiguity, Alignment, BusinessFit }

/// <summary>A score that can be defended: five axes (0 to 100; ambiguity low is good), each with the sub-scores it is the sum of.</summary>
public sealed record Score(
    int Clarity, int Execution, int Ambiguity, int Alignment, int BusinessFit, int Total, Verdict Verdict,
    EffectiveThresholds Thresholds, ImmutableArray<SubScore> SubScores)
{
    public int this[ScoreAxis axis] => axis switch
    {
        ScoreAxis.Clarity => Clarity,
        ScoreAxis.Execution => Execution,
        ScoreAxis.Ambiguity => Ambiguity,
        ScoreAxis.Alignment => Alignment,
        ScoreAxis.BusinessFit => BusinessFit,
        _ => throw new ArgumentOutOfRangeException(nameof(axis)),
    };

    /// <summary>Whether the artefact may be exported: total at the gate and verdict pass or partial_pass (decisions 15).</summary>
    public bool Exportable => Total >= Thresholds.Gate && Verdict != Verdict.Fail;
}

/// <summary>One measured part of an axis.</summary>
/// <param name="Points">Got, out of <paramref name="Of"/>; on the ambiguity axis too more is better (the axis itself is 100 minus the sum).</param>
/// <param name="Evidence">What was found or missed, worded for the author: field names, counts, excerpts; empty when all points were got.</param>
public sealed record SubScore(ScoreAxis Axis, string Name, decimal Points, decimal Of, ImmutableArray<string> Evidence);

/// <summary>The thresholds that apply to one run: the strictest matching row for each axis.</summary>
/// <param name="Scopes">For each axis the scope that set it: "base", "urgency=crisis", "domain=fintech" ...</param>
public sealed record EffectiveThresholds(
    int ClarityMin, int ExecutionMin, int AmbiguityMax, int AlignmentMin, int BusinessFitMin, int Gate, ImmutableDictionary<ScoreAxis, ImmutableArray<string>> Scopes)
{
    /// <summary>What set the gate: "base" or "module=M03".</summary>
    public string GateScope { get; init; } = "base";
}
