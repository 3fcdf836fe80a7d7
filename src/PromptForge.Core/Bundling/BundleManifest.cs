using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace PromptForge.Core.Bundling;

/// <summary>What a manifest says, as far as a verifier needs it.</summary>
public sealed record BundleManifest
{
    public required string Version { get; init; }
    public required Guid OrgId { get; init; }
    public required string OrgName { get; init; }
    public required string Project { get; init; }
    public required string ModuleId { get; init; }
    public required string ModuleVersion { get; init; }
    public required string ModuleName { get; init; }
    public required string Domain { get; init; }
    public required Guid RunId { get; init; }
    public required string Type { get; init; }
    public required bool Simulated { get; init; }
    public required bool Trial { get; init; }
    public required int ScoreTotal { get; init; }
    public required string Verdict { get; init; }
    public required bool GatePassed { get; init; }
    public required string LicenceNotice { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required string GeneratorVersion { get; init; }
    public required string PublicKeyId { get; init; }

    /// <summary>In canonical order, without the manifest itself.</summary>
    public required ImmutableArray<ListedFile> Files { get; init; }

    public const int MaxBytes = 256 * 1024;

    /// <summary>Null where the bytes are no manifest that this version understands.</summary>
    public static BundleManifest? Read(ReadOnlyMemory<byte> utf8)
    {
        if (utf8.Length > MaxBytes)
            return null;
        try
        {
            using var document = JsonDocument.Parse(utf8, new() { MaxDepth = 16 });
            var manifest = Read(document.RootElement);
            return manifest.Version.StartsWith("1.", StringComparison.Ordinal) && BundleFiles.InOrder(manifest.Files.Select(f => f.Name)) ? manifest : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static BundleManifest Read(JsonElement root) => new()
    {
        Version = Text(root, "version"),
        OrgId = root.GetProperty("org").GetProperty("id").GetGuid(),
        OrgName = Text(root.GetProperty("org"), "name"),
        Project = Text(root, "project"),
        ModuleId = Text(root.GetProperty("module"), "id"),
        ModuleVersion = Text(root.GetProperty("module"), "version"),
        ModuleName = Text(root.GetProperty("module"), "name"),
        Domain = Text(root.GetProperty("final_7d"), "domain"),
        RunId = root.GetProperty("run_id").GetGuid(),
        Type = Text(root, "type"),
        Simulated = root.GetProperty("simulated").GetBoolean(),
        Trial = root.GetProperty("trial").GetBoolean(),
        ScoreTotal = root.GetProperty("score").GetProperty("total").GetInt32(),
        Verdict = Text(root.GetProperty("score"), "verdict"),
        GatePassed = root.GetProperty("gate").GetProperty("passed").GetBoolean(),
        LicenceNotice = Text(root, "license_notice"),
        CreatedAt = DateTimeOffset.ParseExact(
            Text(root, "created_at"), "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
        GeneratorVersion = Text(root, "generator_version"),
        PublicKeyId = Text(root, "public_key_id"),
        Files = [.. root.GetProperty("files").EnumerateArray().Select(f => new ListedFile(Text(f, "name"), Text(f, "sha256"), f.GetProperty("bytes").GetInt64()))],
    };

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? throw new FormatException(name);
}

/// <summary>A file as the manifest lists it.</summary>
public readonly record struct ListedFile(string Name, string Sha256, long Bytes);
