using System.Collections.Immutable;
using System.Text.Json.Nodes;
using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;
using PromptForge.Core.Prompting;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Bundling;

public enum RunType { Generation, Test, Agent }

/// <summary>The formats a caller asks for; txt, manifest, checksum and seal are always there.</summary>
[Flags]
public enum BundleFormats { Txt = 0, Md = 1, Json = 2, Pdf = 4, Zip = 8, All = Md | Json | Pdf | Zip }

/// <summary>Who may be shown the bundle; the licence notice says the same in words.</summary>
public enum Visibility { Restricted, Internal, Public }

/// <summary>All that a bundle is made of; the same content gives the same bytes.</summary>
public sealed record BundleContent
{
    public required Guid RunId { get; init; }
    public required Guid OrgId { get; init; }
    public required string OrgName { get; init; }

    /// <summary>Slug; also the first part of the PDF header.</summary>
    public required string Project { get; init; }

    public required RunType Type { get; init; }
    public required Module Module { get; init; }
    public required string DomainName { get; init; }
    public required Normalized SevenD { get; init; }
    public required Language Language { get; init; }

    /// <summary>The client's values in the module's order, as given.</summary>
    public required JsonObject Inputs { get; init; }

    public required CompiledPrompt Prompt { get; init; }

    /// <summary>The model's answer; null for a generation run.</summary>
    public string? Output { get; init; }

    /// <summary>The answer read against the output schema; null where there is none.</summary>
    public JsonObject? ParsedOutput { get; init; }

    public required Score Score { get; init; }
    public required ImmutableArray<PolicyHit> PolicyHits { get; init; }
    public required RunTelemetry Telemetry { get; init; }

    /// <summary>The org is in trial: the PDF carries a TRIAL watermark.</summary>
    public bool Trial { get; init; }

    public required string LicenceNotice { get; init; }

    public Visibility Visibility { get; init; }

    /// <summary>When the run finished, UTC, whole seconds: every time stamp in the bundle.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>What a run cost and used. Never holds client text.</summary>
public sealed record RunTelemetry
{
    public required string Model { get; init; }

    /// <summary>No model was called.</summary>
    public required bool Simulated { get; init; }

    public int TokensIn { get; init; }
    public int TokensOut { get; init; }

    /// <summary>USD; null where the model's price is unknown.</summary>
    public decimal? CostUsd { get; init; }

    public long DurationMs { get; init; }

    /// <summary>Time to artefact, seconds.</summary>
    public decimal TtaSeconds { get; init; }

    public bool TightenOnceApplied { get; init; }
}
