using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace PromptForge.Client;

/// <summary>What to run. <see cref="SevenD"/> needs the domain; every other axis has the domain's default.</summary>
public sealed record RunRequest
{
    public required SevenD SevenD { get; init; }

    /// <summary>By the names that the module lists.</summary>
    public required IReadOnlyDictionary<string, object?> Inputs { get; init; }

    /// <summary><c>generation</c> or <c>test</c> (the default).</summary>
    public string? Type { get; init; }

    public string? Model { get; init; }

    /// <summary><c>en</c> or <c>ro</c>.</summary>
    public string? Language { get; init; }

    /// <summary>A project's slug.</summary>
    public string? Project { get; init; }

    /// <summary>Of <c>md</c>, <c>json</c>, <c>pdf</c>, <c>zip</c>; null: all that the plan exports.</summary>
    public IReadOnlyList<string>? Formats { get; init; }

    /// <summary>Mask personal data in the inputs first.</summary>
    public bool? Anonymise { get; init; }

    /// <summary>In an organisation's own endpoint the module stands in the body.</summary>
    [JsonInclude]
    internal string? ModuleId { get; init; }
}

/// <summary>The seven axes; null: the domain's default.</summary>
public sealed record SevenD(
    string Domain, string? Scale = null, string? Urgency = null, string? Complexity = null, string? Resources = null, string? Application = null, IReadOnlyList<string>? OutputFormats = null);

/// <param name="Status">queued, running, success, error, timeout or canceled. A run that worked and scored low is a success with the verdict fail.</param>
/// <param name="Output">What answered the prompt; null for a generation run.</param>
/// <param name="Bundle">Null where it may not be exported; <paramref name="Withheld"/> then says why.</param>
public sealed record Run(
    Guid RunId, string Status, string Type, ModuleVersion Module, [property: JsonPropertyName("seven_d")] NormalizedSevenD SevenD, string Language, string? Project, PromptText? Prompt, string? Output, Score? Score,
    Checks? Dor, Checks? Dod, Bundle? Bundle, IReadOnlyList<Withheld> Withheld, Telemetry? Telemetry, string? ErrorCode, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt);

public sealed record ModuleVersion(string ModuleId, string Version);

public sealed record NormalizedSevenD(
    string Domain, string Scale, string Urgency, string Complexity, string Resources, string Application, IReadOnlyList<string> OutputFormats, [property: JsonPropertyName("signature_7d")] string Signature);

public sealed record PromptText(Guid PromptId, string Hash, int Version, string Text);

/// <summary>0 to 100 each; of ambiguity less is better.</summary>
/// <param name="Verdict">pass, partial_pass or fail.</param>
/// <param name="Gate">The total that an export needs here.</param>
public sealed record Score(int Clarity, int Execution, int Ambiguity, int Alignment, int BusinessFit, int Total, string Verdict, int Gate, IReadOnlyList<LostPoints> Feedback);

public sealed record LostPoints(string Axis, string Name, decimal Points, decimal Of, IReadOnlyList<string> Evidence);

public sealed record Checks(bool Ok, IReadOnlyDictionary<string, bool> Results)
{
    [JsonPropertyName("checks")]
    public IReadOnlyDictionary<string, bool> Results { get; init; } = Results;
}

public sealed record Withheld(string Code, string Where, string Detail);

/// <param name="CostUsd">Null where the model's price is unknown.</param>
/// <param name="Simulated">No model was called.</param>
public sealed record Telemetry(
    string Model, int TokensIn, int TokensOut, decimal? CostUsd, long DurationMs, decimal TtaSeconds, IReadOnlyList<PolicyHit> PolicyHits, IReadOnlyDictionary<string, Override> Overrides, bool TightenOnceApplied, bool Simulated);

public sealed record PolicyHit(string Code, string Where);

public sealed record Override(string Default, string Actual);

/// <param name="Location">Where the run can be read.</param>
public sealed record QueuedRun(Guid RunId, string Status, Uri? Location = null);

/// <summary>One event of a run.</summary>
/// <param name="Kind">status, token, score, bundle, done or error.</param>
public sealed record RunEvent(string Kind, JsonNode? Data, string? Id)
{
    /// <summary>The whole run, in the event <c>done</c>.</summary>
    public Run? Run => Kind == "done" ? Data.Deserialize<Run>(Transport.Json) : null;

    internal static async IAsyncEnumerable<RunEvent> ReadAsync(IAsyncEnumerable<SseItem<string>> items, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var item in items.WithCancellation(cancel))
            yield return new(item.EventType, item.Data.Length == 0 ? null : JsonNode.Parse(item.Data), item.EventId);
    }
}

/// <summary>One run of a list.</summary>
/// <param name="Total">Null until the run is scored.</param>
public sealed record RunSummary(
    Guid RunId, string Status, string Type, string ModuleId, string ModuleVersion, string Language, string? Project, int? Total, string? Verdict, string Model, bool Simulated, int TokensIn, int TokensOut, decimal? CostUsd,
    long DurationMs, string? ErrorCode, Guid? CreatedBy, Guid? ApiKeyId, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt);
