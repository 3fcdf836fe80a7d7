using System.Text.Json;
using Microsoft.OpenApi;

namespace PromptForge.Web.ApiDocs;

/// <summary>
/// The generator writes "null, or this" as <c>oneOf</c>, although what follows may allow null too and then both hold; and it lets an enumeration be null everywhere
/// where it may be null somewhere.
/// </summary>
internal static class SchemaRepairs
{
    public static void Apply(OpenApiDocument document)
    {
        if (document.Components?.Schemas is not { } schemas)
            return;
        foreach (var (name, schema) in schemas)
        {
            if (schema is OpenApiSchema { Enum: { } values })
                foreach (var none in values.Where(v => v is null || v.GetValueKind() == JsonValueKind.Null).ToList())
                    values.Remove(none);
            if (name == "JsonObject" && schema is OpenApiSchema any)
                any.Type = JsonSchemaType.Object;
            Walk(schema);
        }
    }

    private static void Walk(IOpenApiSchema? schema)
    {
        if (schema is not OpenApiSchema own)
            return;
        if (own.OneOf is { Count: > 0 } choices && choices.Any(c => c is OpenApiSchema { Type: JsonSchemaType.Null }))
            (own.AnyOf, own.OneOf) = (choices, null);
        foreach (var inner in (own.Properties?.Values ?? []).Concat(own.AnyOf ?? []).Append(own.Items).Append(own.AdditionalProperties))
            Walk(inner);
    }
}
