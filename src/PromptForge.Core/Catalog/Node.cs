using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Catalog;

/// <summary>Short names for reading values that the JSON Schema has already vouched for.</summary>
internal static class Node
{
    public static JsonObject Object(this JsonObject node, string key) => node[key]!.AsObject();

    public static string Text(this JsonObject node, string key) => node[key]!.GetValue<string>();

    public static int Int(this JsonObject node, string key) => (int)node[key]!.GetValue<long>();

    public static int? IntOrNull(this JsonObject node, string key) => node[key] is { } value ? (int)value.GetValue<long>() : null;

    public static decimal Number(this JsonNode node) => node.GetValueKind() == JsonValueKind.Number ? decimal.Parse(node.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture) : 0;

    public static ImmutableArray<string> Texts(this JsonObject node, string key) => node[key] is JsonArray items ? [.. items.Select(i => i!.GetValue<string>())] : [];

    public static ImmutableDictionary<string, string> Map(this JsonObject node, string key) =>
        node.Object(key).ToImmutableDictionary(p => p.Key, p => p.Value!.GetValue<string>());

    public static JsonElement Element(this JsonNode node) => JsonSerializer.SerializeToElement(node);

    public static T Value<T>(this JsonObject node, string key) where T : struct, Enum =>
        Codes<T>.TryParse(node.Text(key), out var value) ? value : throw new FormatException($"{key}: {node.Text(key)}");

    public static Thresholds Thresholds(this JsonObject node) => new(
        node.IntOrNull("clarity_min"), node.IntOrNull("execution_min"), node.IntOrNull("ambiguity_max"), node.IntOrNull("alignment_min"), node.IntOrNull("business_fit_min"));

    public static ParameterSet Defaults(this JsonObject node, string domain, ImmutableArray<OutputFormat> outputs) => new(
        domain, node.Value<Scale>("scale"), node.Value<Urgency>("urgency"), node.Value<Complexity>("complexity"), node.Value<Resources>("resources"), node.Value<Application>("application"), outputs);

    public static OutputFormat Output(string code) => Codes<OutputFormat>.TryParse(code, out var value) ? value : throw new FormatException(code);
}
