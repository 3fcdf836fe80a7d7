using System.Collections.Immutable;

namespace PromptForge.Core.Prompting;

/// <summary>The prompt standard's seven sections, in the only order they may stand in.</summary>
public enum Section { RoleGoal, Context7D, OutputSpec, Process, Guardrails, EvaluationHooks, TelemetryKeys }

public static class Sections
{
    private static readonly string[] Names = ["ROLE_GOAL", "CONTEXT_7D", "OUTPUT_SPEC", "PROCESS", "GUARDRAILS", "EVALUATION_HOOKS", "TELEMETRY_KEYS"];

    public static IReadOnlyList<string> All => Names;

    public static string Name(this Section section) => Names[(int)section];
}

public enum CauseKind { Standard, Module, Axis, Domain, Rule, Input }

/// <summary>Why a line is there.</summary>
/// <param name="Ref">Module: "M07.goal". Axis: "urgency=crisis". Domain: "fintech.tone". Rule: "ruleset.scoring.urgency.crisis". Input: "price". Standard: "guardrails.missing".</param>
public readonly record struct Cause(CauseKind Kind, string Ref)
{
    public override string ToString() => $"{Codes.Of(Kind)} {Ref}";

    private static class Codes
    {
        private static readonly string[] All = ["standard", "module", "axis", "domain", "rule", "input"];

        public static string Of(CauseKind kind) => All[(int)kind];
    }
}

/// <summary>One line of a prompt.</summary>
/// <param name="Key">The line's place in the contract ("process.3", "context_7d.urgency"): the same key in two prompts is the same line.</param>
/// <param name="Text">Without the line end.</param>
/// <param name="Causes">All that this line's presence, number or words depend on; never empty.</param>
public readonly record struct PromptLine(Section Section, string Key, string Text, ImmutableArray<Cause> Causes);

/// <summary>A compiled prompt: the text, and every line of it with its causes.</summary>
public sealed class CompiledPrompt
{
    internal CompiledPrompt(string text, ImmutableArray<PromptLine> lines, PromptLock @lock, string hash)
    {
        Text = text;
        Lines = lines;
        Lock = @lock;
        Hash = hash;
    }

    /// <summary>UTF-8 text with LF line ends and one at the end; the same inputs give the same bytes.</summary>
    public string Text { get; }

    /// <summary>All lines but headings and the blank lines that end a section, a list or the table.</summary>
    public ImmutableArray<PromptLine> Lines { get; }

    public PromptLock Lock { get; }

    /// <summary>SHA-256, lower hex, of <see cref="Text"/> in UTF-8.</summary>
    public string Hash { get; }
}

/// <summary>What a prompt was compiled from: enough to compile it again, byte for byte, or to name what has changed since.</summary>
public sealed record PromptLock(
    LockedItem Module, LockedItem Domain, LockedItem Ruleset, LockedItem Standard, string CompilerVersion, SevenD.ParameterSet SevenD, Catalog.Language Language);

/// <param name="Sha256">Of the catalogue file's content.</param>
public readonly record struct LockedItem(string Name, string Version, string Sha256);
