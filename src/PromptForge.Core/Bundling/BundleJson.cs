using System.Globalization;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Bundling;

/// <summary>How every JSON file of a bundle is written: snake case, two spaces, LF, letters as they are, one order.</summary>
internal static class BundleJson
{
    private static readonly JsonWriterOptions Readable = new()
    {
        Indented = true,
        IndentSize = 2,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonWriterOptions Compact = Readable with { Indented = false };

    public static Utf8JsonWriter Open(ByteBuffer to)
    {
        var json = new Utf8JsonWriter(to, Readable);
        json.WriteStartObject();
        return json;
    }

    public static void Close(this Utf8JsonWriter json, ByteBuffer to)
    {
        json.WriteEndObject();
        json.Dispose();
        to.Text("\n");
    }

    public static string Stamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Without trailing zeros: a value gives the same digits before and after it was in a database.</summary>
    public static decimal Plain(decimal value) => value / 1.000000000000000000000000000000m;

    public static void WriteSevenD(this Utf8JsonWriter json, ParameterSet set)
    {
        json.WriteStartObject("final_7d"u8);
        for (var axis = Axis.Domain; axis < Axis.Output; axis++)
            json.WriteString(axis.Code(), set[axis]);
        json.WriteStartArray("output_formats"u8);
        foreach (var output in set.Outputs)
            json.WriteStringValue(output.Code());
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteString("signature_7d"u8, set.Signature);
    }

    public static void WriteAxes(this Utf8JsonWriter json, Score score)
    {
        for (var axis = ScoreAxis.Clarity; axis <= ScoreAxis.BusinessFit; axis++)
            json.WriteNumber(Codes<ScoreAxis>.Of(axis), score[axis]);
        json.WriteNumber("total"u8, score.Total);
        json.WriteString("verdict"u8, Codes<Verdict>.Of(score.Verdict));
    }

    /// <summary>A client's object: the keys in <paramref name="first"/> in that order, all others, at every depth, by ordinal.</summary>
    /// <remarks>A store such as jsonb does not keep the order of keys, and a bundle made again has to be the same.</remarks>
    public static void WriteOrdered(this Utf8JsonWriter json, JsonNode? node, IEnumerable<string> first, int depth = 0)
    {
        if (depth > 64)
            throw new ArgumentException("A value is nested more than 64 levels deep.", nameof(node));
        switch (node)
        {
            case null:
                json.WriteNullValue();
                break;
            case JsonObject map:
                json.WriteStartObject();
                foreach (var key in first)
                {
                    if (!map.TryGetPropertyValue(key, out var value))
                        continue;
                    json.WritePropertyName(key);
                    json.WriteOrdered(value, [], depth + 1);
                }

                var rest = map.Where(p => !first.Contains(p.Key)).ToList();
                rest.Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key));
                foreach (var (key, value) in rest)
                {
                    json.WritePropertyName(key);
                    json.WriteOrdered(value, [], depth + 1);
                }

                json.WriteEndObject();
                break;
            case JsonArray list:
                json.WriteStartArray();
                foreach (var item in list)
                    json.WriteOrdered(item, [], depth + 1);
                json.WriteEndArray();
                break;
            case JsonValue value:
                WriteScalar(json, value);
                break;
        }
    }

    /// <summary>SHA-256, lower hex, of a client's object with all keys by ordinal and no white space.</summary>
    public static string HashOf(JsonObject value)
    {
        using var buffer = new ByteBuffer(4096);
        using (var json = new Utf8JsonWriter(buffer, Compact))
            json.WriteOrdered(value, []);
        return Hash(buffer.Written);
    }

    public static string Hash(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(data, hash);
        return Convert.ToHexStringLower(hash);
    }

    // Text goes through the writer's own escaping whatever encoder made the node; numbers keep the digits they came with.
    private static void WriteScalar(Utf8JsonWriter json, JsonValue value)
    {
        if (value.TryGetValue<string>(out var text))
            json.WriteStringValue(text);
        else if (value.TryGetValue<decimal>(out var number))
            json.WriteNumberValue(Plain(number));
        else
            value.WriteTo(json);
    }
}
