using System.Collections.Frozen;
using System.Collections.Immutable;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Catalog;

/// <summary>The product's content, read once, never changed: modules, domains, the prompt standard, rules, plans, packs, models.</summary>
public sealed class ProductCatalog
{
    private readonly FrozenDictionary<string, Module> modules;
    private readonly FrozenDictionary<string, Domain> domains;

    internal ProductCatalog(
        IEnumerable<Module> modules, IEnumerable<Domain> domains, PromptStandard en, PromptStandard ro, Ruleset ruleset,
        ImmutableArray<Plan> plans, ImmutableArray<Pack> packs, ImmutableArray<LanguageModel> models, ImmutableArray<FileVersion> files)
    {
        Modules = [.. modules.OrderBy(m => m.Id, StringComparer.Ordinal)];
        Domains = [.. domains.OrderBy(d => d.Code, StringComparer.Ordinal)];
        DomainCodes = [.. Domains.Select(d => d.Code)];
        this.modules = Modules.ToFrozenDictionary(m => m.Id, StringComparer.OrdinalIgnoreCase);
        this.domains = Domains.SelectMany(d => new[] { (d.Code, d), (d.Name, d) }.DistinctBy(p => p.Item1.ToUpperInvariant()))
            .ToFrozenDictionary(p => p.Item1, p => p.d, StringComparer.OrdinalIgnoreCase);
        En = en;
        Ro = ro;
        Ruleset = ruleset;
        Plans = plans;
        Packs = packs;
        Models = models;
        Files = files;
    }

    public ImmutableArray<Module> Modules { get; }
    public ImmutableArray<Domain> Domains { get; }
    public IReadOnlyList<string> DomainCodes { get; }
    public PromptStandard En { get; }
    public PromptStandard Ro { get; }
    public Ruleset Ruleset { get; }
    public ImmutableArray<Plan> Plans { get; }
    public ImmutableArray<Pack> Packs { get; }
    public ImmutableArray<LanguageModel> Models { get; }

    /// <summary>The files whose version is theirs as a whole: the prompt standards and the models.</summary>
    public ImmutableArray<FileVersion> Files { get; }

    /// <summary>By id, in any case.</summary>
    public Module? FindModule(string id) => modules.GetValueOrDefault(id);

    /// <summary>By code or label, in any case.</summary>
    public Domain? FindDomain(string codeOrLabel) => domains.GetValueOrDefault(codeOrLabel);

    public Plan? FindPlan(string code) => Plans.FirstOrDefault(p => string.Equals(p.Code, code, StringComparison.OrdinalIgnoreCase));

    public PromptStandard Standard(Language language) => language == Language.Ro ? Ro : En;
}

/// <summary>A plan and what it opens; null <see cref="Modules"/> means all.</summary>
public sealed record Plan(
    string Code, string Name, int RetentionDays, ImmutableArray<string>? Modules, int LiveRunsPerHour, int LiveRunsPerMonth, ImmutableSortedDictionary<string, bool> Flags);

/// <summary>An industry pack: modules, presets and rules that it adds.</summary>
public sealed record Pack(
    string Code, string Version, string Name, string Domain, string MinPlan, decimal PriceEurPerYear, ImmutableArray<string> Modules,
    ParameterSet Defaults, ImmutableArray<OutputFormat> RequiredOutputs, ImmutableArray<string> Rules, string ContentHash, string Definition);

/// <summary>A file of the catalogue, such as "standard/en.yaml", and the SHA-256 of what it says.</summary>
public sealed record FileVersion(string Name, string Version, string ContentHash);

/// <summary>A language model and what it costs, newest price last.</summary>
public sealed record LanguageModel(string Name, string Provider, bool Simulated, ImmutableArray<ModelPrice> Prices);

/// <summary>USD per million tokens, from a day on.</summary>
public sealed record ModelPrice(DateOnly From, decimal Input, decimal CachedInput, decimal Output);
