using System.Collections.Immutable;
using PromptForge.Core.Guardrails;
using PromptForge.Core.Prompting;
using PromptForge.Core.Scoring;

namespace PromptForge.Web.Runs;

/// <summary>What is scored, and held against the guardrails: a generation run's prompt; any other run's output (decisions 18).</summary>
internal static class Evaluation
{
    public static ImmutableArray<ScoreAttempt> Run(string text, bool isOutput, PromptContract contract) =>
        [new(text, Rubric.ScorePrompt(text, contract), null)];

    public static ImmutableArray<PolicyHit> Hits(CompiledPrompt prompt, string? output, PromptContract contract) =>
        output is null ? GuardrailScanner.ScanPrompt(prompt.Text, contract) : [.. GuardrailScanner.ScanPrompt(prompt.Text, contract), .. GuardrailScanner.ScanOutput(output, contract)];

    /// <summary>Required fields that a prompt does not ask for, or that an output does not hold.</summary>
    public static IReadOnlyList<string> MissingFields(string text, bool isOutput, PromptContract contract) =>
        isOutput ? [] : [.. contract.Module.Fields.Where(f => f.Required && !text.Contains($"- `{f.Name}` (", StringComparison.Ordinal)).Select(f => f.Name)];
}
