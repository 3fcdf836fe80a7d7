using System.Collections.Immutable;
using PromptForge.Core.Guardrails;
using PromptForge.Core.Readiness;
using PromptForge.Core.Scoring;

namespace PromptForge.Web.Runs;

/// <summary>What is scored, and held against the guardrails: a generation run's prompt; any other run's output (decisions 18).</summary>
internal static class Evaluation
{
    /// <summary>
    /// An output below its gate is repaired once. A compiled prompt is not: its lost points lie in what the client gave, and a repaired text would no longer be what its lock compiles to.
    /// </summary>
    public static (Repaired Evaluation, ImmutableArray<PolicyHit> Hits) Run(string prompt, string? output, PromptContract contract)
    {
        if (output is null)
        {
            var (score, hits) = Rubric.ReviewPrompt(prompt, contract);
            return (new(new(prompt, score, null), null), hits);
        }

        var repaired = Repair.TightenOutput(output, contract);
        return (repaired, [.. GuardrailScanner.ScanPrompt(prompt, contract), .. GuardrailScanner.ScanOutput(repaired.Best.Text, contract)]);
    }

    /// <summary>The same of a run that was evaluated before: its text as it stands, with no repair.</summary>
    public static Review Again(string prompt, string? output, PromptContract contract) => output is null
        ? Rubric.ReviewPrompt(prompt, contract)
        : new(Rubric.ScoreOutput(output, contract), [.. GuardrailScanner.ScanPrompt(prompt, contract), .. GuardrailScanner.ScanOutput(output, contract)]);

    /// <summary>What the scored text lacks to be complete; empty when nothing.</summary>
    public static string Completeness(string prompt, string? output, PromptContract contract) =>
        output is null ? DefinitionOfDone.Completeness(prompt) : DefinitionOfDone.Completeness(OutputReader.Read(output, contract), contract);
}
