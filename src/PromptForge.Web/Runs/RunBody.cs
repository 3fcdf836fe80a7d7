using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PromptForge.Core.SevenD;

namespace PromptForge.Web.Runs;

/// <summary>What a caller sends to run a module.</summary>
public record RunBody
{
    /// <summary>The context; <c>domain</c> is required, every other axis has the domain's default.</summary>
    public SevenDRequest? SevenD { get; init; }

    /// <summary>The module's inputs by name; <c>GET /api/modules/{module_id}</c> lists them.</summary>
    [JsonConverter(typeof(InputsConverter))]
    public JsonObject? Inputs { get; init; }

    /// <summary><c>generation</c> compiles, scores and seals the prompt; <c>test</c> (the default) also has it answered.</summary>
    public string? Type { get; init; }

    /// <summary>A model of the price list, or <c>offline</c>. Without one the run takes the default.</summary>
    public string? Model { get; init; }

    /// <summary><c>en</c> (the default) or <c>ro</c>.</summary>
    public string? Language { get; init; }

    /// <summary>The slug of a project of the organisation.</summary>
    public string? Project { get; init; }

    /// <summary>Of <c>md</c>, <c>json</c>, <c>pdf</c>, <c>zip</c>; <c>txt</c> is always there. Without it: all that the plan exports.</summary>
    public IReadOnlyList<string?>? Formats { get; init; }

    /// <summary>Mask personal data in the inputs before anything is compiled or stored.</summary>
    public bool Anonymise { get; init; }
}

/// <summary>The same inside an organisation, where the module stands in the body.</summary>
public sealed record OrgRunBody : RunBody
{
    public required string ModuleId { get; init; }
}
