using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using PromptForge.Core.Prompting;

namespace PromptForge.Core.Catalog;

/// <summary>A file of the catalogue folder.</summary>
/// <param name="Path">Relative to the folder, with '/': "modules/M07.yaml".</param>
public sealed record CatalogFile(string Path, string Text);

/// <summary>Turns the catalogue folder into a <see cref="ProductCatalog"/>, or names every fault with file and line.</summary>
public static class CatalogReader
{
    public const string Code = "CATALOG_INVALID";

    public static async Task<Outcome<ProductCatalog>> ReadAsync(IReadOnlyCollection<CatalogFile> files, CancellationToken cancel)
    {
        var schemas = await CatalogSchemas.ReadAsync(
            files.Where(f => f.Path.EndsWith(".schema.json", StringComparison.Ordinal)).Select(f => (Path.GetFileName(f.Path).Replace(".schema.json", "", StringComparison.Ordinal), f.Text)), cancel).ConfigureAwait(false);
        var faults = new ConcurrentBag<Fault>();
        var sources = new ConcurrentBag<Source>();
        Parallel.ForEach(files.Where(f => f.Path.EndsWith(".yaml", StringComparison.Ordinal) || f.Path.EndsWith(".yml", StringComparison.Ordinal)), new ParallelOptions { CancellationToken = cancel }, file =>
        {
            var kind = Kind(file.Path);
            if (kind is null)
            {
                faults.Add(new(Code, file.Path, "This file has no place in the catalogue; see catalog/README.md for the folders."));
                return;
            }

            var text = file.Text.ReplaceLineEndings("\n");
            var parsed = YamlDocument.Parse(file.Path, text);
            var problems = parsed.Ok ? [.. schemas.Check(kind, parsed.Value)] : parsed.Faults;
            foreach (var problem in problems)
                faults.Add(problem);
            if (problems.Count == 0)
                sources.Add(new(kind, file.Path, parsed.Value, text, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))));
        });

        foreach (var missing in new[] { "ruleset", "plans", "models", "standard", "domain", "module" }.Where(kind => sources.All(s => s.Kind != kind) && faults.IsEmpty))
            faults.Add(new(Code, "catalog", $"There is no {missing} file."));
        if (!faults.IsEmpty)
            return faults.OrderBy(f => f.Where, StringComparer.Ordinal).ToList();
        return Build([.. sources.OrderBy(s => s.Path, StringComparer.Ordinal)]);
    }

    private static Outcome<ProductCatalog> Build(IReadOnlyList<Source> sources)
    {
        var faults = CatalogRules.Check(sources);
        if (faults.Count > 0)
            return faults;
        IEnumerable<Source> Of(string kind) => sources.Where(s => s.Kind == kind);
        var standards = new Dictionary<Language, PromptStandard>();
        foreach (var source in Of("standard"))
        {
            var standard = PromptStandard.Read(source);
            if (standard.Ok)
                standards[standard.Value.Language] = standard.Value;
            else
                faults.AddRange(standard.Faults);
        }

        if (faults.Count > 0)
            return faults;
        return new ProductCatalog(
            Of("module").Select(CatalogBinder.Module), Of("domain").Select(CatalogBinder.Domain), standards[Language.En], standards[Language.Ro],
            CatalogBinder.Ruleset(Of("ruleset").Single()), CatalogBinder.Plans(Of("plans").Single()), [.. Of("pack").Select(CatalogBinder.Pack)], CatalogBinder.Models(Of("models").Single()),
            [.. sources.Where(s => s.Kind is "standard" or "models").Select(s => new FileVersion(s.Path, s.Document.Root.Text("version"), s.Hash))]);
    }

    private static string? Kind(string path) => path.Split('/') switch
    {
        ["modules", _] => "module",
        ["domains", _] => "domain",
        ["standard", _] => "standard",
        ["packs", _] => "pack",
        ["ruleset.yml"] => "ruleset",
        ["plans.yaml"] => "plans",
        ["models.yaml"] => "models",
        _ => null,
    };
}

/// <summary>A parsed file that its schema accepts.</summary>
internal sealed record Source(string Kind, string Path, YamlDocument Document, string Text, string Hash);
