using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;
using PromptForge.Web.Bundles;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Prompts;

namespace PromptForge.Web.Runs;

/// <summary>The rows of runs, written by statements that may be sent twice: every id is known before, and a row that is there already is left alone.</summary>
internal static class RunRows
{
    /// <summary>The SQLSTATE of a <see cref="Hold"/> that did not hold.</summary>
    public const string LostState = "PF001";

    /// <summary>One id for one context of one org, so that the rows that refer to it need not ask for it.</summary>
    public static Guid ParameterSetId(Guid orgId, ParameterSet set)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{orgId:N}|{set.Signature}|{Outputs(set)}"), hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    private static readonly Bulk Sets = new("""
        insert into parameter_sets (org_id, id, signature, domain, scale, urgency, complexity, resources, application, output_formats, overrides)
        select org_id, id, signature, domain, scale, urgency, complexity, resources, application, outputs::output_t[], overrides
          from unnest($1, $2, $3, $4, $5::scale_t[], $6::urgency_t[], $7::complexity_t[], $8::resources_t[], $9::application_t[], $10, $11)
            as n (org_id, id, signature, domain, scale, urgency, complexity, resources, application, outputs, overrides)
         order by id on conflict do nothing
        """);

    private static readonly Bulk Prompts = new("""
        insert into prompt_history (org_id, id, user_id, module_id, module_version, ruleset_version, parameter_set_id, signature, language, hash, config, inputs, prompt, created_at, project_id, lock)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) on conflict do nothing
        """);

    private static readonly Bulk QueuedRuns = new("""
        insert into runs (org_id, id, module_id, module_version, ruleset_version, parameter_set_id, signature, prompt_id, type, language, model, simulated, created_by, created_at, started_at,
          project_id, api_key_id, request, status)
        select *, 'queued' from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9::run_type_t[], $10, $11, $12, $13, $14, $14, $15, $16, $17) on conflict do nothing
        """);

    private static readonly Bulk StartedRuns = new($"""
        insert into runs (org_id, id, module_id, module_version, ruleset_version, parameter_set_id, signature, prompt_id, type, language, model, simulated, created_by, created_at, started_at,
          project_id, api_key_id, request, lease_owner, status, attempt, fencing_token, lease_until)
        select *, 'running', 1, 1, now() + interval '{(int)RunLeases.Length.TotalSeconds} seconds' from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9::run_type_t[], $10, $11, $12, $13, $14, $14, $15, $16, $17, $18) on conflict do nothing
        """);

    private static readonly Bulk FinishedRuns = new("""
        insert into runs (org_id, id, module_id, module_version, ruleset_version, parameter_set_id, signature, prompt_id, type, language, model, simulated, tokens_in, tokens_out, cost_usd,
          duration_ms, output, telemetry, dor, dod, created_by, created_at, started_at, finished_at, project_id, api_key_id, request, status)
        select *, 'success' from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9::run_type_t[], $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $22, $23, $24, $25, $26) on conflict do nothing
        """);

    private static readonly Bulk Holds = new("select app.hold_run(org_id, id, owner, token) from unnest($1, $2, $3, $4) as n (org_id, id, owner, token)");

    private static readonly Bulk EndedRuns = new("""
        update runs r set status = 'success', tokens_in = n.tokens_in, tokens_out = n.tokens_out, cost_usd = n.cost_usd, duration_ms = n.duration_ms, output = n.output, telemetry = n.telemetry, dor = n.dor, dod = n.dod,
          finished_at = n.finished_at, lease_owner = null, lease_until = null
          from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) as n (org_id, id, tokens_in, tokens_out, cost_usd, duration_ms, output, telemetry, dor, dod, finished_at)
         where r.org_id = n.org_id and r.id = n.id and r.status = 'running'
        """);

    private static readonly Bulk Totals = new("""
        insert into prompt_scores (org_id, run_id, attempt, clarity, execution, ambiguity, alignment, business_fit, total, verdict, threshold_clarity, threshold_execution, threshold_ambiguity,
          threshold_alignment, threshold_business_fit, threshold_total, feedback, created_at, evaluator)
        select *, 'rubric' from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::score_verdict_t[], $11, $12, $13, $14, $15, $16, $17, $18) on conflict do nothing
        """);

    private static readonly Bulk Attempts = new("""
        insert into score_attempts (org_id, run_id, attempt, clarity, execution, ambiguity, alignment, business_fit, total, verdict, strategy, text_hash, text, feedback, created_at, evaluator)
        select *, 'rubric' from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::score_verdict_t[], $11, $12, $13, $14, $15) on conflict do nothing
        """);

    private static readonly Bulk Bundles = new("""
        insert into bundles (org_id, id, run_id, formats, paths, files, checksum, version, license_notice, key_id, exported_by, exported_at)
        select org_id, id, run_id, formats::text[], paths, files, checksum, version, license_notice, key_id, exported_by, exported_at
          from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) as n (org_id, id, run_id, formats, paths, files, checksum, version, license_notice, key_id, exported_by, exported_at) on conflict do nothing
        """);

    private static readonly Bulk OverridesLogs = new("insert into ruleset_overrides_log (org_id, id, run_id, ruleset_version, overrides) select * from unnest($1, $2, $3, $4, $5) on conflict do nothing");

    /// <summary>What is referred to goes before what refers to it; what waits for others of the org goes before what others wait for.</summary>
    private static readonly Bulk[] Order = [Limits.RunLimits.Admissions, Holds, Sets, Prompts, QueuedRuns, StartedRuns, FinishedRuns, EndedRuns, IdempotencyKey.Bindings, Totals, Attempts, Bundles, OverridesLogs];

    /// <summary>The rows of any number of runs, one statement a table.</summary>
    public static IReadOnlyList<Statement> Statements(IEnumerable<BulkRow> rows)
    {
        var byTable = rows.ToLookup(r => r.Into);
        return [.. Order.Where(byTable.Contains).Select(into => into.Of([.. byTable[into]]))];
    }

    public static BulkRow ParameterSet(Guid orgId, Guid id, Normalized sevenD) => Sets.Row(
        orgId, id, sevenD.Set.Signature, sevenD.Set.Domain, sevenD.Set.Scale.Code(), sevenD.Set.Urgency.Code(), sevenD.Set.Complexity.Code(), sevenD.Set.Resources.Code(), sevenD.Set.Application.Code(),
        $"{{{Outputs(sevenD.Set)}}}", Value.Jsonb(Overrides(sevenD)));

    public static BulkRow Prompt(RunRequest request, Guid promptId, Guid setId, CompiledPrompt prompt, DateTimeOffset at) => Prompts.Row(
        request.OrgId, promptId, request.UserId, request.Module.Id, request.Module.Version, prompt.Lock.Ruleset.Version, setId, request.SevenD.Set.Signature, Codes<Language>.Of(request.Language), prompt.Hash,
        Value.Jsonb(Config(request.SevenD.Set)), Value.Jsonb(request.Inputs.Values.ToJsonString()), prompt.Text, at, request.ProjectId, Value.Jsonb(PromptLockAnswer.Json(prompt.Lock)));

    /// <summary>A run that is already over when it is first stored.</summary>
    public static BulkRow FinishedRun(RunRequest request, RunIds ids, RunOutcome outcome, string? requestJson) => FinishedRuns.Row(
        request.OrgId, ids.Run, request.Module.Id, request.Module.Version, outcome.Prompt.Lock.Ruleset.Version, ids.Set, request.SevenD.Set.Signature, ids.Prompt, Codes<RunType>.Of(request.Type),
        Codes<Language>.Of(request.Language), outcome.Telemetry.Model, outcome.Telemetry.Simulated, outcome.Telemetry.TokensIn, outcome.Telemetry.TokensOut, outcome.Telemetry.CostUsd, outcome.Telemetry.DurationMs,
        outcome.Output, Value.Jsonb(outcome.TelemetryJson), Value.Jsonb(outcome.DorJson), Value.Jsonb(outcome.DodJson), request.UserId, ids.StartedAt, outcome.FinishedAt, request.ProjectId, request.KeyId, Value.Jsonb(requestJson));

    /// <summary>A run that waits for a worker.</summary>
    public static BulkRow QueuedRun(RunRequest request, RunIds ids, CompiledPrompt prompt, string model, string? requestJson) => QueuedRuns.Row(
        request.OrgId, ids.Run, request.Module.Id, request.Module.Version, prompt.Lock.Ruleset.Version, ids.Set, request.SevenD.Set.Signature, ids.Prompt, Codes<RunType>.Of(request.Type),
        Codes<Language>.Of(request.Language), model, request.Type != RunType.Generation, request.UserId, ids.StartedAt, request.ProjectId, request.KeyId, Value.Jsonb(requestJson));

    /// <summary>The journal's first entry: the run is ours until the lease ends.</summary>
    public static BulkRow StartedRun(RunRequest request, RunIds ids, CompiledPrompt prompt, string model, string? requestJson, RunLease lease) => StartedRuns.Row(
        request.OrgId, ids.Run, request.Module.Id, request.Module.Version, prompt.Lock.Ruleset.Version, ids.Set, request.SevenD.Set.Signature, ids.Prompt, Codes<RunType>.Of(request.Type),
        Codes<Language>.Of(request.Language), model, true, request.UserId, ids.StartedAt, request.ProjectId, request.KeyId, Value.Jsonb(requestJson), lease.Owner);

    /// <summary>Undoes the whole transaction unless the run is still ours.</summary>
    public static BulkRow Hold(Guid orgId, Guid runId, RunLease lease) => Holds.Row(orgId, runId, lease.Owner, lease.Token);

    public static BulkRow EndedRun(RunRequest request, RunIds ids, RunOutcome outcome) => EndedRuns.Row(
        request.OrgId, ids.Run, outcome.Telemetry.TokensIn, outcome.Telemetry.TokensOut, outcome.Telemetry.CostUsd, outcome.Telemetry.DurationMs, outcome.Output, Value.Jsonb(outcome.TelemetryJson),
        Value.Jsonb(outcome.DorJson), Value.Jsonb(outcome.DodJson), outcome.FinishedAt);

    /// <summary>Ends a run that is still ours without a result.</summary>
    public static Statement FailedRun(Guid orgId, Guid runId, string status, string code, RunLease lease, DateTimeOffset at) => new("""
        update runs set status = $3::run_status_t, error_code = $4, finished_at = greatest($6, started_at), lease_owner = null, lease_until = null
         where org_id = $1 and id = $2 and status = 'running' and lease_owner = $5 and fencing_token = $7
        """,
        orgId, runId, Value.Untyped(status), code, lease.Owner, at, lease.Token);

    public static IEnumerable<BulkRow> Scores(Guid orgId, Guid runId, Repaired evaluation, DateTimeOffset at)
    {
        Attempt[] attempts = evaluation.Second is { } second ? [evaluation.First, second] : [evaluation.First];
        var (last, number) = (evaluation.Best.Score, Array.IndexOf(attempts, evaluation.Best) + 1);
        yield return Totals.Row(
            orgId, runId, number, last.Clarity, last.Execution, last.Ambiguity, last.Alignment, last.BusinessFit, last.Total, Codes<Verdict>.Of(last.Verdict), last.Thresholds.ClarityMin,
            last.Thresholds.ExecutionMin, last.Thresholds.AmbiguityMax, last.Thresholds.AlignmentMin, last.Thresholds.BusinessFitMin, last.Thresholds.Gate, Value.Jsonb(Feedback(last)), at);
        for (var i = 0; i < attempts.Length; i++)
        {
            var (text, score, strategy) = attempts[i];
            yield return Attempts.Row(
                orgId, runId, i + 1, score.Clarity, score.Execution, score.Ambiguity, score.Alignment, score.BusinessFit, score.Total, Codes<Verdict>.Of(score.Verdict),
                strategy is { } repair ? Codes<RepairStrategy>.Of(repair) : null, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))),
                // The text that counts stands in prompt_history or runs; the other one stands nowhere else.
                attempts[i] == evaluation.Best ? null : text, Value.Jsonb(attempts.Length == 1 ? "{}" : Feedback(score)), at);
        }
    }

    public static BulkRow Bundle(RunRequest request, Guid bundleId, Guid runId, SealedBundle bundle, BundleFormats formats, string storeKey, string keyId, string licence, DateTimeOffset at)
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
        var files = new JsonArray([.. BundleAnswer.Offered(bundle, formats).Select(f => (JsonNode)new JsonObject { ["name"] = f.Name, ["sha256"] = f.Sha256, ["bytes"] = f.Bytes })]);
        return Bundles.Row(
            request.OrgId, bundleId, runId, $"{{{string.Join(',', names)}}}", Value.Jsonb(paths.ToJsonString()), Value.Jsonb(files.ToJsonString()), bundle.Checksum, BundleWriter.FormatVersion, licence, keyId, request.UserId, at);
    }

    public static BulkRow OverridesLog(Guid orgId, Guid id, Guid runId, string rulesetVersion, Normalized sevenD) =>
        OverridesLogs.Row(orgId, id, runId, rulesetVersion, Value.Jsonb($$"""{"sevenD":{{Overrides(sevenD)}}}"""));

    public static string Overrides(Normalized sevenD) =>
        new JsonObject(sevenD.Overrides.Select(o => KeyValuePair.Create(o.Axis.Code(), (JsonNode?)new JsonObject { ["default"] = o.Default, ["actual"] = o.Actual }))).ToJsonString();

    public static string Config(ParameterSet set) => $$"""
        {"domain":"{{set.Domain}}","scale":"{{set.Scale.Code()}}","urgency":"{{set.Urgency.Code()}}","complexity":"{{set.Complexity.Code()}}","resources":"{{set.Resources.Code()}}","application":"{{set.Application.Code()}}","output_formats":["{{string.Join("\",\"", set.Outputs.Select(o => o.Code()))}}"],"signature_7d":"{{set.Signature}}"}
        """;

    public static string Feedback(Score score)
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

/// <param name="Lease">Null for a run that is stored only when it is over.</param>
internal sealed record RunIds(Guid Run, Guid Prompt, Guid Set, DateTimeOffset StartedAt, RunLease? Lease = null);

/// <summary>Who works on a run: what is stored under an older token is refused.</summary>
internal sealed record RunLease(string Owner, long Token);

internal sealed record RunOutcome(CompiledPrompt Prompt, string? Output, RunTelemetry Telemetry, string TelemetryJson, string DorJson, string DodJson, DateTimeOffset FinishedAt);
