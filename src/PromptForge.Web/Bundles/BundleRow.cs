using System.Text.Json;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Bundles;

/// <summary>A bundle's row, as the API shows it.</summary>
public sealed record BundleRow
{
    /// <summary>The columns of <c>bundles b</c> that this is made of.</summary>
    public const string Columns = "b.org_id, b.id, b.run_id, b.formats, b.files::text, b.checksum, b.version::text, b.exported_at, b.purged_at, exists (select from runs o where o.org_id = b.org_id and o.id = b.run_id and o.output_at > b.exported_at) as superseded";

    public Guid OrgId { get; init; }
    public Guid Id { get; init; }
    public Guid RunId { get; init; }
    public string[] Formats { get; init; } = [];
    public string Files { get; init; } = "[]";
    public string Checksum { get; init; } = "";
    public string Version { get; init; } = "";
    public DateTimeOffset ExportedAt { get; init; }
    public DateTimeOffset? PurgedAt { get; init; }
    public bool Superseded { get; init; }

    public BundleAnswer Answer => new(Id, Checksum, Version, [.. JsonSerializer.Deserialize<ListedFile[]>(Files, ApiJson.Options)!.Select(f => new BundleFileAnswer(f.Name, f.Sha256, f.Bytes, BundleAnswer.Url(OrgId, Id, f.Name)))], Superseded);

    private sealed record ListedFile(string Name, string Sha256, int Bytes);
}
