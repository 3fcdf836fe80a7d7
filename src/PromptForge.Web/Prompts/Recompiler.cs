using System.Text.Json.Nodes;
using PromptForge.Core;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;

namespace PromptForge.Web.Prompts;

/// <summary>What a prompt was compiled from, as it is stored.</summary>
public sealed record PromptSource(string ModuleId, string ModuleVersion, SevenDRequest SevenD, string Inputs, string Language, string Hash);

/// <summary>The same, read and checked against the catalogue.</summary>
public sealed record PromptParts(Module Module, Normalized SevenD, ModuleInputs Inputs, Language Language);

/// <summary>
/// Compiles a stored prompt again, to have its lines and their causes: only the text is stored. Where the catalogue has moved on it says so, because anything else would pass for the old prompt.
/// </summary>
public sealed class Recompiler(ProductCatalog catalog, PromptCompiler compiler)
{
    public const string Code = "CATALOG_CHANGED";

    /// <summary>The parts are as they were; the rules around them may have changed.</summary>
    public Outcome<PromptParts> Read(PromptSource source) => catalog.FindModule(source.ModuleId) is { } module && module.Version == source.ModuleVersion
        ? Today(source)
        : Changed($"The module {source.ModuleId} is no longer at version {source.ModuleVersion}.");

    /// <summary>The prompt byte for byte, or a fault.</summary>
    public Outcome<CompiledPrompt> Compile(PromptSource source)
    {
        var parts = Read(source);
        if (!parts.Ok)
            return parts.Faults.ToList();
        var prompt = Compile(parts.Value);
        return prompt.Hash == source.Hash ? prompt : Changed("What it was compiled from has changed since.");
    }

    /// <summary>The prompt as it would be today, and whether and why that is another one.</summary>
    internal Recompiled Again(StoredPrompt stored)
    {
        var parts = Today(stored.Source);
        if (!parts.Ok)
            return new(null, false, [$"module {stored.ModuleId} {stored.ModuleVersion} or its context, which the catalogue no longer takes as they were"]);
        var again = Compile(parts.Value);
        return again.Hash == stored.Hash ? new(again, true, []) : new(again, false, Since(stored, again));
    }

    private CompiledPrompt Compile(PromptParts parts) => compiler.Compile(parts.Module, parts.SevenD.Set, parts.Inputs, parts.Language);

    /// <summary>With whatever version of the module there is.</summary>
    private Outcome<PromptParts> Today(PromptSource source)
    {
        if (catalog.FindModule(source.ModuleId) is not { } module)
            return Changed($"There is no module {source.ModuleId} any more.");
        var sevenD = SevenDParser.Normalize(source.SevenD, catalog);
        // They were within the limits when they came; masking may have made them longer.
        var inputs = InputReader.Read(JsonNode.Parse(source.Inputs)!.AsObject(), module.Inputs, limits: null);
        return sevenD.Ok && inputs.Ok && Codes<Language>.TryParse(source.Language, out var language)
            ? new PromptParts(module, sevenD.Value, inputs.Value, language)
            : Changed("Its context or inputs are not accepted any more.");
    }

    private static IReadOnlyList<string> Since(StoredPrompt stored, CompiledPrompt again) => PromptLockAnswer.Read(stored.Lock) is { } locked
        ? [.. PromptRecord.Drift(locked.With(again.Lock.SevenD, again.Lock.Language), again.Lock)]
        : [$"module {stored.ModuleId}: {stored.ModuleVersion} -> {again.Lock.Module.Version}", $"ruleset: {stored.RulesetVersion} -> {again.Lock.Ruleset.Version}"];

    private static Fault Changed(string why) => new(Code, "", why + " Run the module again.");
}

/// <summary>A stored prompt compiled again with the catalogue of today.</summary>
/// <param name="Prompt">Null where today's module, domain or 7D no longer take what was given then.</param>
/// <param name="Same">The bytes are those that were stored, so whatever is told of the lines holds for them.</param>
/// <param name="ChangedSince">What of the catalogue is not what it was.</param>
internal sealed record Recompiled(CompiledPrompt? Prompt, bool Same, IReadOnlyList<string> ChangedSince);
