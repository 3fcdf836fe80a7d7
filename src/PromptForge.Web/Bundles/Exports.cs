using System.Collections.Frozen;
using PromptForge.Core.Bundling;

namespace PromptForge.Web.Bundles;

/// <summary>The names of the formats that a bundle can be had in.</summary>
public static class Exports
{
    public static readonly FrozenDictionary<string, BundleFormats> Formats = new Dictionary<string, BundleFormats>
    {
        ["txt"] = BundleFormats.Txt,
        ["md"] = BundleFormats.Md,
        ["json"] = BundleFormats.Json,
        ["pdf"] = BundleFormats.Pdf,
        ["zip"] = BundleFormats.Zip,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
}
