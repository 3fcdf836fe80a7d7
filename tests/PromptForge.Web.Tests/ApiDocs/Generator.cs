using System.Text.Json.Nodes;

namespace PromptForge.Web.Tests.ApiDocs;

/// <summary>Makes bodies from an OpenAPI schema: good ones, and each good one spoilt in one way.</summary>
internal sealed class Generator(JsonObject document, Random random)
{
    private static readonly string[] Nasty = ["", " ", "\u0000", "\u202Eabc", "{{ 7*7 }}", "'; drop table orgs; --", "../../etc/passwd", "😀😀", "<script>alert(1)</script>", "-1", "NaN", "00000000-0000-0000-0000-000000000000", new('x', 5_000)];

    public JsonNode? Good(JsonNode? schema, int depth = 0)
    {
        if (Resolve(schema) is not { } found || depth > 6)
            return null;
        if (found["enum"] is JsonArray values)
            return values[random.Next(values.Count)]?.DeepClone();
        return Type(found) switch
        {
            "object" => Object(found, depth),
            "array" => new JsonArray([.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => Good(found["items"], depth + 1))]),
            "integer" => random.Next((int?)found["minimum"] ?? 1, ((int?)found["maximum"] ?? 100) + 1),
            "number" => Math.Round(random.NextDouble() * 100, 2),
            "boolean" => random.Next(2) == 0,
            "string" => Text(found),
            _ => "anything",
        };
    }

    /// <summary>A value of a parameter, as text.</summary>
    public string Parameter(JsonNode? schema, bool good) => good ? Good(schema)?.ToString() ?? "" : Nasty[random.Next(Nasty.Length)];

    /// <summary>Every way in which this body can be wrong that we know of, as raw text.</summary>
    public IEnumerable<string> Bad(JsonNode? schema)
    {
        yield return "";
        yield return "null";
        yield return "[]";
        yield return "\"text\"";
        yield return "{\"a\":";
        yield return string.Concat(Enumerable.Repeat("{\"a\":", 200)) + "1" + new string('}', 200);
        yield return "{\"unknown_member\":1}";
        if (Good(schema) is not JsonObject good || good.Count == 0)
            yield break;
        foreach (var (name, value) in good.ToList())
        {
            var without = good.DeepClone().AsObject();
            without.Remove(name);
            yield return without.ToJsonString();
            foreach (JsonNode? wrong in new JsonNode?[] { null, 12345, "\u0000", Nasty[random.Next(Nasty.Length)], true, new JsonArray(), new JsonObject(), new JsonArray(1, "x", null) })
            {
                var spoilt = good.DeepClone().AsObject();
                spoilt[name] = wrong;
                yield return spoilt.ToJsonString();
            }

            var text = good.ToJsonString();
            yield return $"{text[..^1]},\"{name}\":{value?.ToJsonString() ?? "null"}}}";
        }
    }

    public JsonObject? Resolve(JsonNode? schema)
    {
        if (schema is not JsonObject found)
            return null;
        if ((string?)found["$ref"] is { } reference)
            return Resolve(reference[2..].Split('/').Aggregate((JsonNode?)document, (node, step) => node?[step]));
        return (found["oneOf"] ?? found["anyOf"])?.AsArray().FirstOrDefault(o => (string?)o!["type"] != "null") is { } real ? Resolve(real) : found;
    }

    private static string? Type(JsonObject schema) => schema["type"] switch
    {
        JsonArray many => (string?)many.FirstOrDefault(t => (string?)t is not ("null" or "integer" or "number")) ?? (string?)many.FirstOrDefault(t => (string?)t != "null"),
        { } one => (string?)one,
        _ => schema["properties"] is null ? null : "object",
    };

    private JsonObject Object(JsonObject schema, int depth)
    {
        var required = schema["required"]?.AsArray().Select(r => (string)r!).ToHashSet() ?? [];
        var made = new JsonObject();
        foreach (var (name, inner) in schema["properties"]?.AsObject() ?? [])
            if (required.Contains(name) || random.Next(2) == 0)
                made[name] = Good(inner, depth + 1);
        return made;
    }

    private string Text(JsonObject schema)
    {
        if (schema["examples"] is JsonArray { Count: > 0 } examples)
            return (string)examples[0]!;
        return (string?)schema["format"] switch
        {
            "uuid" => Guid.CreateVersion7().ToString(),
            "date-time" => "2027-01-01T00:00:00Z",
            "date" => "2027-01-01",
            "email" => $"someone{random.Next(1_000_000)}@example.test",
            _ => "text " + random.Next(1_000_000),
        };
    }
}
