using System.Text;
using System.Text.Json;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Bundling;

/// <summary>A report as JSON: the same for the command line and the API.</summary>
public static class BundleReportJson
{
    public static string ToJson(this BundleReport report)
    {
        using var buffer = new ByteBuffer(4096);
        var json = BundleJson.Open(buffer);
        json.WriteString("verdict"u8, Codes<BundleVerdict>.Of(report.Verdict));
        json.WriteNumber("exit_code"u8, report.ExitCode);
        json.WriteString("issuer"u8, report.Issuer);
        json.WriteString("checksum"u8, report.Checksum);
        Manifest(json, report.Manifest);
        json.WriteStartArray("files"u8);
        foreach (var file in report.Files)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, file.Name);
            json.WriteString("state"u8, Codes<FileState>.Of(file.State));
            json.WriteString("sha256"u8, file.Actual);
            json.WriteString("expected_sha256"u8, file.Expected);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("faults"u8);
        foreach (var fault in report.Faults)
        {
            json.WriteStartObject();
            json.WriteString("code"u8, fault.Code);
            json.WriteString("where"u8, fault.Where);
            json.WriteString("message"u8, fault.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.Close(buffer);
        return Encoding.UTF8.GetString(buffer.Written);
    }

    private static void Manifest(Utf8JsonWriter json, BundleManifest? manifest)
    {
        if (manifest is null)
        {
            json.WriteNull("manifest"u8);
            return;
        }

        json.WriteStartObject("manifest"u8);
        json.WriteString("org_id"u8, manifest.OrgId);
        json.WriteString("org"u8, manifest.OrgName);
        json.WriteString("project"u8, manifest.Project);
        json.WriteString("module"u8, $"{manifest.ModuleId}@{manifest.ModuleVersion}");
        json.WriteString("module_name"u8, manifest.ModuleName);
        json.WriteString("domain"u8, manifest.Domain);
        json.WriteString("run_id"u8, manifest.RunId);
        json.WriteString("type"u8, manifest.Type);
        json.WriteBoolean("simulated"u8, manifest.Simulated);
        json.WriteBoolean("trial"u8, manifest.Trial);
        json.WriteNumber("score_total"u8, manifest.ScoreTotal);
        json.WriteString("verdict"u8, manifest.Verdict);
        json.WriteBoolean("gate_passed"u8, manifest.GatePassed);
        json.WriteString("license_notice"u8, manifest.LicenceNotice);
        json.WriteString("created_at"u8, BundleJson.Stamp(manifest.CreatedAt));
        json.WriteString("generator_version"u8, manifest.GeneratorVersion);
        json.WriteString("public_key_id"u8, manifest.PublicKeyId);
        json.WriteEndObject();
    }
}
