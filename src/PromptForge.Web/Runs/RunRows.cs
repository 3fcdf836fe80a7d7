using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Runs;

/// <summary>The rows of a run as statements that may be sent twice: every id is known before, and a row that is there already is left alone.</summary>
internal static class RunRows
{
    /// <summary>One id for one context of one org, so that the rows that refer to it need not ask for it.</summary>
    public static Guid ParameterSetId(Guid orgId, ParameterSet set)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{orgId:N}|{set.Signature}|{Outputs(set)}"), hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    public static Statement ParameterSet(Guid orgId, Guid id, Normalized sevenD) => new("""
        insert into parameter_sets (org_id, id, signature, domain, scale, urgency, complexity, resources, application, output_formats, overrides)
        values ($1, $2, $3, $4, $5::scale_t, $6::urgency_t, $7::complexity_t, $8::resources_t, $9::application_t, $10::output_t[], $11) on conflict do nothing
        """,
        orgId, id, sevenD.Set.Signature, sevenD.Set.Domain, Value.Untyped(sevenD.Set.Scale.Code()), Value.Untyped(sevenD.Set.Urgency.Code()), Value.Untyped(sevenD.Set.Complexity.Code()),
        Value.Untyped(sevenD.Set.Resources.Code()), Value.Untyped(sevenD.Set.Application.Code()), Value.Untyped("{" + Outputs(sevenD.Set) + "}"), Value.Jsonb(Overrides(sevenD)));

    public static Statement Prompt(RunRequest request, Guid promptId, Guid setId, CompiledPrompt prompt, DateTimeOffset at) => new("""
        insert into prompt_history (org_id, id, user_id, module_id, module_version, ruleset_version, parameter_set_id, signature, language, hash, config, inputs, prompt, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict do nothing
        """,
        request.OrgId, promptId, request.UserId, request.Module.Id, request.Module.Version, prompt.Lock.Ruleset.Version, setId, request.SevenD.Set.Signature, Codes<Language>.Of(request.Language), prompt.Hash,
        Value.Jsonb(Config(request.SevenD.Set)), Value.Jsonb(request.Inputs.Values.ToJsonString()), prompt.Text, at);

    /// <summary>A run that is already over when it is first stored.</summary>
    public static Statement FinishedRun(RunRequest request, RunIds ids, RunOutcome outcome) => new("""
        insert into runs (org_id, id, module_id, module_version, ruleset_version, parameter_set_id, signature, prompt_id, type, status, language, model, simulated, tokens_in, tokens_out, cost_usd,
          duration_ms, output, telemetry, dor, dod, created_by, created_at, started_at, finished_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9::run_type_t, 'success', $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $22, $23) on conflict do nothing
        """,
        request.OrgId, ids.Run, request.Module.Id, request.Module.Version, outcome.Prompt.Lock.Ruleset.Version, ids.Set, request.SevenD.Set.Signature, ids.Prompt, Value.Untyped(Codes<RunType>.Of(request.Type)),
        Codes<Language>.Of(request.Language), outcome.Telemetry.Model, outcome.Telemetry.Simulated, outcome.Telemetry.TokensIn, outcome.Telemetry.TokensOut, outcome.Telemetry.CostUsd, outcome.Telemetry.DurationMs,
        outcome.Output, Value.Jsonb(outcome.TelemetryJson), Value.Jsonb(outcome.DorJson), Value.Jsonb(outcome.DodJson), request.UserId, ids.StartedAt, outcome.FinishedAt);

    /// <summary>The journal's first entry: the run is ours until the lease ends.</summary>
    public static Statement StartedRun(RunRequest request, RunIds ids, CompiledPrompt prompt, string model, bool simulated, string owner, DateTimeOffset leaseUntil) => new("""
        insert into runs (org_id, id, module_id, module_version, ruleset_version, parameter_set_id, signature, prompt_id, type, status, language, model, simulated, created_by, created_at, started_at,
          attempt, lease_owner, lease_until, fencing_token)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9::run_type_t, 'running', $10, $11, $12, $13, $14, $14, 1, $15, $16, 1) on conflict do nothing
        """,
        request.OrgId, ids.Run, request.Module.Id, request.Module.Version, prompt.Lock.Ruleset.Version, ids.Set, request.SevenD.Set.Signature, ids.Prompt, Value.Untyped(Codes<RunType>.Of(request.Type)),
        Codes<Language>.Of(request.Language), model, simulated, request.UserId, ids.StartedAt, owner, leaseUntil);

    /// <summary>Ends a run that is still ours; a run that another node has taken over, or that has ended, is left alone.</summary>
    public static Statement EndedRun(RunRequest request, RunIds ids, RunOutcome outcome, string owner) => new("""
        update runs set status = 'success', tokens_in = $3, tokens_out = $4, cost_usd = $5, duration_ms = $6, output = $7, telemetry = $8, dor = $9, dod = $10, finished_at = $11, lease_owner = null, lease_until = null
         where org_id = $1 and id = $2 and status = 'running' and lease_owner = $12 and fencing_token = 1
        """,
        request.OrgId, ids.Run, outcome.Telemetry.TokensIn, outcome.Telemetry.TokensOut, outcome.Telemetry.CostUsd, outcome.Telemetry.DurationMs, outcome.Output, Value.Jsonb(outcome.TelemetryJson),
        Value.Jsonb(outcome.DorJson), Value.Jsonb(outcome.DodJson), outcome.FinishedAt, owner);

    /// <summary>Ends a run that is still ours without a result.</summary>
    public static Statement FailedRun(Guid orgId, Guid runId, string status, string code, string owner, DateTimeOffset at) => new("""
        update runs set status = $3::run_status_t, error_code = $4, finished_at = $6, lease_owner = null, lease_until = null
         where org_id = $1 and id = $2 and status = 'running' and lease_owner = $5
        """,
        orgId, runId, Value.Untyped(status), code, owner, at);

    public static IEnumerable<Statement> Scores(Guid orgId, Guid runId, Repaired evaluation, DateTimeOffset at)
    {
        Attempt[] attempts = evaluation.Second is { } second ? [evaluation.First, second] : [evaluation.First];
        var (last, number) = (evaluation.Best.Score, Array.IndexOf(attempts, evaluation.Best) + 1);
        yield return new("""
            insert into prompt_scores (org_id, run_id, attempt, evaluator, clarity, execution, ambiguity, alignment, business_fit, total, verdict, threshold_clarity, threshold_execution, threshold_ambiguity,
              threshold_alignment, threshold_business_fit, threshold_total, feedback, created_at)
            values ($1, $2, $3, 'rubric', $4, $5, $6, $7, $8, $9, $10::score_verdict_t, $11, $12, $13, $14, $15, $16, $17, $18) on conflict do nothing
            """,
            orgId, runId, number, last.Clarity, last.Execution, last.Ambiguity, last.Alignment, last.BusinessFit, last.Total, Value.Untyped(Codes<Verdict>.Of(last.Verdict)), last.Thresholds.ClarityMin,
            last.Thresholds.ExecutionMin, last.Thresholds.AmbiguityMax, last.Thresholds.AlignmentMin, last.Thresholds.BusinessFitMin, last.Thresholds.Gate, Value.Jsonb(Feedback(last)), at);
        for (var i = 0; i < attempts.Length; i++)
        {
            var (text, score, strategy) = attempts[i];
            yield return new("""
                insert into score_attempts (org_id, run_id, attempt, evaluator, clarity, execution, ambiguity, alignment, business_fit, total, verdict, strategy, text_hash, text, feedback, created_at)
                values ($1, $2, $3, 'rubric', $4, $5, $6, $7, $8, $9, $10::score_verdict_t, $11, $12, $13, $14, $15) on conflict do nothing
                """,
                orgId, runId, i + 1, score.Clarity, score.Execution, score.Ambiguity, score.Alignment, score.BusinessFit, score.Total, Value.Untyped(Codes<Verdict>.Of(score.Verdict)),
                strategy is { } repair ? Codes<RepairStrategy>.Of(repair) : null, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))),
                // The first text stands in prompt_history or runs; a repaired one stands nowhere else.
                i == 0 ? null : text, Value.Jsonb(attempts.Length == 1 ? "{}" : Feedback(score)), at);
        }
    }

    public static Statement Bundle(RunRequest request, Guid bundleId, Guid runId, SealedBundle bundle, BundleFormats formats, string storeKey, string keyId, string licence, DateTimeOffset at)
    {
        var names = new List<string> { "txt" };
        if (formats.HasFlag(BundleFormats.Md))
            names.Add("md");
        if (formats.HasFlag(BundleFormats.Json))
            names.Add("json");
        if (formats.HasFlag(BundleFormats.Pdf))
            names.Add("pdf");
        if (formats.HasFlag(BundleFormats.Zip))
            names.Add("zip");
        var paths = new JsonObject(bundle.Files.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)$"{storeKey}#{f.Name}")));
        if (formats.HasFlag(BundleFormats.Zip))
            paths[bundle.ZipName] = storeKey;
        var files = new JsonArray([.. bundle.Files.Select(f => (JsonNode)new JsonObject { ["name"] = f.Name, ["sha256"] = f.Sha256, ["bytes"] = f.Content.Length })]);
        return new("""
            insert into bundles (org_id, id, run_id, formats, paths, files, checksum, version, license_notice, key_id, exported_by, exported_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing
            """,
            request.OrgId, bundleId, runId, Value.Texts(names), Value.Jsonb(paths.ToJsonString()), Value.Jsonb(files.ToJsonString()), bundle.Checksum, BundleWriter.FormatVersion, licence, keyId, request.UserId, at);
    }

    public static Statement OverridesLog(Guid orgId, Guid id, Guid runId, string rulesetVersion, Normalized sevenD) => new(
        "insert into ruleset_overrides_log (org_id, id, run_id, ruleset_version, overrides) values ($1, $2, $3, $4, $5) on conflict do nothing",
        orgId, id, runId, rulesetVersion, Value.Jsonb($$"""{"sevenD":{{Overrides(sevenD)}}}"""));

    public static string Overrides(Normalized sevenD) =>
        new JsonObject(sevenD.Overrides.Select(o => KeyValuePair.Create(o.Axis.Code(), (JsonNode?)new JsonObject { ["default"] = o.Default, ["actual"] = o.Actual }))).ToJsonString();

    private static string Config(ParameterSet set) => $$"""
        {"domain":"{{set.Domain}}","scale":"{{set.Scale.Code()}}","urgency":"{{set.Urgency.Code()}}","complexity":"{{set.Complexity.Code()}}","resources":"{{set.Resources.Code()}}","application":"{{set.Application.Code()}}","output_formats":["{{string.Join("\",\"", set.Outputs.Select(o => o.Code()))}}"],"signature_7d":"{{set.Signature}}"}
        """;

    private static string Feedback(Score score)
    {
        using var stream = new MemoryStream(1024);
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            foreach (var axis in Enum.GetValues<ScoreAxis>())
            {
                json.WriteStartObject(Codes<ScoreAxis>.Of(axis));
                foreach (var part in score.SubScores)
                {
                    if (part.Axis != axis)
                        continue;
                    json.WriteStartObject(part.Name);
                    json.WriteNumber("points", part.Points);
                    json.WriteNumber("of", part.Of);
                    if (!part.Evidence.IsEmpty)
                    {
                        json.WriteStartArray("evidence");
                        foreach (var evidence in part.Evidence)
                            json.WriteStringValue(evidence);
                        json.WriteEndArray();
                    }

                    json.WriteEndObject();
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static string Outputs(ParameterSet set) => string.Join(",", set.Outputs.Select(o => o.Code()));
}

internal sealed record RunIds(Guid Run, Guid Prompt, Guid Set, DateTimeOffset StartedAt);

internal sealed record RunOutcome(CompiledPrompt Prompt, string? Output, RunTelemetry Telemetry, string TelemetryJson, string DorJson, string DodJson, DateTimeOffset FinishedAt);
