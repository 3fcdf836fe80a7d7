using System.Text.Json.Serialization;

namespace PromptForge.Client;

/// <summary>A stored prompt.</summary>
/// <param name="Lock">What it was compiled from; null where the catalogue has moved on since.</param>
/// <param name="Lines">Where they were asked for: every line with its causes.</param>
public sealed record Prompt(
    Guid PromptId, string? Name, int Version, string? Project, string ModuleId, string ModuleVersion, string RulesetVersion, string Language, string Domain, [property: JsonPropertyName("signature_7d")] string Signature, string Hash,
    string Text, Guid? CreatedBy, DateTimeOffset CreatedAt, PromptLock? Lock, IReadOnlyList<PromptLine>? Lines);

public sealed record PromptLock(LockedItem Module, LockedItem Domain, LockedItem Ruleset, LockedItem Standard, string CompilerVersion);

/// <param name="Sha256">Of the catalogue file's content.</param>
public sealed record LockedItem(string Name, string Version, string Sha256);

/// <param name="Key">The line's place in the contract: the same key in two prompts is the same line.</param>
public sealed record PromptLine(string Section, string Key, string Text, IReadOnlyList<string> Causes);

/// <summary>One prompt of a list.</summary>
/// <param name="Name">Null for the prompt of a run, which is version 1 of itself.</param>
public sealed record PromptSummary(
    Guid PromptId, string? Name, int Version, string? Project, string ModuleId, string ModuleVersion, string Language, string Domain, [property: JsonPropertyName("signature_7d")] string Signature, string Hash, Guid? CreatedBy,
    DateTimeOffset CreatedAt);
