using System.Text.Json.Nodes;
using PromptForge.Core;
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
    public Outcome<PromptParts> Read(PromptSource source)
    {
        if (catalog.FindModule(source.ModuleId) is not { } module || module.Version != source.ModuleVersion)
            return Changed($"The module {source.ModuleId} is no longer at version {source.ModuleVersion}.");
        var sevenD = SevenDParser.Normalize(source.SevenD, catalog);
        var inputs = InputReader.Read(JsonNode.Parse(source.Inputs)!.AsObject(), module.Inputs, catalog.Ruleset.Limits);
        return sevenD.Ok && inputs.Ok && Codes<Language>.TryParse(source.Language, out var language)
            ? new PromptParts(module, sevenD.Value, inputs.Value, language)
            : Changed("Its context or inputs are not accepted any more.");
    }

    /// <summary>The prompt byte for byte, or a fault.</summary>
    public Outcome<CompiledPrompt> Compile(PromptSource source)
    {
        var parts = Read(source);
        if (!parts.Ok)
            return parts.Faults.ToList();
        var prompt = compiler.Compile(parts.Value.Module, parts.Value.SevenD.Set, parts.Value.Inputs, parts.Value.Language);
        return prompt.Hash == source.Hash ? prompt : Changed("What it was compiled from has changed since.");
    }

    private static Fault Changed(string why) => new(Code, "", why + " Run the module again.");
}
