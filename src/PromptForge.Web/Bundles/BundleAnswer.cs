using System.Security.Cryptography;
using PromptForge.Core.Bundling;

namespace PromptForge.Web.Bundles;

/// <summary>A sealed bundle as the API shows it.</summary>
/// <param name="Checksum">"sha256:" and 64 hex digits, over the files' hashes in canonical order.</param>
/// <param name="Version">Of the bundle's format.</param>
/// <param name="Superseded">The run's output was repaired after this was exported, so it holds the one before; export the run again.</param>
public sealed record BundleAnswer(Guid BundleId, string Checksum, string Version, IReadOnlyList<BundleFileAnswer> Files, bool Superseded = false)
{
    public static BundleAnswer Of(Guid orgId, Guid bundleId, SealedBundle bundle, BundleFormats formats) =>
        new(bundleId, bundle.Checksum, BundleWriter.FormatVersion, [.. Offered(bundle, formats).Select(f => f with { Url = Url(orgId, bundleId, f.Name) })]);

    public static string Url(Guid orgId, Guid bundleId, string name) => $"/api/orgs/{orgId}/bundles/{bundleId}/files/{name}";

    /// <summary>The zip is always made, because it is what is stored; it is offered where it was asked for.</summary>
    public static IEnumerable<BundleFileAnswer> Offered(SealedBundle bundle, BundleFormats formats)
    {
        foreach (var file in bundle.Files)
            yield return new(file.Name, file.Sha256, file.Content.Length, "");
        if (formats.HasFlag(BundleFormats.Zip))
            yield return new(bundle.ZipName, Convert.ToHexStringLower(SHA256.HashData(bundle.Zip.Span)), bundle.Zip.Length, "");
    }
}

/// <param name="Url">Relative to this server; the caller's own credentials open it.</param>
public sealed record BundleFileAnswer(string Name, string Sha256, int Bytes, string Url);
