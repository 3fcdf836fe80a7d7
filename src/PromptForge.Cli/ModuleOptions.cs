using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PromptForge.Core;
using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;

namespace PromptForge.Cli;

/// <summary>The options that say what to compile: module, 7D, inputs, language. Shared by `compile` and the server's `run`.</summary>
internal sealed class ModuleOptions
{
    private const int MaxInputFile = 10_000_000;

    private readonly Argument<string?> module = new("module") { Description = "M01 to M50", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<bool> example = new("--example") { Description = "Start from the module's example input" };
    private readonly Option<string?> domain = new("--domain") { Description = "Domain code or label, such as fintech (default with --example: consulting)" };
    private readonly Option<string?> scale = Axis<Scale>("--scale");
    private readonly Option<string?> urgency = Axis<Urgency>("--urgency");
    private readonly Option<string?> complexity = Axis<Complexity>("--complexity");
    private readonly Option<string?> resources = Axis<Resources>("--resources");
    private readonly Option<string?> application = Axis<Application>("--application");
    private readonly Option<string[]> output = new("--output") { Description = $"Output formats, the first is the primary one: {string.Join(", ", Codes<OutputFormat>.All)}", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string[]> input = new("--input") { Description = "One value as key=text; lists with ';' between entries, objects as JSON" };
    private readonly Option<FileInfo?> inputs = new("--inputs") { Description = "A JSON file with the input values" };
    private readonly Option<string> language = new("--lang") { Description = "Language of the prompt: en or ro", DefaultValueFactory = _ => "en" };

    public void AddTo(Command command)
    {
        command.Arguments.Add(module);
        foreach (Option option in new Option[] { example, domain, scale, urgency, complexity, resources, application, output, input, inputs, language })
            command.Options.Add(option);
    }

    public bool NamesModule(ParseResult parsed) => parsed.GetValue(module) is not null;

    /// <summary>Everything wrong with the command line at once, or what it asks for.</summary>
    public async Task<Outcome<ModuleRequest>> ReadAsync(ParseResult parsed, ProductCatalog catalog, CancellationToken cancel)
    {
        var faults = new List<Fault>();
        var id = parsed.GetValue(module) ?? "";
        var found = catalog.FindModule(id);
        if (id.Length == 0)
            faults.Add(new("USAGE", "module", "Name a module first, such as M07; `./forge modules` lists them."));
        else if (found is null)
            faults.Add(new("MODULE_NOT_FOUND", "module", $"There is no module \"{SevenDParser.Short(id)}\". Modules are M01 to M{catalog.Modules.Length:00}; `./forge modules` lists them."));
        if (!Codes<Language>.TryParse(parsed.GetValue(language)!, out var lang))
            faults.Add(new("LANGUAGE_UNKNOWN", "--lang", $"\"{SevenDParser.Short(parsed.GetValue(language)!)}\" is not a language. Allowed: en, ro."));

        var outputs = parsed.GetValue(output) is { Length: > 0 } given ? given.SelectMany(o => o.Split(',', StringSplitOptions.TrimEntries)).ToArray() : null;
        var isExample = parsed.GetValue(example);
        var sevenD = SevenDParser.Normalize(new SevenDRequest
        {
            Domain = parsed.GetValue(domain) ?? (isExample ? "consulting" : null),
            Scale = parsed.GetValue(scale),
            Urgency = parsed.GetValue(urgency),
            Complexity = parsed.GetValue(complexity),
            Resources = parsed.GetValue(resources),
            Application = parsed.GetValue(application),
            OutputFormats = outputs,
        }, catalog);
        faults.AddRange(sevenD.Faults);

        ModuleInputs? read = null;
        if (found is not null)
        {
            var before = faults.Count;
            var values = await ValuesAsync(parsed, found, isExample, faults, cancel);
            // What could not be read is not missing too.
            if (faults.Count == before)
            {
                var checkedInputs = InputReader.Read(values, found.Inputs, catalog.Ruleset.Limits);
                faults.AddRange(checkedInputs.Faults);
                read = checkedInputs.Ok ? checkedInputs.Value : null;
            }
        }

        return faults.Count > 0 ? faults : new ModuleRequest(found!, sevenD.Value, read!, lang);
    }

    private async Task<JsonObject> ValuesAsync(ParseResult parsed, Module module, bool isExample, List<Fault> faults, CancellationToken cancel)
    {
        var values = new JsonObject();
        if (isExample)
            foreach (var (key, value) in module.ExampleInput)
                values[key] = JsonNode.Parse(value.GetRawText());
        if (parsed.GetValue(inputs) is { } file)
            foreach (var (key, value) in await FileAsync(file, faults, cancel))
                values[key] = value?.DeepClone();
        foreach (var pair in parsed.GetValue(input) ?? [])
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                faults.Add(new(InputReader.Code, "--input", $"\"{SevenDParser.Short(pair)}\" names no key. Write --input key=text; `./forge modules {module.Id}` lists the keys."));
                continue;
            }

            var key = pair[..at];
            var declared = module.Inputs.FirstOrDefault(i => i.Key == key);
            values[key] = declared is null ? JsonValue.Create(pair[(at + 1)..]) : InputReader.FromText(declared, pair[(at + 1)..]);
        }

        return values;
    }

    private static async Task<JsonObject> FileAsync(FileInfo file, List<Fault> faults, CancellationToken cancel)
    {
        try
        {
            if (await BytesAsync(file, cancel) is not { } bytes)
                faults.Add(new(InputReader.Code, "--inputs", $"{file.Name} has more than {MaxInputFile:N0} bytes; {MaxInputFile:N0} are allowed."));
            else if (JsonNode.Parse(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes), documentOptions: new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false }) is JsonObject values)
                return Whole(values);
            else
                faults.Add(new(InputReader.Code, "--inputs", $"{file.Name} must hold one JSON object: {{\"key\": value, ...}}."));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add(new(InputReader.Code, "--inputs", $"{file.Name} cannot be read: {e.Message}"));
        }
        catch (Exception e) when (e is DecoderFallbackException or InvalidOperationException)
        {
            faults.Add(new(InputReader.Code, "--inputs", $"{file.Name} is not valid UTF-8: it holds bytes or halves of characters that stand for nothing. Save it as UTF-8."));
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            faults.Add(new(InputReader.Code, "--inputs", $"{file.Name} is not valid JSON: {e.Message}"));
        }

        return [];
    }

    private static async Task<byte[]?> BytesAsync(FileInfo file, CancellationToken cancel)
    {
        await using var stream = file.OpenRead();
        using var read = new MemoryStream();
        var chunk = new byte[64 * 1024];
        for (var n = await stream.ReadAsync(chunk, cancel); n > 0; n = await stream.ReadAsync(chunk, cancel))
        {
            read.Write(chunk, 0, n);
            if (read.Length > MaxInputFile)
                return null;
        }

        return read.ToArray();
    }

    // A half surrogate written as \\ud800 is found only when the text is taken out.
    private static JsonObject Whole(JsonObject values)
    {
        _ = values.ToJsonString();
        Touch(values);
        return values;

        static void Touch(JsonNode? node)
        {
            if (node is JsonObject map)
                foreach (var (_, value) in map)
                    Touch(value);
            else if (node is JsonArray items)
                foreach (var item in items)
                    Touch(item);
            else if (node?.GetValueKind() == JsonValueKind.String)
                _ = node.GetValue<string>();
        }
    }

    private static Option<string?> Axis<T>(string name) where T : struct, Enum => new(name) { Description = $"{string.Join(", ", Codes<T>.All)} (default: the domain's)" };
}

internal sealed record ModuleRequest(Module Module, Normalized SevenD, ModuleInputs Inputs, Language Language);
