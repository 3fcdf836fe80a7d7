using System.Collections.Immutable;
using PromptForge.Core.Guardrails;
using PromptForge.Core.Prompting;
using PromptForge.Core.Scoring;

namespace PromptForge.Web.Runs;

/// <summary>What is scored, and held against the guardrails: a generation run's prompt; any other run's output (decisions 18).</summary>
internal static class Evaluation
{
    public static ImmutableArray<ScoreAttempt> Run(string prompt, string? output, PromptContract contract) =>
        [output is null ? new(prompt, Rubric.ScorePrompt(prompt, contract), null) : new(output, Rubric.ScoreOutput(output, contract), null)];

    public static ImmutableArray<PolicyHit> Hits(CompiledPrompt prompt, string? output, PromptContract contract) =>
        output is null ? GuardrailScanner.ScanPrompt(prompt.Text, contract) : [.. GuardrailScanner.ScanPrompt(prompt.Text, contract), .. GuardrailScanner.ScanOutput(output, contract)];

    /// <summary>Required fields that a prompt does not ask for, or that an output does not hold.</summary>
    public static IReadOnlyList<string> MissingFields(string prompt, string? output, PromptContract contract)
    {
        var parsed = output is null ? null : OutputReader.Read(output, contract);
        return [.. contract.Module.Fields.Where(f => f.Required && !(parsed?.Has(f.Name) ?? prompt.Contains($"- `{f.Name}` (", StringComparison.Ordinal))).Select(f => f.Name)];
    }
}
