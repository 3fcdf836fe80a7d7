using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PromptForge.Core.Guardrails;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Offline;

/// <summary>Writes a draft in the requested formats, one part after the other, each in the form its format asks for.</summary>
internal sealed class DraftRenderer(PromptContract contract, JsonObject draft)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly DraftWords words = DraftWords.In(contract.Language);
    private readonly DraftValues values = new(contract, new(contract));

    public string Render() => string.Join("\n", contract.Set.Outputs.Select(format => format switch
    {
        OutputFormat.Json => Json(),
        OutputFormat.Yaml => Yaml(),
        OutputFormat.Txt => Plain(),
        OutputFormat.Bundle => Markdown(OutputFormat.Md) + "\n" + Json(),
        OutputFormat.Diagram => Diagram() + "\n" + Markdown(OutputFormat.Md),
        _ => Markdown(format),
    }));

    private string Json() => $"```json\n{draft.ToJsonString(Indented)}\n```\n";

    private string Yaml()
    {
        var text = new StringBuilder("```yaml\n");
        foreach (var (name, value) in draft)
            Node(name, value, 0, text);
        return text.Append("```\n").ToString();

        static void Node(string name, JsonNode? value, int depth, StringBuilder text)
        {
            text.Append(' ', depth).Append(name).Append(':');
            if (value is JsonObject o)
            {
                text.Append('\n');
                foreach (var (key, child) in o)
                    Node(key, child, depth + 2, text);
            }
            else if (value is JsonArray a)
            {
                text.Append('\n');
                foreach (var item in a)
                {
                    if (item is not JsonObject entry)
                    {
                        text.Append(' ', depth + 2).Append("- ").Append(item?.ToJsonString(Compact)).Append('\n');
                        continue;
                    }

                    var lines = new StringBuilder();
                    foreach (var (key, child) in entry)
                        Node(key, child, depth + 4, lines);
                    text.Append(' ', depth + 2).Append("- ").Append(lines.ToString().AsSpan(depth + 4));
                }
            }
            else
                text.Append(' ').Append(value?.ToJsonString(Compact) ?? "null").Append('\n');
        }
    }

    private string Markdown(OutputFormat format)
    {
        var text = new StringBuilder();
        var n = 0;
        foreach (var (name, value) in draft)
        {
            n++;
            text.Append("## ").Append(name).Append('\n');
            if (value is JsonArray { Count: > 0 } array && array[0] is JsonObject)
            {
                if (format == OutputFormat.Checklist)
                    foreach (var item in array)
                        text.Append("- [ ] ").Append(Pairs(item!.AsObject())).Append('\n');
                else
                    Table(array, text);
                Form(format, name, array, n, text);
            }
            else if (value is JsonArray items)
                foreach (var (item, i) in items.Select((x, i) => (InputText.Scalar(x), i)))
                    text.Append(format == OutputFormat.Checklist ? $"- [ ] {item} | {values.Owner(i)} | {words.Brief.Replace("{0}", name, StringComparison.Ordinal)}\n" : $"- {item}\n");
            else if (value is JsonObject o)
                foreach (var (key, child) in o)
                    text.Append("- ").Append(key).Append(": ").Append(Scalar(child)).Append('\n');
            else
                text.Append(InputText.Scalar(value)).Append('\n');
            if (name == OutputReader.Kpi && format == OutputFormat.Spec)
                foreach (var (field, i) in contract.Module.Fields.Where(f => draft[f.Name] is not JsonArray).Select((f, i) => (f, i)))
                    text.AppendFormat(CultureInfo.InvariantCulture, words.Requirement, n + i, field.Name, values.Owner(i)).Append('\n');
            text.Append('\n');
        }

        return text.ToString().TrimEnd('\n') + "\n";
    }

    /// <summary>The numbered requirement of a specification, the play of a playbook.</summary>
    private void Form(OutputFormat format, string name, JsonArray items, int number, StringBuilder text)
    {
        if (format == OutputFormat.Spec)
            text.Append('\n').AppendFormat(CultureInfo.InvariantCulture, words.Requirement, number, name, values.Owner(number)).Append('\n');
        else if (format == OutputFormat.Playbook)
            text.Append('\n').AppendFormat(CultureInfo.InvariantCulture, words.Play, InputText.Scalar(items[0]!.AsObject().First().Value), values.Step(number), values.Owner(number), values.Deadline).Append('\n');
    }

    private static void Table(JsonArray items, StringBuilder text)
    {
        var keys = items[0]!.AsObject().Select(p => p.Key).ToList();
        text.Append("| ").AppendJoin(" | ", keys).Append(" |\n|").Append(string.Concat(Enumerable.Repeat("---|", keys.Count))).Append('\n');
        foreach (var item in items)
            text.Append("| ").AppendJoin(" | ", keys.Select(k => Scalar(item![k]).Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
    }

    private static string Pairs(JsonObject item) => string.Join(" | ", item.Select(p => $"{p.Key}: {Scalar(p.Value).Replace(" | ", " / ", StringComparison.Ordinal)}"));

    private static string Scalar(JsonNode? value) => InputText.Scalar(value).Replace('\n', ' ');

    private string Plain()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in draft)
        {
            text.Append(name.ToUpperInvariant()).Append('\n');
            if (value is JsonArray items)
                foreach (var (item, i) in items.Select((x, i) => (x, i)))
                    text.Append(CultureInfo.InvariantCulture, $"{i + 1}. ").Append(item is JsonObject o ? Pairs(o) : InputText.Scalar(item)).Append('\n');
            else if (value is JsonObject o)
                foreach (var (key, child) in o)
                    text.Append(key).Append(": ").Append(Scalar(child)).Append('\n');
            else
                text.Append(InputText.Scalar(value).Replace("**", "", StringComparison.Ordinal)).Append('\n');
            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The items of the first keyed field in order; every node is the first value of an item.</summary>
    private string Diagram()
    {
        var items = draft.Select(p => p.Value).OfType<JsonArray>().FirstOrDefault(a => a.Count > 0 && a[0] is JsonObject) ?? [];
        var text = new StringBuilder("```mermaid\nflowchart LR\n");
        for (var i = 0; i < items.Count; i++)
        {
            var label = Scalar(items[i]!.AsObject().First().Value).Replace('"', '\'');
            text.Append(CultureInfo.InvariantCulture, $"  N{i + 1}[\"{label}\"]\n");
            if (i > 0)
                text.Append(CultureInfo.InvariantCulture, $"  N{i} --> N{i + 1}\n");
        }

        return text.Append("```\n").ToString();
    }
}
