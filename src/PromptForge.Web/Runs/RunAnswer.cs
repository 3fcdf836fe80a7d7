using System.Collections.Immutable;
using System.Text.Json.Serialization;
using PromptForge.Core.Bundling;
using PromptForge.Core.Guardrails;
using PromptForge.Core.Readiness;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;
using PromptForge.Web.Bundles;

namespace PromptForge.Web.Runs;

/// <summary>A run as the API shows it. What is not known yet, or never will be, is null.</summary>
/// <param name="Status">queued, running, success, error, timeout or canceled; the verdict is separate.</param>
/// <param name="Output">What answered the prompt; null for a generation run.</param>
/// <param name="Withheld">Why there is no bundle; empty where there is one.</param>
public sealed record RunAnswer(
    Guid RunId, string Status, string Type, ModuleAnswer Module, SevenDAnswer SevenD, string Language, string? Project, PromptAnswer? Prompt, string? Output, ScoreAnswer? Score, ChecksAnswer? Dor, ChecksAnswer? Dod,
    BundleAnswer? Bundle, IReadOnlyList<WithheldAnswer> Withheld, TelemetryAnswer? Telemetry, string? ErrorCode, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt)
{
    internal static RunAnswer Of(RunRequest request, RunResult result) => new(
        result.RunId, "success", Codes<RunType>.Of(request.Type), new(request.Module.Id, request.Module.Version), SevenDAnswer.Of(request.SevenD.Set), Codes<Core.Catalog.Language>.Of(request.Language),
        request.ProjectId is null ? null : request.Project, new(result.PromptId, result.Prompt.Hash, 1, result.Prompt.Text), result.Output, ScoreAnswer.Of(result.Score), ChecksAnswer.Of(result.Ready),
        ChecksAnswer.Of(result.Done), result.Bundle is null ? null : BundleAnswer.Of(request.OrgId, result.BundleId, result.Bundle, result.Formats),
        [.. result.Withheld.Select(f => new WithheldAnswer(f.Code, f.Where, f.Message))], TelemetryAnswer.Of(request.SevenD, result), null, result.StartedAt, result.FinishedAt);
}

public sealed record ModuleAnswer(string ModuleId, string Version);

public sealed record SevenDAnswer(string Domain, string Scale, string Urgency, string Complexity, string Resources, string Application, IReadOnlyList<string> OutputFormats, [property: JsonPropertyName("signature_7d")] string Signature)
{
    internal SevenDRequest Request => new() { Domain = Domain, Scale = Scale, Urgency = Urgency, Complexity = Complexity, Resources = Resources, Application = Application, OutputFormats = OutputFormats };

    internal static SevenDAnswer Of(ParameterSet set) => new(
        set.Domain, set.Scale.Code(), set.Urgency.Code(), set.Complexity.Code(), set.Resources.Code(), set.Application.Code(), [.. set.Outputs.Select(o => o.Code())], set.Signature);
}

/// <param name="Hash">SHA-256 of the text.</param>
/// <param name="Version">Counts the versions of a named prompt; 1 for all others.</param>
public sealed record PromptAnswer(Guid PromptId, string Hash, int Version, string Text);

/// <summary>Five axes of 0 to 100; of ambiguity less is better.</summary>
/// <param name="Gate">The total that an export needs here.</param>
/// <param name="Feedback">Where points were lost, and why.</param>
public sealed record ScoreAnswer(int Clarity, int Execution, int Ambiguity, int Alignment, int BusinessFit, int Total, string Verdict, int Gate, IReadOnlyList<LostPoints> Feedback)
{
    internal static ScoreAnswer Of(Score score) => new(
        score.Clarity, score.Execution, score.Ambiguity, score.Alignment, score.BusinessFit, score.Total, Codes<Verdict>.Of(score.Verdict), score.Thresholds.Gate,
        [.. score.SubScores.Where(s => s.Points < s.Of).Select(s => new LostPoints(Codes<ScoreAxis>.Of(s.Axis), s.Name, s.Points, s.Of, s.Evidence))]);
}

public sealed record LostPoints(string Axis, string Name, decimal Points, decimal Of, IReadOnlyList<string> Evidence)
{
    public decimal Points { get; } = Math.Round(Points, 2);

    public decimal Of { get; } = Math.Round(Of, 2);
}

/// <summary>A definition of ready or done.</summary>
public sealed record ChecksAnswer(bool Ok, IReadOnlyDictionary<string, bool> Checks)
{
    internal static ChecksAnswer Of(Checklist list) => new(list.Passed, list.Checks.ToDictionary(c => c.Name, c => c.Passed));
}

/// <param name="Where">The score, an input, or a check.</param>
public sealed record WithheldAnswer(string Code, string Where, string Detail);

/// <summary>Numbers and codes; never a client's text.</summary>
/// <param name="CostUsd">Null where the model's price is unknown.</param>
/// <param name="TtaSeconds">Time to artefact.</param>
/// <param name="Overrides">The axes that differ from the domain's defaults.</param>
/// <param name="Simulated">No model was called.</param>
public sealed record TelemetryAnswer(
    string Model, int TokensIn, int TokensOut, decimal? CostUsd, long DurationMs, decimal TtaSeconds, IReadOnlyList<PolicyHitAnswer> PolicyHits, IReadOnlyDictionary<string, OverrideAnswer> Overrides,
    bool TightenOnceApplied, bool Simulated)
{
    internal static TelemetryAnswer Of(Normalized sevenD, RunResult result) => new(
        result.Telemetry.Model, result.Telemetry.TokensIn, result.Telemetry.TokensOut, result.Telemetry.CostUsd, result.Telemetry.DurationMs, result.Telemetry.TtaSeconds, PolicyHitAnswer.Of(result.Hits),
        sevenD.Overrides.ToDictionary(o => o.Axis.Code(), o => new OverrideAnswer(o.Default, o.Actual)), result.Telemetry.TightenOnceApplied, result.Telemetry.Simulated);
}

public sealed record PolicyHitAnswer(string Code, string Where)
{
    internal static IReadOnlyList<PolicyHitAnswer> Of(ImmutableArray<PolicyHit> hits) => [.. hits.Select(h => new PolicyHitAnswer(h.Code, h.Where))];
}

public sealed record OverrideAnswer(string Default, string Actual);
