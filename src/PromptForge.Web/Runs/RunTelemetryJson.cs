using System.Text;
using System.Text.Json;
using PromptForge.Core.Readiness;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;

namespace PromptForge.Web.Runs;

/// <summary>The run's jsonb columns: telemetry (numbers, codes and hashes; never client text) and the two definitions.</summary>
internal static class RunTelemetryJson
{
    /// <summary>Every key that <see cref="Of(RunRequest, RunResult)"/> writes.</summary>
    public static IReadOnlyCollection<string> Keys { get; } =
    [
        "run_id", "signature_7d", "ruleset_version", "model", "tokens_in", "tokens_out", "cost_usd", "duration_ms", "tta_seconds", "score_total", "scores", "verdict", "policy_hits", "overrides",
        "tighten_once_applied", "simulated", "prompt_sha256",
    ];

    public static string Of(RunRequest request, RunResult result) => Write(json =>
    {
        var used = result.Telemetry;
        json.WriteString("run_id", result.RunId);
        json.WriteString("signature_7d", request.SevenD.Set.Signature);
        json.WriteString("ruleset_version", result.Prompt.Lock.Ruleset.Version);
        json.WriteString("model", used.Model);
        json.WriteNumber("tokens_in", used.TokensIn);
        json.WriteNumber("tokens_out", used.TokensOut);
        if (used.CostUsd is { } cost)
            json.WriteNumber("cost_usd", cost);
        else
            json.WriteNull("cost_usd");
        json.WriteNumber("duration_ms", used.DurationMs);
        json.WriteNumber("tta_seconds", used.TtaSeconds);
        json.WriteNumber("score_total", result.Score.Total);
        json.WriteStartObject("scores");
        foreach (var axis in Enum.GetValues<ScoreAxis>())
            json.WriteNumber(Codes<ScoreAxis>.Of(axis), result.Score[axis]);
        json.WriteEndObject();
        json.WriteString("verdict", Codes<Verdict>.Of(result.Score.Verdict));
        json.WriteStartArray("policy_hits");
        foreach (var hit in result.Hits)
        {
            json.WriteStartObject();
            json.WriteString("code", hit.Code);
            json.WriteString("where", hit.Where);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WritePropertyName("overrides");
        json.WriteRawValue(RunRows.Overrides(request.SevenD));
        json.WriteBoolean("tighten_once_applied", used.TightenOnceApplied);
        json.WriteBoolean("simulated", used.Simulated);
        json.WriteString("prompt_sha256", result.Prompt.Hash);
    });

    public static string Of(Checklist readiness) => Write(json =>
    {
        json.WriteBoolean("ok", readiness.Passed);
        json.WriteStartObject("checks");
        foreach (var check in readiness.Checks)
            json.WriteBoolean(check.Name, check.Passed);
        json.WriteEndObject();
    });

    private static string Write(Action<Utf8JsonWriter> body)
    {
        using var stream = new MemoryStream(512);
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            body(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}
