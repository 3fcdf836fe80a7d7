using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Prompting;

/// <summary>The client's values, checked against the module and put in the module's order.</summary>
public sealed record ModuleInputs(JsonObject Values, ImmutableArray<string> Missing)
{
    /// <summary>The same values with personal data masked.</summary>
    /// <param name="salt">A secret of the organisation's own; without one a masked telephone number could be looked up.</param>
    public ModuleInputs Anonymised(byte[] salt) => this with { Values = Mask(Values, salt)!.AsObject() };

    private static JsonNode? Mask(JsonNode? value, byte[] salt) => value switch
    {
        JsonArray items => new JsonArray([.. items.Select(i => Mask(i, salt))]),
        JsonObject map => new JsonObject(map.Select(p => KeyValuePair.Create(p.Key, Mask(p.Value, salt)))),
        JsonValue v when v.TryGetValue<string>(out var text) => JsonValue.Create(Anonymiser.Anonymise(text, salt)),
        _ => value?.DeepClone(),
    };
}

/// <summary>Checks a client's values: known keys, right types, within limits, free of characters that hide what a text says.</summary>
public static class InputReader
{
    public const string Code = "INPUT_INVALID";

    private const int MaxDigits = 28;
    private const int MaxExponent = 12;

    private static readonly TextLimits Unlimited = new(0, 0, 0, int.MaxValue, int.MaxValue, int.MaxValue);

    /// <param name="limits">Null: no size limits (the catalogue's own examples).</param>
    public static Outcome<ModuleInputs> Read(JsonObject given, ImmutableArray<ModuleInput> inputs, TextLimits? limits)
    {
        limits ??= Unlimited;
        var faults = new List<Fault>();
        var values = new JsonObject();
        var missing = ImmutableArray.CreateBuilder<string>();
        var known = inputs.Select(i => i.Key).ToList();
        foreach (var (key, _) in given.Where(g => !known.Contains(g.Key)).Take(20))
            faults.Add(new(Code, "/inputs", $"This module has no input {SevenDParser.Quote(key)}. It takes: {string.Join(", ", known)}.") { Allowed = known });

        foreach (var input in inputs)
        {
            var at = "/" + input.Key;
            var value = given[input.Key];
            if (value is null || IsEmpty(value))
            {
                missing.Add(input.Key);
                if (input.Required)
                    faults.Add(new(Code, at, $"The required input {input.Key} ({Describe(input)}) is missing or empty."));
                continue;
            }

            var before = faults.Count;
            Check(input, value, at, limits, faults);
            if (faults.Count > before)
                continue;
            values[input.Key] = Canonical(value);
        }

        var total = values.Sum(v => Characters(v.Value));
        if (total > limits.InputsCharacters)
            faults.Add(new(Code, "/inputs", $"The inputs have {total:N0} characters together; {limits.InputsCharacters:N0} are allowed. Shorten the longest, or attach the source and quote what matters."));
        return faults.Count > 0 ? faults : new ModuleInputs(values, missing.ToImmutable());
    }

    /// <summary>A value typed as text ("25k EUR", "a; b" for an array, "true", "[..]" as JSON) to the input's own type.</summary>
    public static JsonNode FromText(ModuleInput input, string text)
    {
        var trimmed = text.Trim();
        if (input.Type is InputType.Array or InputType.Object && trimmed is ['[' or '{', ..])
        {
            try
            {
                return JsonNode.Parse(trimmed, documentOptions: new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false }) ?? JsonValue.Create(text);
            }
            catch (JsonException)
            {
                return JsonValue.Create(text);
            }
        }

        return input.Type switch
        {
            InputType.Array => new JsonArray([.. trimmed.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(i => (JsonNode)JsonValue.Create(i)!)]),
            InputType.Boolean when bool.TryParse(trimmed, out var value) => JsonValue.Create(value),
            InputType.Integer when long.TryParse(trimmed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) => JsonValue.Create(value),
            InputType.Number when decimal.TryParse(trimmed, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) => JsonValue.Create(value),
            _ => JsonValue.Create(text),
        };
    }

    private static bool IsEmpty(JsonNode value) => value switch
    {
        JsonArray array => array.Count == 0,
        JsonObject o => o.Count == 0,
        JsonValue v => v.TryGetValue<string>(out var text) && string.IsNullOrWhiteSpace(text),
        _ => false,
    };

    private static void Check(ModuleInput input, JsonNode value, string at, TextLimits limits, List<Fault> faults)
    {
        var kind = value.GetValueKind();
        var fits = input.Type switch
        {
            InputType.String or InputType.Text => kind == JsonValueKind.String,
            InputType.Number => kind == JsonValueKind.Number,
            InputType.Integer => kind == JsonValueKind.Number && decimal.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var n) && n == decimal.Truncate(n),
            InputType.Boolean => kind is JsonValueKind.True or JsonValueKind.False,
            InputType.Date => kind == JsonValueKind.String && DateOnly.TryParseExact(value.GetValue<string>(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
            InputType.Enum => kind == JsonValueKind.String && input.Options.Contains(value.GetValue<string>()),
            InputType.Array => value is JsonArray items && items.All(i => input.ObjectItems ? i is JsonObject : i?.GetValueKind() is JsonValueKind.String or JsonValueKind.Number),
            _ => kind == JsonValueKind.Object,
        };
        if (!fits)
        {
            faults.Add(new(Code, at, $"{input.Key} must be {Describe(input)}.") { Allowed = input.Options });
            return;
        }

        if (kind == JsonValueKind.Number && decimal.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && (number < input.Min || number > input.Max))
            faults.Add(new(Code, at, $"{input.Key} must be {Range(input.Min, input.Max)}."));
        if (value is JsonArray array)
        {
            var max = Math.Min(input.MaxItems ?? int.MaxValue, limits.ArrayItems);
            if (array.Count < input.MinItems || array.Count > max)
                faults.Add(new(Code, at, $"{input.Key} has {array.Count} entries; it takes {Range(input.MinItems, max == int.MaxValue ? null : max)}."));
        }
        else if (kind == JsonValueKind.String && value.GetValue<string>().Trim().Length < input.MinLength)
        {
            faults.Add(new(Code, at, $"{input.Key} must have at least {input.MinLength} characters."));
        }

        var length = Characters(value);
        if (length > limits.InputCharacters)
            faults.Add(new(Code, at, $"{input.Key} has {length:N0} characters; {limits.InputCharacters:N0} are allowed. Shorten it, or attach the source and quote what matters."));
        else
            CheckCharacters(value, at, 0, faults);
    }

    private static void CheckCharacters(JsonNode? value, string at, int depth, List<Fault> faults)
    {
        if (depth > 8)
        {
            faults.Add(new(Code, at, "Values may be nested eight deep at most."));
            return;
        }

        switch (value)
        {
            case JsonArray items:
                for (var i = 0; i < items.Count; i++)
                    CheckCharacters(items[i], $"{at}/{i}", depth + 1, faults);
                break;
            case JsonObject map:
                foreach (var (key, item) in map)
                {
                    if (TextRules.Hidden(key) is { } hiddenKey)
                        faults.Add(new(Code, at, hiddenKey));
                    CheckCharacters(item, $"{at}/{SevenDParser.Quote(key).Trim('"')}", depth + 1, faults);
                }

                break;
            case JsonValue text when text.TryGetValue<string>(out var s) && TextRules.Hidden(s) is { } hidden:
                faults.Add(new(Code, at, hidden));
                break;
            case JsonValue number when number.GetValueKind() == JsonValueKind.Number && Exact(number) is null:
                faults.Add(new(Code, at, $"A number may have {MaxDigits} digits, and an exponent of {MaxExponent} at most. Round it, or send it as text."));
                break;
        }
    }

    /// <summary>The number as a decimal that has lost nothing; null where it has too many digits for one.</summary>
    private static decimal? Exact(JsonValue number)
    {
        var text = number.ToJsonString();
        var e = text.AsSpan().IndexOfAny('e', 'E');
        var short_ = e < 0 ? text.Length <= MaxDigits : e <= MaxDigits / 2 && int.TryParse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent) && Math.Abs(exponent) <= MaxExponent;
        return short_ && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;
    }

    // Keys inside a value are put in order and exponents written out: a store such as jsonb does not keep them, and the same values must give the same prompt.
    private static JsonNode? Canonical(JsonNode? value) => value switch
    {
        JsonArray items => new JsonArray([.. items.Select(Canonical)]),
        JsonObject map => new JsonObject(map.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, Canonical(p.Value)))),
        // A text of its own: the parsed one decodes its bytes anew at every reading, and a run reads each value some five times.
        JsonValue v when v.TryGetValue<string>(out var text) => JsonValue.Create(text),
        JsonValue v when v.GetValueKind() == JsonValueKind.Number && v.ToJsonString().AsSpan().IndexOfAny('e', 'E') >= 0 => JsonNode.Parse(Exact(v)!.Value.ToString(CultureInfo.InvariantCulture)),
        _ => value?.DeepClone(),
    };

    private static long Characters(JsonNode? value) => value switch
    {
        JsonArray items => items.Sum(Characters),
        JsonObject map => map.Sum(p => p.Key.Length + Characters(p.Value)),
        JsonValue v when v.TryGetValue<string>(out var text) => text.Length,
        _ => 8,
    };

    private static string Describe(ModuleInput input) => input.Type switch
    {
        InputType.String or InputType.Text => "text",
        InputType.Integer => "a whole number",
        InputType.Number => "a number",
        InputType.Boolean => "true or false",
        InputType.Date => "a date as YYYY-MM-DD",
        InputType.Enum => "one of: " + string.Join(", ", input.Options),
        InputType.Array => input.ObjectItems ? "a list of objects" : "a list of texts",
        _ => "an object",
    };

    private static string Range(decimal? min, decimal? max) => (min, max) switch
    {
        ({ } a, { } b) => $"{a} to {b}",
        ({ } a, null) => $"at least {a}",
        (null, { } b) => $"at most {b}",
        _ => "any number",
    };
}
