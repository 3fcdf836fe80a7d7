using System.Text.Json.Nodes;

namespace PromptForge.Web.Tests.ApiDocs;

/// <summary>What a client may rely on in an OpenAPI document, as lines; a line that goes, or a demand that comes, breaks somebody.</summary>
internal static class Contract
{
    private const int Deepest = 6;

    /// <returns>Why the new document breaks a client of the old one; empty when it does not.</returns>
    public static List<string> Breaks(JsonObject before, JsonObject after)
    {
        var (old, now) = (Promises(before), Promises(after));
        var (oldDemands, newDemands) = (Demands(before), Demands(after));
        return
        [
            .. old.Except(now).Select(p => $"gone: {p}"),
            // A demand of an operation that is itself new asks nothing of an old client.
            .. newDemands.Except(oldDemands).Where(d => old.Contains(d.Split(" needs ")[0])).Select(d => $"new demand: {d}"),
        ];
    }

    private static HashSet<string> Promises(JsonObject document)
    {
        var lines = new HashSet<string>();
        foreach (var (name, operation) in Operations(document))
        {
            lines.Add(name);
            foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
                lines.Add($"{name} takes {parameter!["in"]} {parameter["name"]}");
            foreach (var (type, content) in operation["requestBody"]?["content"]?.AsObject() ?? [])
                Members(document, content!["schema"], $"{name} takes {type}", lines, 0);
            foreach (var (status, response) in operation["responses"]?.AsObject() ?? [])
                if (status[0] == '2')
                    foreach (var (type, content) in response!["content"]?.AsObject() ?? [new("nothing", null)])
                        Members(document, content?["schema"], $"{name} {status} gives {type}", lines, 0);
        }

        return lines;
    }

    private static HashSet<string> Demands(JsonObject document)
    {
        var lines = new HashSet<string>();
        foreach (var (name, operation) in Operations(document))
        {
            foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
                if ((bool?)parameter!["required"] == true)
                    lines.Add($"{name} needs {parameter["in"]} {parameter["name"]}");
            foreach (var (_, content) in operation["requestBody"]?["content"]?.AsObject() ?? [])
                Required(document, content!["schema"], $"{name} needs ", "", lines, 0);
        }

        return lines;
    }

    private static IEnumerable<(string Name, JsonObject Operation)> Operations(JsonObject document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        where operation.Key is "get" or "post" or "put" or "patch" or "delete"
        select ($"{operation.Key.ToUpperInvariant()} {path.Key}", operation.Value!.AsObject());

    private static void Members(JsonObject document, JsonNode? schema, string at, HashSet<string> lines, int depth)
    {
        var found = Resolve(document, schema);
        lines.Add($"{at}: {Type(found)}");
        if (found is null || depth > Deepest)
            return;
        foreach (var (member, inner) in found["properties"]?.AsObject() ?? [])
            Members(document, inner, $"{at}/{member}", lines, depth + 1);
        if (found["items"] is { } items)
            Members(document, items, $"{at}[]", lines, depth + 1);
    }

    private static void Required(JsonObject document, JsonNode? schema, string prefix, string at, HashSet<string> lines, int depth)
    {
        if (Resolve(document, schema) is not { } found || depth > Deepest)
            return;
        foreach (var member in found["required"]?.AsArray() ?? [])
            lines.Add($"{prefix}{at}/{member}");
        foreach (var (member, inner) in found["properties"]?.AsObject() ?? [])
            Required(document, inner, prefix, $"{at}/{member}", lines, depth + 1);
    }

    private static JsonObject? Resolve(JsonObject document, JsonNode? schema)
    {
        if (schema is not JsonObject found)
            return null;
        if ((string?)found["$ref"] is { } reference)
            return reference[2..].Split('/').Aggregate((JsonNode?)document, (node, step) => node?[step])?.AsObject();
        // "nullable" is written as one of null and the type itself.
        return (found["oneOf"] ?? found["anyOf"])?.AsArray().FirstOrDefault(o => (string?)o!["type"] != "null") is { } real ? Resolve(document, real) : found;
    }

    private static string Type(JsonObject? schema) => schema?["type"] switch
    {
        JsonArray many => string.Join('|', many.Select(t => (string?)t).Where(t => t != "null").Order()),
        { } one => (string)one!,
        _ => "any",
    };
}
