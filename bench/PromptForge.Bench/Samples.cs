using System.Text.Json.Nodes;
using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;

namespace PromptForge.Bench;

internal static class Samples
{
    /// <summary>The module's own example.</summary>
    public static ModuleInputs Inputs(Module module) => InputReader.Read(JsonNode.Parse(module.Definition)!["example_input"]!.AsObject(), module.Inputs, null).Value;
}
