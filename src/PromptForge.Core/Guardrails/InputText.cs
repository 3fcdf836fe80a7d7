using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PromptForge.Core.Guardrails;

/// <summary>The client's values as plain text.</summary>
internal static class InputText
{
    public static string Join(JsonNode? values)
    {
        var text = new StringBuilder();
        Append(values, text);
        return text.ToString();
    }

    /// <summary>The values without their keys.</summary>
    public static string Values(JsonNode? node) => node switch
    {
        JsonObject o => string.Join('\n', o.Select(p => Values(p.Value))),
        JsonArray a => string.Join('\n', a.Select(Values)),
        _ => Scalar(node),
    };

    /// <summary>A text or number as written; an object or array as its parts.</summary>
    public static string Scalar(JsonNode? value) => value switch
    {
        null => "",
        JsonValue v when v.GetValueKind() == JsonValueKind.String => v.GetValue<string>(),
        _ => value.ToJsonString(),
    };

    private static void Append(JsonNode? value, StringBuilder text)
    {
        switch (value)
        {
            case JsonObject o:
                foreach (var (key, child) in o)
                {
                    text.Append(key).Append('\n');
                    Append(child, text);
                }

                break;
            case JsonArray a:
                foreach (var child in a)
                    Append(child, text);
                break;
            default:
                text.Append(Scalar(value)).Append('\n');
                break;
        }
    }
}
