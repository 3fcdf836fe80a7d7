using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Runs;

/// <summary>Reads a module's inputs. A name that stands there twice leaves the serializer as something other than a fault of the JSON; here it is one.</summary>
public sealed class InputsConverter : JsonConverter<JsonObject>
{
    public override JsonObject? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException($"The JSON value could not be converted to {typeof(JsonObject)}.");
        var from = reader;
        try
        {
            return JsonSerializer.Deserialize<JsonObject>(ref reader, options);
        }
        catch (ArgumentException e)
        {
            throw new JsonException($"Duplicate property '{e.Message.Split("Key: ")[^1].Split(" (Parameter")[0]}' among the inputs.", e);
        }
        catch (Exception e) when (e is InvalidOperationException or JsonException && Half(ref from, "") is { } place)
        {
            throw new JsonException(ApiJson.HalfCharacter + place, e);
        }
    }

    public override void Write(Utf8JsonWriter writer, JsonObject value, JsonSerializerOptions options) => value.WriteTo(writer, options);

    /// <returns>The pointer to the first text that holds half a character, or to the object that has such a name.</returns>
    private static string? Half(ref Utf8JsonReader reader, string at)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return Text(ref reader) is null ? at : null;
            case JsonTokenType.StartArray:
                for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
                    if (Half(ref reader, $"{at}/{i}") is { } found)
                        return found;
                return null;
            case JsonTokenType.StartObject:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    if (Text(ref reader) is not { } name)
                        return at;
                    reader.Read();
                    if (Half(ref reader, $"{at}/{name}") is { } found)
                        return found;
                }

                return null;
            default:
                return null;
        }
    }

    private static string? Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
