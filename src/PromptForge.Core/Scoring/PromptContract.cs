using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Scoring;

/// <summary>What a text is held against: the module, the 7D, the prompt standard and rules of one catalogue, and the client's values.</summary>
public sealed record PromptContract(ProductCatalog Catalog, Module Module, Domain Domain, ParameterSet Set, Language Language, ModuleInputs Inputs)
{
    private EffectiveThresholds? thresholds;

    public EffectiveThresholds Thresholds => thresholds ??= ThresholdResolver.Resolve(Catalog.Ruleset, Module, Domain, Set);

    public static PromptContract Of(ProductCatalog catalog, Module module, ParameterSet set, Language language, ModuleInputs inputs) =>
        new(catalog, module, catalog.FindDomain(set.Domain) ?? throw new ArgumentException($"No domain {set.Domain}.", nameof(set)), set, language, inputs);
}
