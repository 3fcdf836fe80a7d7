using System.Collections.Immutable;
using PromptForge.Core;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;
using PromptForge.Core.Prompting;
using PromptForge.Core.Readiness;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Runs;

/// <summary>What a caller wants run. The values are already parsed; the pipeline decides whether they may run.</summary>
/// <param name="Formats">Null: all that the plan exports.</param>
/// <param name="Anonymise">Mask personal data in the inputs before anything is compiled or stored.</param>
public sealed record RunRequest(
    Guid OrgId, string OrgName, Guid? UserId, Module Module, Normalized SevenD, ModuleInputs Inputs, Language Language, RunType Type, BundleFormats? Formats, string Project, bool Anonymise = false)
{
    /// <summary>The row of <see cref="Project"/>; null where the run belongs to none.</summary>
    public Guid? ProjectId { get; init; }

    /// <summary>The API key that asked; null for a person.</summary>
    public Guid? KeyId { get; init; }

    /// <summary>The idempotency key of the request that asked, to be bound to the run.</summary>
    public IdempotencyKey? Once { get; init; }
}

/// <summary>A finished run. <see cref="Bundle"/> is null where it may not be exported; <see cref="Withheld"/> then says why.</summary>
/// <param name="Evaluation">The first evaluation and, where a repair was made, the one after it; the better one counts.</param>
/// <param name="StoreKey">The bundle's object in the store.</param>
public sealed record RunResult(
    Guid RunId, CompiledPrompt Prompt, string? Output, Repaired Evaluation, ImmutableArray<PolicyHit> Hits, Checklist Ready, Checklist Done,
    SealedBundle? Bundle, BundleFormats Formats, string? StoreKey, IReadOnlyList<Fault> Withheld, RunTelemetry Telemetry)
{
    public required Guid PromptId { get; init; }

    /// <summary>Of the bundle's row, where there is a bundle.</summary>
    public required Guid BundleId { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset FinishedAt { get; init; }

    /// <summary>Of the bundle, where there is one.</summary>
    public string? LicenceNotice { get; init; }

    public Score Score => Evaluation.Best.Score;
}
