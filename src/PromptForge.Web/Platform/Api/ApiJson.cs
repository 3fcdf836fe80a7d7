using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PromptForge.Web.Platform.Api;

/// <summary>JSON as the API speaks it: snake_case, strict about what comes in (unknown, doubled and misnamed members are refused by name), nothing omitted that is null by meaning.</summary>
public static class ApiJson
{
    public const int MaxDepth = 16;

    internal const string NullCharacter = "A text holds a null character.";

    /// <summary>The place within the value follows.</summary>
    internal const string HalfCharacter = "A text holds half a character at ";

    private const string NotText = "The JSON value could not be converted to System.String.";

    public static readonly JsonSerializerOptions Options = Make();

    public static void Apply(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.DictionaryKeyPolicy = null;
        options.PropertyNameCaseInsensitive = false;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.MaxDepth = MaxDepth;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        // The answers are JSON for programs, never put into a page as they are.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(new TextConverter());
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
    }

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Apply(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>No text of ours holds a null character, and the database refuses one; said here, it is the caller's fault and has its place.</summary>
    private sealed class TextConverter : JsonConverter<string>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            try
            {
                return Checked(reader.GetString());
            }
            catch (InvalidOperationException e)
            {
                // The serializer would name the object around it.
                throw new JsonException(NotText, e);
            }
        }

        public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Checked(reader.GetString())!;

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

        public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(value);

        private static string? Checked(string? text) => text?.Contains('\0', StringComparison.Ordinal) == true ? throw new JsonException(NullCharacter) : text;
    }
}
