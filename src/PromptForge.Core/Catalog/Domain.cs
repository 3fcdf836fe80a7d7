using System.Collections.Immutable;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Catalog;

public enum RiskLevel { Low, Medium, High }

/// <summary>A trade: its terms, measures, binding rules and defaults.</summary>
public sealed record Domain
{
    public required string Code { get; init; }
    public required string Version { get; init; }
    public required string ContentHash { get; init; }

    /// <summary>The whole file as JSON: what domain_configs keeps.</summary>
    public required string Definition { get; init; }
    public required string Name { get; init; }
    public required ImmutableArray<string> SubIndustries { get; init; }
    public required RiskLevel RiskLevel { get; init; }
    public required ImmutableArray<string> Jargon { get; init; }
    public required ImmutableArray<string> Kpis { get; init; }
    public required ParameterSet Defaults { get; init; }

    /// <summary>Stricter (or, where nothing stricter matches, laxer) axis thresholds of this domain.</summary>
    public required Thresholds Thresholds { get; init; }

    public required DomainText En { get; init; }
    public required DomainText Ro { get; init; }

    public DomainText In(Language language) => language == Language.Ro ? Ro : En;
}

/// <param name="ClientSmall">Completes "You are the ... of" for a person or a one-person practice.</param>
/// <param name="ClientLarge">The same for an organisation.</param>
public sealed record DomainText(
    string Name, string ClientSmall, string ClientLarge, ImmutableArray<string> Rules, string Evidence, string Harm, string Tone);

/// <summary>Axis thresholds, 0 to 100; null means "no rule here". Ambiguity is a ceiling, the others are floors.</summary>
public sealed record Thresholds(int? ClarityMin = null, int? ExecutionMin = null, int? AmbiguityMax = null, int? AlignmentMin = null, int? BusinessFitMin = null);
