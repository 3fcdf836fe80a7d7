using System.Collections.Immutable;
using PromptForge.Core.Guardrails;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Readiness;

/// <summary>Whether a run may leave as a bundle (decisions 15, bundles.md). A plain copy of the text is never blocked.</summary>
public static class Exportability
{
    public const string ScoreCode = "SCORE_BELOW_GATE";
    public const string PiiCode = "PII_NOT_ANONYMISED";
    public const string GuardrailCode = "GUARDRAIL_BLOCKS_EXPORT";

    /// <param name="hits">Of the text before anonymising: card numbers, government ids and secrets refuse the export, masked or not.</param>
    /// <param name="anonymised">Whether the exported text is the anonymised one.</param>
    /// <param name="done">The definition of done without checksum and manifest, which exist only after the export.</param>
    public static IReadOnlyList<Fault> Check(Score score, ImmutableArray<PolicyHit> hits, bool anonymised, Checklist done)
    {
        var faults = new List<Fault>();
        if (!score.Exportable)
        {
            var why = score.Total < score.Thresholds.Gate
                ? $"The total is {score.Total}; the gate ({score.Thresholds.GateScope}) is {score.Thresholds.Gate}."
                : "More than one axis misses its threshold: " + string.Join(", ", Missed(score)) + ".";
            faults.Add(new(ScoreCode, "score", why + " Follow the evidence of the score, or repair it once; a copy of the text is always possible."));
        }

        foreach (var hit in hits.Where(h => h.Blocks))
            faults.Add(new(GuardrailCode, hit.Where, $"{hit.Code} may not leave in a bundle, masked or not; remove it."));
        foreach (var hit in hits.Where(h => !anonymised && !h.Blocks && h.Code.StartsWith("PII_", StringComparison.Ordinal)))
            faults.Add(new(PiiCode, hit.Where, $"{hit.Code} was found; take it out, or anonymise it first (--anonymise)."));
        faults.AddRange(done.Faults.Where(f => f.Code != DefinitionOfDone.ScoreCode));
        return faults;
    }

    private static IEnumerable<string> Missed(Score score)
    {
        var t = score.Thresholds;
        if (score.Clarity < t.ClarityMin)
            yield return $"{Codes<ScoreAxis>.Of(ScoreAxis.Clarity)} {score.Clarity} < {t.ClarityMin}";
        if (score.Execution < t.ExecutionMin)
            yield return $"{Codes<ScoreAxis>.Of(ScoreAxis.Execution)} {score.Execution} < {t.ExecutionMin}";
        if (score.Ambiguity > t.AmbiguityMax)
            yield return $"{Codes<ScoreAxis>.Of(ScoreAxis.Ambiguity)} {score.Ambiguity} > {t.AmbiguityMax}";
        if (score.Alignment < t.AlignmentMin)
            yield return $"{Codes<ScoreAxis>.Of(ScoreAxis.Alignment)} {score.Alignment} < {t.AlignmentMin}";
        if (score.BusinessFit < t.BusinessFitMin)
            yield return $"{Codes<ScoreAxis>.Of(ScoreAxis.BusinessFit)} {score.BusinessFit} < {t.BusinessFitMin}";
    }
}
