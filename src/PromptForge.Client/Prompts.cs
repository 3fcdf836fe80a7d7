using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace PromptForge.Client;

/// <summary>A stored prompt.</summary>
/// <param name="Name">Null for a prompt of its own, which is version 1 of itself.</param>
/// <param name="Lock">What it was compiled from; null where it was not noted.</param>
/// <param name="Explanation">Where it was asked for: every line with its causes.</param>
public sealed record Prompt(
    Guid PromptId, string? Name, int Version, ModuleVersion Module, string RulesetVersion, string? Project, string Language, NormalizedSevenD SevenD, JsonObject Inputs, string Hash, string Text, PromptLock? Lock,
    Explanation? Explanation, Guid? CreatedBy, DateTimeOffset CreatedAt);

/// <param name="Exact">Compiling again gave the stored bytes; otherwise the lines are those of today's prompt.</param>
/// <param name="ChangedSince">What of the catalogue changed.</param>
public sealed record Explanation(bool Exact, string Detail, IReadOnlyList<string> ChangedSince, IReadOnlyList<PromptLine> Lines);

public sealed record PromptLock(LockedItem Module, LockedItem Domain, LockedItem Ruleset, LockedItem Standard, string CompilerVersion);

/// <param name="Sha256">Of the catalogue file's content.</param>
public sealed record LockedItem(string Name, string Version, string Sha256);

/// <param name="Key">The line's place in the contract: the same key in two prompts is the same line.</param>
public sealed record PromptLine(string Section, string Key, string Text, IReadOnlyList<string> Causes);

/// <summary>One prompt of a list.</summary>
/// <param name="Name">Null for a prompt of its own, which is version 1 of itself.</param>
/// <param name="Preview">At most 800 characters from the beginning of the text.</param>
public sealed record PromptSummary(
    Guid PromptId, string? Name, int Version, ModuleVersion Module, string? Project, string Language, [property: JsonPropertyName("signature_7d")] string Signature, string Hash, string Preview, Guid? CreatedBy,
    DateTimeOffset CreatedAt);
