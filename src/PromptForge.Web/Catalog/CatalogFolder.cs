using PromptForge.Core;
using PromptForge.Core.Catalog;

namespace PromptForge.Web.Catalog;

/// <summary>Reads the catalogue folder from disk; what it holds is Core's business. The CLI compiles this file too.</summary>
internal static class CatalogFolder
{
    private const int MaxBytes = 4 * YamlLimit;
    private const int YamlLimit = 1_000_000;

    /// <param name="folder">Null: <c>catalog</c> beside the program or in a folder above it.</param>
    public static async Task<Outcome<ProductCatalog>> LoadAsync(string? folder, CancellationToken cancel)
    {
        var root = folder ?? Find();
        if (root is null || !Directory.Exists(root))
            return new Fault(CatalogReader.Code, folder ?? "catalog", "The catalogue folder was not found. Run from the repository, or name it with --catalog DIR.");
        var files = new List<CatalogFile>();
        var faults = new List<Fault>();
        foreach (var path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Where(p => Path.GetExtension(p) is ".yaml" or ".yml" or ".json").Order(StringComparer.Ordinal))
        {
            var name = Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/');
            try
            {
                if (new FileInfo(path).LinkTarget is not null)
                    faults.Add(new(CatalogReader.Code, name, "This is a link; the catalogue holds plain files only."));
                else if (new FileInfo(path).Length > MaxBytes)
                    faults.Add(new(CatalogReader.Code, name, $"The file is larger than {MaxBytes / 1_000_000} MB."));
                else
                    files.Add(new(name, await File.ReadAllTextAsync(path, cancel)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                faults.Add(new(CatalogReader.Code, name, $"The file cannot be read: {e.Message}"));
            }
        }

        return faults.Count > 0 ? faults : await CatalogReader.ReadAsync(files, cancel);
    }

    private static string? Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var candidate = Path.Combine(at.FullName, "catalog");
            if (File.Exists(Path.Combine(candidate, "ruleset.yml")))
                return candidate;
        }

        return null;
    }
}
