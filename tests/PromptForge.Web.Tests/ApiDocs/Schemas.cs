using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace PromptForge.Web.Tests.ApiDocs;

/// <summary>The document's schemas, as JSON Schema 2020-12 knows them.</summary>
internal sealed class Schemas(JsonObject document)
{
    private readonly string shared = (document["components"]?["schemas"]?.ToJsonString() ?? "{}").Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal);
    private readonly Dictionary<string, JsonSchema> built = [];

    public string? Breach(JsonNode? schema, JsonNode? value)
    {
        if (schema is null)
            return null;
        var text = schema.ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal);
        if (!built.TryGetValue(text, out var known))
            built[text] = known = JsonSchema.FromText($$"""{"$schema":"https://json-schema.org/draft/2020-12/schema","$defs":{{shared}},"allOf":[{{text}}]}""");
        var result = known.Evaluate(JsonSerializer.SerializeToElement(value), new EvaluationOptions { OutputFormat = OutputFormat.List });
        return result.IsValid ? null : "the body breaks its schema: " + string.Join("; ", (result.Details ?? []).Where(d => d.Errors is not null).SelectMany(d => d.Errors!.Select(e => $"{d.InstanceLocation} {e.Value}")).Take(3));
    }
}
