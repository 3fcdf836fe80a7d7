using System.Collections.Frozen;
using PromptForge.Core.Catalog;

namespace PromptForge.Web.Catalog;

/// <summary>The catalogue as it goes over the wire, made once at start: content is versioned and does not change while a node runs.</summary>
internal sealed class CatalogAnswers
{
    private readonly FrozenDictionary<(string, Language), ModuleAnswers> _modules;
    private readonly FrozenDictionary<(string, Language), Prepared> _domains;
    private readonly FrozenDictionary<Language, Prepared> _moduleLists;
    private readonly FrozenDictionary<Language, Prepared> _domainLists;
    private readonly ProductCatalog _catalog;

    public CatalogAnswers(ProductCatalog catalog)
    {
        _catalog = catalog;
        var languages = Enum.GetValues<Language>();
        _modules = languages.SelectMany(l => catalog.Modules.Select(m => ((m.Id, l), ModuleAnswers.Of(m, l, catalog)))).ToFrozenDictionary(p => p.Item1, p => p.Item2);
        _domains = languages.SelectMany(l => catalog.Domains.Select(d => ((d.Code, l), Prepared.Public(DomainDetail.Of(d, l))))).ToFrozenDictionary(p => p.Item1, p => p.Item2);
        _moduleLists = languages.ToFrozenDictionary(l => l, l => Prepared.List(catalog.Modules.Select(m => _modules[(m.Id, l)].Item)));
        _domainLists = languages.ToFrozenDictionary(l => l, l => Prepared.List(catalog.Domains.Select(d => Prepared.Public(DomainItem.Of(d, l)))));
        Ruleset = Prepared.Public(new RulesetView(catalog.Ruleset.Version, "sha256:" + catalog.Ruleset.ContentHash, catalog.Ruleset.Gate));
    }

    public Prepared Ruleset { get; }

    public ModuleAnswers Of(Module module, Language language) => _modules[(module.Id, language)];

    public Prepared Of(Domain domain, Language language) => _domains[(domain.Code, language)];

    public Prepared Domains(Language language) => _domainLists[language];

    /// <param name="words">All of them stand in the id, the name or the summary.</param>
    public Prepared Modules(Language language, int? vector, Plan? plan, IReadOnlyList<string> words) => vector is null && plan is null && words.Count == 0
        ? _moduleLists[language]
        : Prepared.List(_catalog.Modules.Where(m => (vector is not { } v || m.Vectors.Contains(v)) && (plan?.Modules is not { } open || open.Contains(m.Id)))
            .Select(m => _modules[(m.Id, language)]).Where(m => words.All(w => m.Text.Contains(w, StringComparison.Ordinal))).Select(m => m.Item));
}

/// <param name="Text">What is searched, in plain letters.</param>
internal sealed record ModuleAnswers(Prepared Item, Prepared Public, Prepared Full, string Text)
{
    public static ModuleAnswers Of(Module module, Language language, ProductCatalog catalog)
    {
        var item = ModuleItem.Of(module, language, catalog);
        return new(Prepared.Public(item), Prepared.Public(ModuleDetail.Of(item, null)), Prepared.Private(ModuleDetail.Of(item, ModuleContract.Of(module, language))), PlainText.Of($"{item.ModuleId} {item.Name} {item.Summary}"));
    }
}
