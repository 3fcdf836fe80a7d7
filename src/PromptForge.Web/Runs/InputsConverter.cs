using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace PromptForge.Web.Runs;

/// <summary>Reads a module's inputs. A name that stands there twice leaves the serializer as something other than a fault of the JSON; here it is one.</summary>
public sealed class InputsConverter : JsonConverter<JsonObject>
{
    public override JsonObject? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonObject>(ref reader, options);
        }
        catch (ArgumentException e)
        {
            throw new JsonException($"Duplicate property '{e.Message.Split("Key: ")[^1].Split(" (Parameter")[0]}' among the inputs.", e);
        }
    }

    public override void Write(Utf8JsonWriter writer, JsonObject value, JsonSerializerOptions options) => value.WriteTo(writer, options);
}
