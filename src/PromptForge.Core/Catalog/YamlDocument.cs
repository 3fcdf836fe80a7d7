using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace PromptForge.Core.Catalog;

/// <summary>A YAML file as JSON, with the line of every value. Anchors, aliases, tags, several documents and deep nesting are refused.</summary>
internal sealed class YamlDocument
{
    public const int MaxCharacters = 1_000_000;
    private const int MaxDepth = 24;

    private readonly Dictionary<string, int> lines = [];
    private readonly string path;

    private YamlDocument(string path) => this.path = path;

    public JsonObject Root { get; private set; } = [];

    /// <summary>"file:line" of the value at a JSON pointer, or of its nearest parent.</summary>
    public string Place(string pointer)
    {
        for (var at = pointer; ; at = at[..at.LastIndexOf('/')])
        {
            if (lines.TryGetValue(at, out var line))
                return $"{path}:{line}";
            if (at.Length == 0)
                return path;
        }
    }

    public static Outcome<YamlDocument> Parse(string path, string text)
    {
        if (text.Length > MaxCharacters)
            return new Fault(CatalogReader.Code, path, $"The file has {text.Length:N0} characters; {MaxCharacters:N0} are allowed.");
        var document = new YamlDocument(path);
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            parser.Consume<DocumentStart>();
            if (document.Read(parser, "", 0) is not JsonObject root)
                return new Fault(CatalogReader.Code, $"{path}:1", "The file must hold a mapping (key: value lines).");
            parser.Consume<DocumentEnd>();
            if (parser.TryConsume<DocumentStart>(out var second))
                return new Fault(CatalogReader.Code, $"{path}:{second.Start.Line}", "One document a file: remove the second one.");
            document.Root = root;
            return document;
        }
        catch (YamlException e)
        {
            return new Fault(CatalogReader.Code, $"{path}:{e.Start.Line}", $"This is not valid YAML: {Reason(e)}");
        }
        catch (InvalidOperationException)
        {
            // The scanner's own answer to some broken flow sequences; it carries no place.
            return new Fault(CatalogReader.Code, $"{path}:{document.lines.Values.Max()}", "This is not valid YAML: a bracket or a quote is opened here and never closed.");
        }
    }

    private static string Reason(YamlException e) => (e.InnerException ?? e).Message.TrimEnd('.') + ".";

    private JsonNode? Read(Parser parser, string pointer, int depth)
    {
        var start = parser.Current ?? throw new YamlException("The file is empty or ends in the middle of a value.");
        lines[pointer] = (int)start.Start.Line;
        if (depth > MaxDepth)
            throw new YamlException(start.Start, start.End, $"values are nested more than {MaxDepth} deep");
        if (start is NodeEvent { Anchor.IsEmpty: false } or AnchorAlias)
            throw new YamlException(start.Start, start.End, "anchors and aliases (& and *) are not allowed here; write the value out");
        if (start is NodeEvent { Tag: { IsEmpty: false, IsNonSpecific: false } })
            throw new YamlException(start.Start, start.End, "tags (!...) are not allowed here");

        if (parser.TryConsume<Scalar>(out var scalar))
            return Value(scalar);
        if (parser.TryConsume<SequenceStart>(out _))
        {
            var items = new JsonArray();
            while (!parser.TryConsume<SequenceEnd>(out _))
                items.Add(Read(parser, $"{pointer}/{items.Count}", depth + 1));
            return items;
        }

        parser.Consume<MappingStart>();
        var map = new JsonObject();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (parser.Current is not Scalar { Anchor.IsEmpty: true } key)
                throw new YamlException(parser.Current!.Start, parser.Current.End, "a key must be plain text");
            parser.MoveNext();
            if (map.ContainsKey(key.Value))
                throw new YamlException(key.Start, key.End, $"the key \"{key.Value}\" stands twice");
            map[key.Value] = Read(parser, $"{pointer}/{key.Value}", depth + 1);
            lines[$"{pointer}/{key.Value}"] = (int)key.Start.Line;
        }

        return map;
    }

    // The YAML 1.2 core schema, less octal, hexadecimal and infinities, which no catalogue file needs.
    private static JsonValue? Value(Scalar scalar)
    {
        var text = scalar.Value;
        if (scalar.Style != ScalarStyle.Plain)
            return JsonValue.Create(text);
        return text switch
        {
            "" or "~" or "null" => null,
            "true" => JsonValue.Create(true),
            "false" => JsonValue.Create(false),
            _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
            _ when char.IsAsciiDigit(text[^1]) && decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
            _ => JsonValue.Create(text),
        };
    }
}
