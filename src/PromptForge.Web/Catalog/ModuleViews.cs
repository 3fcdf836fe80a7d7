using System.Text.Json;
using PromptForge.Core.Catalog;
using PromptForge.Core.SevenD;

namespace PromptForge.Web.Catalog;

/// <summary>What everybody may know of a module.</summary>
/// <param name="RequiredPlan">The smallest plan that opens it.</param>
public sealed record ModuleItem(string ModuleId, string Name, IReadOnlyList<int> Vectors, string Summary, string? RequiredPlan, string Version)
{
    internal static ModuleItem Of(Module module, Language language, ProductCatalog catalog)
    {
        var text = module.In(language);
        return new(module.Id, text.Name, module.Vectors, text.Purpose, catalog.Plans.FirstOrDefault(p => p.Modules is null || p.Modules.Value.Contains(module.Id))?.Code, module.Version);
    }
}

/// <summary>A module; <see cref="Contract"/> is for callers whose organisation may use it, and null for everybody else.</summary>
public sealed record ModuleDetail(string ModuleId, string Name, IReadOnlyList<int> Vectors, string Summary, string? RequiredPlan, string Version, ModuleContract? Contract)
{
    internal static ModuleDetail Of(ModuleItem item, ModuleContract? contract) => new(item.ModuleId, item.Name, item.Vectors, item.Summary, item.RequiredPlan, item.Version, contract);
}

/// <summary>What goes in, what comes out, and what holds for it.</summary>
public sealed record ModuleContract(
    string ContentHash, string Goal, string Success, IReadOnlyList<ProcessStepView> Process, IReadOnlyList<ModuleInputView> Inputs, ModuleOutputView Output, ModuleKpi Kpi, ModuleGuardrails Guardrails,
    IReadOnlyList<string> Dependencies, IReadOnlyDictionary<string, JsonElement> ExampleInput, IReadOnlyList<ModuleTestView> Tests)
{
    internal static ModuleContract Of(Module module, Language language)
    {
        var text = module.In(language);
        return new(
            module.ContentHash, text.Goal, text.Success,
            [.. text.Process.Select((s, i) => new ProcessStepView(s.Step, s.Detail, module.StepsFrom[i]))],
            [.. module.Inputs.Select(i => new ModuleInputView(i.Key, i.Type, i.Required, text.Inputs[i.Key], i.Options, i.Type != InputType.Array ? null : i.ObjectItems ? "object" : "string", i.MinItems, i.MaxItems, i.Min, i.Max, i.MinLength))],
            new(module.ArtifactType, [.. module.Fields.Select(f => new OutputFieldView(f.Name, f.Type, f.Required, text.Fields[f.Name], f.Keys))]),
            new(module.ScoreMin, module.Targets.ToDictionary(t => t.Name, t => t.Target)),
            new(module.Flags, text.StyleRules), module.Dependencies, module.ExampleInput,
            [.. module.Tests.Select(t => new ModuleTestView(t.Id, t.Name, [.. t.Assertions.Select(a => new AssertionView(a.Check, a.Field, a.Key, a.Value, a.Tolerance, a.Pattern, a.Values))]))]);
    }
}

/// <param name="From">The least complexity at which the step appears.</param>
public sealed record ProcessStepView(string Step, string? Detail, Complexity From);

public sealed record ModuleInputView(
    string Key, InputType Type, bool Required, string Description, IReadOnlyList<string> Options, string? Items, int? MinItems, int? MaxItems, decimal? Min, decimal? Max, int? MinLength);

public sealed record ModuleOutputView(string ArtifactType, IReadOnlyList<OutputFieldView> Fields);

/// <param name="Keys">Of each item, where items are objects.</param>
public sealed record OutputFieldView(string Name, FieldType Type, bool Required, string About, IReadOnlyList<string> Keys);

public sealed record ModuleKpi(int ScoreMin, IReadOnlyDictionary<string, decimal> Targets);

public sealed record ModuleGuardrails(IReadOnlyList<string> Flags, IReadOnlyList<string> StyleRules);

public sealed record ModuleTestView(string Id, string Name, IReadOnlyList<AssertionView> Assertions);

public sealed record AssertionView(string Check, string? Field, string? Key, decimal? Value, decimal? Tolerance, string? Pattern, IReadOnlyList<string> Values);

public sealed record ModuleVersionItem(string Version, string ContentHash, bool Current, string? Changelog, DateTimeOffset CreatedAt);
