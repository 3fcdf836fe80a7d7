using PromptForge.Core.Catalog;

namespace PromptForge.Core.Tests;

/// <summary>The catalogue of this repository, read once.</summary>
internal static class Shipped
{
    private static readonly Lazy<ProductCatalog> Read = new(() => CatalogReader.ReadAsync(Files(), CancellationToken.None).GetAwaiter().GetResult().Value);

    public static ProductCatalog Catalog => Read.Value;

    private static List<CatalogFile> Files()
    {
        var folder = Path.Combine(Root(), "catalog");
        return [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is ".yaml" or ".yml" or ".json")
            .Select(f => new CatalogFile(Path.GetRelativePath(folder, f).Replace('\\', '/'), File.ReadAllText(f)))];
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "PromptForge.slnx")))
                return folder.FullName;
        throw new InvalidOperationException("The repository root was not found above the test binaries.");
    }
}
