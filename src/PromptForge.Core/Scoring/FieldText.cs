using System.Text.Json.Nodes;
using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;

namespace PromptForge.Core.Scoring;

/// <summary>The text under one heading, as the value its field's type asks for.</summary>
internal static class FieldText
{
    /// <summary>"Escalation path" and "ESCALATION_PATH" are both escalation_path.</summary>
    public static string Name(string heading) =>
        string.Join('_', FoldedText.Fold(heading).Split([' ', '_', '-', '`', '*', ':', '.', '#'], StringSplitOptions.RemoveEmptyEntries));

    public static JsonNode? Read(string body, OutputField? field)
    {
        var text = body.Trim('\n', ' ');
        return text.Length == 0 ? null : field?.Type switch
        {
            FieldType.Array => Items(text, field),
            FieldType.Object => Object(text, field) is { Count: > 0 } o ? o : JsonValue.Create(text),
            FieldType.Number => decimal.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var n) ? JsonValue.Create(n) : JsonValue.Create(text),
            _ => JsonValue.Create(text),
        };
    }

    private static JsonArray Items(string text, OutputField field)
    {
        var lines = text.Split('\n');
        return Rows(lines) is { Count: > 0 } rows ? rows : Entries(lines, field);
    }

    private static JsonArray? Rows(string[] lines)
    {
        JsonArray? rows = null;
        string[]? header = null;
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (!line.StartsWith('|'))
                header = null;
            else if (header is null)
            {
                if (i + 1 < lines.Length && lines[i + 1].Trim() is ['|', ..] rule && rule.All(c => c is '|' or '-' or ':' or ' '))
                {
                    header = [.. Cells(line).Select(Name)];
                    i++;
                }
            }
            else
                (rows ??= []).Add(Row(header, Cells(line)));
        }

        return rows;

        static JsonObject Row(string[] header, string[] cells)
        {
            var row = new JsonObject();
            for (var c = 0; c < header.Length && c < cells.Length; c++)
                if (header[c].Length > 0)
                    row[header[c]] = cells[c];
            return row;
        }
    }

    private static string[] Cells(string line) => [.. line.Trim().Trim('|').Replace("\\|", "\u0001", StringComparison.Ordinal).Split('|').Select(c => c.Replace('\u0001', '|').Trim())];

    /// <summary>List entries; lines that are indented or carry no mark continue the entry before them.</summary>
    private static JsonArray Entries(string[] lines, OutputField field)
    {
        var entries = new List<string>();
        foreach (var line in lines)
        {
            var bare = Bare(line, out var marked);
            if (bare.Length == 0)
                continue;
            if (entries.Count == 0 || (marked && !char.IsWhiteSpace(line[0])))
                entries.Add(bare);
            else
                entries[^1] += " | " + bare;
        }

        return [.. entries.Select(e => field.Keys.Length > 0 && Pairs(e, field) is { Count: > 0 } o ? (JsonNode)o : JsonValue.Create(e))];
    }

    private static string Bare(string line, out bool marked)
    {
        var text = line.Trim();
        marked = true;
        foreach (var mark in (ReadOnlySpan<string>)["- [ ] ", "- [x] ", "- ", "* "])
            if (text.StartsWith(mark, StringComparison.Ordinal))
                return text[mark.Length..].Trim();
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        if (digits is > 0 and < 4 && text.AsSpan(digits).StartsWith(". "))
            return text[(digits + 2)..].Trim();
        marked = false;
        return text;
    }

    private static JsonObject Object(string text, OutputField field)
    {
        var lines = text.Split('\n');
        if (Rows(lines) is [JsonObject first, ..] rows)
        {
            if (first.Count == 2 && !field.Keys.Any(first.ContainsKey))
                return new(rows.Select(r => (Key: Name(r!.AsObject().First().Value?.ToString() ?? ""), r!.AsObject().Last().Value))
                    .DistinctBy(r => r.Key).Select(r => KeyValuePair.Create(r.Key, r.Value?.DeepClone())));
            return rows.Count == 1 ? first.DeepClone().AsObject() : new() { ["rows"] = rows };
        }

        return Pairs(string.Join(" | ", lines.Select(l => Bare(l, out _)).Where(l => l.Length > 0)), field);
    }

    /// <summary>"key: value | key: value"; a part without a known key continues the value before it.</summary>
    private static JsonObject Pairs(string entry, OutputField field)
    {
        var pairs = new JsonObject();
        string? last = null;
        foreach (var part in entry.Split(" | "))
        {
            var colon = part.IndexOf(':', StringComparison.Ordinal);
            var name = colon > 0 ? Name(part[..colon]) : "";
            if (field.Keys.Contains(name) && !pairs.ContainsKey(name))
                pairs[last = name] = part[(colon + 1)..].Trim().Trim('*').Trim();
            else if (last is not null)
                pairs[last] = pairs[last]!.GetValue<string>() + " | " + part.Trim();
        }

        return pairs;
    }
}
