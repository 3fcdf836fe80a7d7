using System.Collections.Frozen;
using System.Collections.Immutable;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Catalog;

/// <summary>The rules of <c>catalog/ruleset.yml</c>: the only place where thresholds, word lists and limits may change.</summary>
public sealed record Ruleset
{
    public required string Version { get; init; }

    /// <summary>SHA-256, lower hex, of the file with LF line ends; stored in ruleset_versions.</summary>
    public required string ContentHash { get; init; }

    /// <summary>The file's text with LF line ends.</summary>
    public required string Content { get; init; }

    /// <summary>The least total that may be exported; never below 80.</summary>
    public required int Gate { get; init; }

    public required Thresholds Base { get; init; }
    public required FrozenDictionary<Urgency, Thresholds> ByUrgency { get; init; }
    public required FrozenDictionary<Complexity, Thresholds> ByComplexity { get; init; }
    public required FrozenDictionary<Application, Thresholds> ByApplication { get; init; }
    public required TextLimits Limits { get; init; }
    public required Rates Rates { get; init; }
    public required ImmutableArray<string> TelemetryKeys { get; init; }
    public required string LicenceNotice { get; init; }
    public required int PastDueGraceDays { get; init; }
    public required WordLists En { get; init; }
    public required WordLists Ro { get; init; }
}

public sealed record TextLimits(int JargonTerms, int DomainKpis, int ProcessSteps, int InputCharacters, int InputsCharacters, int ArrayItems);

/// <summary>How often and how much at once; live runs an hour and a month belong to the plan.</summary>
/// <param name="KeyCallsPerMinute">The most that one API key may be given.</param>
public sealed record Rates(ByPlan KeyCallsPerMinute, ByPlan ConcurrentRuns, int UserCallsPerMinute, int AnonymousCallsPerMinute);

public sealed record ByPlan(int Pilot, int Pro, int Enterprise)
{
    public int Of(Plan plan) => plan.Code switch
    {
        "enterprise" => Enterprise,
        "pro" => Pro,
        _ => Pilot,
    };
}

/// <summary>Words that scoring and guardrails look for; what each list means stands above it in the ruleset.</summary>
public sealed record WordLists
{
    public required ImmutableArray<string> Hedging { get; init; }
    public required ImmutableArray<string> Promises { get; init; }
    public required ImmutableArray<string> Priority { get; init; }
    public required ImmutableArray<string> Owner { get; init; }
    public required ImmutableArray<string> Due { get; init; }
    public required ImmutableArray<string> Resources { get; init; }
    public required ImmutableArray<string> Metric { get; init; }
    public required ImmutableArray<string> Proof { get; init; }
    public required ImmutableArray<string> Assumption { get; init; }
    public required ImmutableArray<string> Planned { get; init; }
    public required ImmutableArray<string> Unknown { get; init; }
    public required ImmutableArray<string> Setting { get; init; }
}
