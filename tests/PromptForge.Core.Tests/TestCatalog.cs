using System.Text.Json.Nodes;
using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Tests;

/// <summary>The repository's own catalogue, read once.</summary>
internal static class TestCatalog
{
    private static readonly Lazy<IReadOnlyList<CatalogFile>> LazyFiles = new(() => [.. Directory.EnumerateFiles(Folder(), "*", SearchOption.AllDirectories)
        .Where(p => Path.GetExtension(p) is ".yaml" or ".yml" or ".json")
        .Select(p => new CatalogFile(Path.GetRelativePath(Folder(), p).Replace('\\', '/'), File.ReadAllText(p)))]);

    private static readonly Lazy<Task<ProductCatalog>> LazyCatalog = new(async () => (await CatalogReader.ReadAsync(LazyFiles.Value, CancellationToken.None)).Value);
    private static readonly Lazy<Task<PromptCompiler>> LazyCompiler = new(async () => new PromptCompiler(await LazyCatalog.Value));

    public static IReadOnlyList<CatalogFile> Files => LazyFiles.Value;

    public static Task<ProductCatalog> Get() => LazyCatalog.Value;

    public static Task<PromptCompiler> Compiler() => LazyCompiler.Value;

    public static TheoryData<string> ModuleIds() => [.. Enumerable.Range(1, 50).Select(n => $"M{n:00}")];

    public static ModuleInputs Example(Module module) => InputReader.Read(ExampleValues(module), module.Inputs, null).Value;

    public static JsonObject ExampleValues(Module module) => new(module.ExampleInput.Select(i => KeyValuePair.Create(i.Key, JsonNode.Parse(i.Value.GetRawText()))));

    public static ParameterSet Set(ProductCatalog catalog, string domain, params (Axis Axis, string Value)[] axes)
    {
        string? Of(Axis axis) => axes.FirstOrDefault(a => a.Axis == axis).Value;
        return SevenDParser.Normalize(new SevenDRequest
        {
            Domain = domain,
            Scale = Of(Axis.Scale),
            Urgency = Of(Axis.Urgency),
            Complexity = Of(Axis.Complexity),
            Resources = Of(Axis.Resources),
            Application = Of(Axis.Application),
            OutputFormats = Of(Axis.Output)?.Split(','),
        }, catalog).Value.Set;
    }

    /// <summary>Every value of an axis.</summary>
    public static IReadOnlyList<string> Values(ProductCatalog catalog, Axis axis) => axis switch
    {
        Axis.Domain => catalog.DomainCodes,
        Axis.Scale => Codes<Scale>.All,
        Axis.Urgency => Codes<Urgency>.All,
        Axis.Complexity => Codes<Complexity>.All,
        Axis.Resources => Codes<Resources>.All,
        Axis.Application => Codes<Application>.All,
        _ => Codes<OutputFormat>.All,
    };

    private static string Folder()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "catalog", "ruleset.yml")))
                return Path.Combine(at.FullName, "catalog");
        throw new DirectoryNotFoundException("catalog");
    }
}
