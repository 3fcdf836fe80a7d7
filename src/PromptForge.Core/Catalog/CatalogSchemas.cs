using NJsonSchema;
using NJsonSchema.Validation;

namespace PromptForge.Core.Catalog;

/// <summary>The JSON Schemas of <c>catalog/schema</c>, and a file's faults against them in words with file and line.</summary>
internal sealed class CatalogSchemas
{
    private readonly Dictionary<string, JsonSchema> schemas = [];

    /// <param name="files">Name ("module") to the schema's text.</param>
    public static async Task<CatalogSchemas> ReadAsync(IEnumerable<(string Name, string Text)> files, CancellationToken cancel)
    {
        var read = new CatalogSchemas();
        foreach (var (name, text) in files)
            read.schemas[name] = await JsonSchema.FromJsonAsync(text, cancel).ConfigureAwait(false);
        return read;
    }

    public IEnumerable<Fault> Check(string name, YamlDocument document)
    {
        if (!schemas.TryGetValue(name, out var schema))
        {
            yield return new(CatalogReader.Code, $"catalog/schema/{name}.schema.json", "This schema is missing.");
            yield break;
        }

        foreach (var error in schema.Validate(document.Root.ToJsonString()).SelectMany(Leaves).Take(50))
            yield return new(CatalogReader.Code, document.Place(Pointer(error)), Message(error));
    }

    private static IEnumerable<ValidationError> Leaves(ValidationError error) =>
        error is ChildSchemaValidationError { Errors.Count: > 0 } parent && parent.Kind != ValidationErrorKind.NotAnyOf
            ? parent.Errors.SelectMany(e => e.Value).SelectMany(Leaves)
            : [error];

    // NJsonSchema says "#/process[2].from"; the document's lines are kept by JSON pointer.
    private static string Pointer(ValidationError error) =>
        (error.Path ?? "").TrimStart('#').Replace('.', '/').Replace("[", "/", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal);

    private static string Message(ValidationError error)
    {
        var name = error.Property ?? "the file";
        var schema = error.Schema;
        return error.Kind switch
        {
            ValidationErrorKind.PropertyRequired => $"\"{name}\" is missing.",
            ValidationErrorKind.NoAdditionalPropertiesAllowed => $"\"{name}\" is not a known key here. Known: {string.Join(", ", schema.Properties.Keys)}.",
            ValidationErrorKind.NotInEnumeration => $"\"{name}\" must be one of: {string.Join(", ", schema.Enumeration)}.",
            ValidationErrorKind.StringTooLong => $"\"{name}\" is longer than {schema.MaxLength} characters.",
            ValidationErrorKind.StringTooShort => $"\"{name}\" is empty.",
            ValidationErrorKind.PatternMismatch => $"\"{name}\" does not have the form {schema.Pattern}.",
            ValidationErrorKind.TooManyItems => $"\"{name}\" has more than {schema.MaxItems} entries.",
            ValidationErrorKind.TooFewItems => $"\"{name}\" has fewer than {schema.MinItems} entries.",
            ValidationErrorKind.ItemsNotUnique => $"\"{name}\" has an entry twice.",
            ValidationErrorKind.NumberTooBig => $"\"{name}\" is greater than {schema.Maximum}.",
            ValidationErrorKind.NumberTooSmall => $"\"{name}\" is less than {schema.Minimum}.",
            _ => $"\"{name}\" has the wrong form ({error.Kind}).",
        };
    }
}
