using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Bundling;

/// <summary>telemetry.json and manifest.json: what the bundle says about itself.</summary>
internal static class RecordFiles
{
    /// <summary>Numbers, codes and hashes only: no input, no prompt text, no evidence (decisions 12).</summary>
    public static void Telemetry(BundleContent content, ByteBuffer to)
    {
        var used = content.Telemetry;
        var json = BundleJson.Open(to);
        json.WriteString("version"u8, BundleWriter.FormatVersion);
        json.WriteString("run_id"u8, content.RunId);
        json.WriteString("type"u8, Codes<RunType>.Of(content.Type));
        json.WriteString("module"u8, $"{content.Module.Id}@{content.Module.Version}");
        json.WriteString("signature_7d"u8, content.SevenD.Set.Signature);
        json.WriteString("ruleset_version"u8, content.Prompt.Lock.Ruleset.Version);
        json.WriteString("prompt_sha256"u8, content.Prompt.Hash);
        json.WriteString("model"u8, used.Model);
        json.WriteBoolean("simulated"u8, used.Simulated);
        json.WriteNumber("tokens_in"u8, used.TokensIn);
        json.WriteNumber("tokens_out"u8, used.TokensOut);
        if (used.CostUsd is { } cost)
            json.WriteNumber("cost_usd"u8, BundleJson.Plain(cost));
        else
            json.WriteNull("cost_usd"u8);
        json.WriteNumber("duration_ms"u8, used.DurationMs);
        json.WriteNumber("tta_seconds"u8, BundleJson.Plain(used.TtaSeconds));
        json.WriteBoolean("tighten_once_applied"u8, used.TightenOnceApplied);
        json.WriteStartObject("scores"u8);
        json.WriteAxes(content.Score);
        json.WriteEndObject();
        json.WriteStartArray("policy_hits"u8);
        foreach (var hit in content.PolicyHits)
        {
            json.WriteStartObject();
            json.WriteString("code"u8, hit.Code);
            json.WriteString("where"u8, hit.Where);
            json.WriteBoolean("blocks"u8, hit.Blocks);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("overrides"u8);
        foreach (var change in content.SevenD.Overrides)
        {
            json.WriteStartObject();
            json.WriteString("axis"u8, change.Axis.Code());
            json.WriteString("default"u8, change.Default);
            json.WriteString("actual"u8, change.Actual);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("created_at"u8, BundleJson.Stamp(content.CreatedAt));
        json.Close(to);
    }

    public static void Manifest(BundleContent content, IReadOnlyList<BundleWriter.Part> files, string publicKeyId, ByteBuffer to)
    {
        var json = BundleJson.Open(to);
        json.WriteString("version"u8, BundleWriter.FormatVersion);
        json.WriteStartObject("org"u8);
        json.WriteString("id"u8, content.OrgId);
        json.WriteString("name"u8, content.OrgName);
        json.WriteEndObject();
        json.WriteString("project"u8, content.Project);
        json.WriteStartObject("module"u8);
        json.WriteString("id"u8, content.Module.Id);
        json.WriteString("version"u8, content.Module.Version);
        json.WriteString("name"u8, content.Module.In(content.Language).Name);
        json.WriteEndObject();
        json.WriteString("run_id"u8, content.RunId);
        json.WriteString("type"u8, Codes<RunType>.Of(content.Type));
        json.WriteBoolean("simulated"u8, content.Telemetry.Simulated);
        json.WriteBoolean("trial"u8, content.Trial);
        json.WriteString("language"u8, Codes<Catalog.Language>.Of(content.Language));
        json.WriteSevenD(content.SevenD.Set);
        json.WriteStartObject("score"u8);
        json.WriteAxes(content.Score);
        json.WriteEndObject();
        json.WriteStartObject("gate"u8);
        json.WriteNumber("total_min"u8, content.Score.Thresholds.Gate);
        json.WriteBoolean("passed"u8, content.Score.Exportable);
        json.WriteEndObject();
        json.WriteStartArray("kpi"u8);
        foreach (var target in content.Module.Targets)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, target.Name);
            json.WriteNumber("target"u8, BundleJson.Plain(target.Target));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("inputs"u8);
        json.WriteString("sha256"u8, BundleJson.HashOf(content.Inputs));
        json.WriteEndObject();
        json.WriteStartObject("prompt"u8);
        json.WriteString("sha256"u8, content.Prompt.Hash);
        json.WriteEndObject();
        WriteLock(json, content.Prompt.Lock);
        json.WriteStartArray("files"u8);
        foreach (var file in files)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, file.Name);
            json.WriteString("sha256"u8, file.Sha256);
            json.WriteNumber("bytes"u8, file.Length);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("checksum"u8);
        json.WriteString("algorithm"u8, "sha256"u8);
        json.WriteStartArray("inputs"u8);
        foreach (var file in files)
            json.WriteStringValue(file.Name);
        json.WriteStringValue(BundleFiles.Manifest);
        json.WriteEndArray();
        json.WriteString("rule"u8, "sha256 of the lower-case hex sha256 of each input, in this order, joined with LF"u8);
        json.WriteEndObject();
        json.WriteString("license_notice"u8, content.LicenceNotice);
        json.WriteString("visibility"u8, Codes<Visibility>.Of(content.Visibility));
        json.WriteString("ruleset_version"u8, content.Prompt.Lock.Ruleset.Version);
        json.WriteString("generator_version"u8, BundleWriter.GeneratorVersion);
        json.WriteString("created_at"u8, BundleJson.Stamp(content.CreatedAt));
        json.WriteString("public_key_id"u8, publicKeyId);
        json.Close(to);
    }

    private static void WriteLock(System.Text.Json.Utf8JsonWriter json, PromptLock @lock)
    {
        json.WriteStartObject("lock"u8);
        Item("module", @lock.Module);
        Item("domain", @lock.Domain);
        Item("ruleset", @lock.Ruleset);
        Item("standard", @lock.Standard);
        json.WriteString("compiler_version"u8, @lock.CompilerVersion);
        json.WriteSevenD(@lock.SevenD);
        json.WriteString("language"u8, Codes<Catalog.Language>.Of(@lock.Language));
        json.WriteEndObject();

        void Item(string name, LockedItem item)
        {
            json.WriteStartObject(name);
            json.WriteString("name"u8, item.Name);
            json.WriteString("version"u8, item.Version);
            json.WriteString("sha256"u8, item.Sha256);
            json.WriteEndObject();
        }
    }
}
