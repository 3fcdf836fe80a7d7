using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;

namespace PromptForge.Core.Bundling;

/// <summary>The names of a bundle's files and the one order they stand in.</summary>
public static partial class BundleFiles
{
    public const string PromptTxt = "prompt.txt";
    public const string PromptJson = "prompt.json";
    public const string PromptMd = "prompt.md";
    public const string PromptPdf = "prompt.pdf";
    public const string Telemetry = "telemetry.json";
    public const string Manifest = "manifest.json";
    public const string Checksum = "checksum.sha256";
    public const string Seal = "manifest.sig";

    private static readonly string[] Order = [PromptTxt, PromptJson, PromptMd, PromptPdf, Telemetry, Manifest];

    /// <summary>The files that the bundle checksum covers, in its order; the manifest is the last.</summary>
    public static IReadOnlyList<string> Canonical => Order;

    /// <summary>The name of the zip that holds them all.</summary>
    public static string ZipName(string moduleId, string bundleChecksum) =>
        $"bundle-{moduleId}-{bundleChecksum.AsSpan(bundleChecksum.IndexOf(':') + 1, 12)}.zip";

    /// <summary>Whether a bundle's file or zip may have this name: what an earlier bundle left in a folder is known by it.</summary>
    public static bool IsName(string name) => name is Checksum or Seal || Order.Contains(name) || ZipForm().IsMatch(name);

    /// <summary>Whether these are files a bundle may list: known, each once, in canonical order, the text always there.</summary>
    internal static bool InOrder(IEnumerable<string> listed)
    {
        var last = -1;
        foreach (var name in listed)
        {
            var at = Array.IndexOf(Order, name);
            if (at <= last || (last < 0 && at != 0) || name == Manifest)
                return false;
            last = at;
        }

        return last >= 0;
    }

    [GeneratedRegex("^bundle-M[0-9]{2}-[0-9a-f]{12}\\.zip$", RegexOptions.CultureInvariant)]
    private static partial Regex ZipForm();
}

/// <summary>One file of a bundle.</summary>
/// <param name="Sha256">Lower hex.</param>
public sealed record SealedFile(string Name, ReadOnlyMemory<byte> Content, string Sha256)
{
    /// <summary>The content as text; for a PDF meaningless.</summary>
    public string Text() => Encoding.UTF8.GetString(Content.Span);
}

/// <summary>A finished bundle: the zip is the stored object, the files are views into it.</summary>
/// <param name="Files">Canonical order, then checksum.sha256 and manifest.sig.</param>
/// <param name="Checksum">"sha256:" and 64 lower hex digits.</param>
public sealed record SealedBundle(ImmutableArray<SealedFile> Files, string Checksum, string ZipName, ReadOnlyMemory<byte> Zip)
{
    public SealedFile? Find(string name) => Files.FirstOrDefault(f => f.Name == name);
}
