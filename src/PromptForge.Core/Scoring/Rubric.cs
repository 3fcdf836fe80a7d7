using System.Collections.Immutable;
using PromptForge.Core.Guardrails;

namespace PromptForge.Core.Scoring;

/// <summary>What a text is worth and which guardrails it breaks.</summary>
public readonly record struct Review(Score Score, ImmutableArray<PolicyHit> Hits);

/// <summary>The deterministic rubric (docs/scoring.md): the same text against the same contract gets the same score, and every lost point says why.</summary>
public static class Rubric
{
    /// <summary>Scores a prompt: what a generation run is judged by. The text may have been edited since it was compiled.</summary>
    public static Score ScorePrompt(string prompt, PromptContract contract)
    {
        using var folded = FoldedText.Of(prompt);
        return Score(prompt, contract, folded.Span, ForeignContext.Search(folded.Span, contract));
    }

    /// <summary>Scores an output: what a test or agent run is judged by.</summary>
    public static Score ScoreOutput(string output, PromptContract contract) => ReviewOutput(output, contract).Score;

    /// <summary><see cref="ScorePrompt"/> and <see cref="GuardrailScanner.ScanPrompt"/> from one reading of the text, which is most of the work of both.</summary>
    public static Review ReviewPrompt(string prompt, PromptContract contract)
    {
        using var folded = FoldedText.Of(prompt);
        var hits = ForeignContext.Search(folded.Span, contract);
        return new(Score(prompt, contract, folded.Span, hits), GuardrailScanner.Hits(GuardrailScanner.ShowPrompt(prompt, folded.Span, hits)));
    }

    /// <summary><see cref="ScoreOutput"/> and <see cref="GuardrailScanner.ScanOutput"/> from one reading of the text.</summary>
    public static Review ReviewOutput(string output, PromptContract contract)
    {
        var sheet = new ScoreSheet();
        var rubric = new OutputRubric(output, contract);
        rubric.Fill(sheet);
        return new(sheet.Close(contract.Thresholds), GuardrailScanner.Hits(rubric.Incidents));
    }

    private static Score Score(string prompt, PromptContract contract, ReadOnlySpan<char> folded, List<PhraseHit> hits)
    {
        var sheet = new ScoreSheet();
        new PromptRubric(prompt, contract).Fill(sheet, folded, hits);
        return sheet.Close(contract.Thresholds);
    }
}
