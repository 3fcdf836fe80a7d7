using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using PromptForge.Core.Catalog;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Scoring;

/// <summary>One requested part of an output, as far as it was found.</summary>
/// <param name="Fields">By field name; arrays, objects and texts. Extra keys of a JSON or YAML part are kept.</param>
/// <param name="Problem">Why the part is not what its format asks for; null when it is.</param>
public sealed record OutputPart(OutputFormat Format, JsonObject Fields, string? Problem);

/// <summary>An output read against its contract.</summary>
/// <param name="Fields">The module's fields, taken from the most structured part that holds each.</param>
public sealed record ParsedOutput(ImmutableArray<OutputPart> Parts, JsonObject Fields)
{
    /// <summary>Whether the field is there and not empty.</summary>
    /// <remarks>A repair's placeholder is not content.</remarks>
    public bool Has(string field) => Fields[field] is { } value && !IsEmpty(value) && !value.ToJsonString().Contains(OutputReader.Placeholder, StringComparison.OrdinalIgnoreCase);

    internal static bool IsEmpty(JsonNode? value) => value switch
    {
        null => true,
        JsonArray a => a.Count == 0 || a.All(IsEmpty),
        JsonObject o => o.Count == 0 || o.All(p => IsEmpty(p.Value)),
        _ => value.GetValueKind() == JsonValueKind.String && string.IsNullOrWhiteSpace(value.GetValue<string>()),
    };
}

/// <summary>Reads an output in the formats of its 7D: fenced JSON and YAML, Markdown with a heading a field, plain text with names in capitals.</summary>
public static class OutputReader
{
    public const string Escalation = "escalation_path";
    public const string Kpi = "kpi";
    public const string Missing = "missing";

    /// <summary>What a repair puts where a fact has to come; an artefact that holds one is not complete.</summary>
    public const string Placeholder = "[TBD]";

    internal static readonly JsonDocumentOptions Strict = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    public static ParsedOutput Read(string output, PromptContract contract)
    {
        var text = output.ReplaceLineEndings("\n");
        var documents = Documents(text, contract);
        var next = 0;
        var jsons = 0;
        var yamls = 0;
        var parts = contract.Set.Outputs.Select(format => format switch
        {
            OutputFormat.Json => Json(text, jsons++, contract.Set.Outputs.Length == 1),
            OutputFormat.Yaml => Yaml(text, yamls++),
            OutputFormat.Txt => Plain(text, contract.Module),
            OutputFormat.Bundle => Bundle(Heading(documents, next++, format), Json(text, jsons++, false)),
            OutputFormat.Diagram => Diagram(text, Heading(documents, next++, format)),
            _ => Heading(documents, next++, format),
        }).ToImmutableArray();
        return new(parts, Merge(parts, contract.Module));
    }

    private static JsonObject Merge(ImmutableArray<OutputPart> parts, Module module)
    {
        var fields = new JsonObject();
        var byStructure = parts.OrderBy(p => p.Format is OutputFormat.Json or OutputFormat.Bundle ? 0 : p.Format == OutputFormat.Yaml ? 1 : 2).ToList();
        foreach (var name in module.Fields.Select(f => f.Name).Prepend(Escalation).Concat([Kpi, Missing]))
            if (byStructure.Select(p => p.Fields[name]).FirstOrDefault(v => !ParsedOutput.IsEmpty(v)) is { } value)
                fields[name] = value.DeepClone();
        return fields;
    }

    private static OutputPart Json(string text, int index, bool alone)
    {
        var (body, bare) = Fences.Find(text, "json", index) is { } fenced ? (fenced, false) : (alone ? text.Trim() : null, true);
        if (body is null)
            return new(OutputFormat.Json, [], "There is no fenced `json` block.");
        try
        {
            if (JsonNode.Parse(body, documentOptions: Strict) is not JsonObject root)
                return new(OutputFormat.Json, [], "The `json` block must hold one object whose keys are the fields.");
            return new(OutputFormat.Json, root, bare ? "The JSON object must stand in a fenced `json` block." : null);
        }
        catch (JsonException)
        {
            return new(OutputFormat.Json, [], bare ? "There is no fenced `json` block." : "The `json` block is not valid JSON.");
        }
    }

    private static OutputPart Yaml(string text, int index)
    {
        if (Fences.Find(text, "yaml", index) is not { } body)
            return new(OutputFormat.Yaml, [], "There is no fenced `yaml` block.");
        var read = YamlDocument.Parse("output", body);
        return read.Ok ? new(OutputFormat.Yaml, read.Value.Root, null) : new(OutputFormat.Yaml, [], "The `yaml` block is not valid YAML.");
    }

    private static OutputPart Bundle(OutputPart markdown, OutputPart json)
    {
        var fields = json.Fields.DeepClone().AsObject();
        foreach (var (name, value) in markdown.Fields)
            if (!fields.ContainsKey(name))
                fields[name] = value?.DeepClone();
        return new(OutputFormat.Bundle, fields, markdown.Problem ?? json.Problem);
    }

    private static OutputPart Diagram(string text, OutputPart markdown) =>
        markdown with { Problem = Fences.Find(text, "mermaid", 0) is null ? "There is no fenced `mermaid` flowchart." : markdown.Problem };

    private static OutputPart Heading(List<JsonObject> documents, int index, OutputFormat format) => index < documents.Count
        ? new(format, documents[index], null)
        : new(format, [], "There is no Markdown part with one second-level heading per field.");

    /// <summary>The Markdown parts: a heading that names a field already seen opens the next one.</summary>
    private static List<JsonObject> Documents(string text, PromptContract contract)
    {
        var module = contract.Module;
        var documents = new List<JsonObject>();
        foreach (var (name, body) in Fences.Headings(text, contract.Set.Outputs.Contains(OutputFormat.Yaml)))
        {
            if (Known(name, module) is not { } field)
                continue;
            if (documents.Count == 0 || documents[^1].ContainsKey(field))
                documents.Add([]);
            documents[^1][field] = FieldText.Read(body, module.Fields.FirstOrDefault(f => f.Name == field));
        }

        return documents;
    }

    private static OutputPart Plain(string text, Module module)
    {
        var fields = new JsonObject();
        string? open = null;
        var body = new List<string>();
        foreach (var line in text.Split('\n').Append("\0"))
        {
            var name = line == "\0" ? "" : line.Trim().TrimEnd(':') is var t && t.Length > 1 && !t.Any(char.IsLower) ? Known(t, module) : null;
            if (name is null)
            {
                body.Add(line);
                continue;
            }

            if (open is not null && !fields.ContainsKey(open))
                fields[open] = FieldText.Read(string.Join('\n', body), module.Fields.FirstOrDefault(f => f.Name == open));
            open = name;
            body.Clear();
        }

        return new(OutputFormat.Txt, fields, fields.Count == 0 ? "No field starts with its name in capitals on a line of its own." : null);
    }

    private static string? Known(string heading, Module module)
    {
        var name = FieldText.Name(heading);
        return name is Escalation or Kpi or Missing ? name : module.Fields.FirstOrDefault(f => f.Name == name)?.Name;
    }
}
