using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Scoring;

/// <summary>Repairs an output: marks what is missing, makes it directive, names who, when and how success is counted. It adds no fact and changes none.</summary>
internal sealed class OutputRepair(PromptContract contract)
{
    private const int MostQuestions = 3;
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ContextTexts context = ContextTexts.Of(contract.Catalog.Standard(contract.Language));

    private bool Ro => contract.Language == Language.Ro;

    public string Apply(RepairStrategy strategy, string output)
    {
        var text = output.ReplaceLineEndings("\n").TrimEnd('\n');
        if (strategy is RepairStrategy.Tighten or RepairStrategy.CrisisMode)
        {
            text = Assume(text);
            text = string.Join('\n', text.Split('\n').Select(l => Directive.Line(l, contract.Catalog.Ruleset, contract.Language)));
        }

        var parsed = OutputReader.Read(text, contract);
        var additions = new List<(string Name, string Text)>();
        if (strategy == RepairStrategy.CrisisMode && contract.Set.Urgency == Urgency.Crisis && !parsed.Has(OutputReader.Escalation))
            additions.Add((OutputReader.Escalation, EscalationPath()));
        if (strategy is not RepairStrategy.OptimizeEnterprise)
            additions.AddRange(contract.Module.Fields.Where(f => f.Required && !parsed.Has(f.Name)).Select(f => (f.Name, OutputReader.Placeholder)));
        if (!parsed.Has(OutputReader.Kpi))
            additions.Add((OutputReader.Kpi, Decision()));
        text = Add(text, additions);
        return (strategy is RepairStrategy.Tighten or RepairStrategy.CrisisMode ? Questions(text, parsed) : text) + "\n";
    }

    private string EscalationPath()
    {
        var (decider, deadline) = (context.Deciders[(int)contract.Set.Scale], context.Deadlines[(int)contract.Set.Urgency]);
        return Ro ? $"Decide {decider}; termen: {deadline}." : $"{decider} decides; due: {deadline}.";
    }

    /// <summary>Owner, due, resources, priority and success metric, from the contract alone.</summary>
    private string Decision()
    {
        var set = contract.Set;
        var (unknown, target) = Ro ? ("valoare de pornire necunoscută", "țintă") : ("baseline unknown", "target");
        var lines = contract.Module.Targets.Select(t => string.Create(CultureInfo.InvariantCulture, $"- {t.Name}: {unknown}, {target} {t.Target}"))
            .Append($"- owner: {context.Deciders[(int)set.Scale]}").Append($"- due: {context.Deadlines[(int)set.Urgency]}")
            .Append($"- resources: {context.Label(Axis.Resources, set)}. {context.Limits[(int)set.Resources]}.")
            .Append((Ro ? "- prioritate: întâi " : "- priority: first ") + contract.Module.Fields.First(f => f.Required).Name)
            .Append($"- success_metric: {contract.Module.Targets.FirstOrDefault()?.Name}")
            .Append("- evidence: " + contract.Domain.In(contract.Language).Evidence);
        return string.Join('\n', lines);
    }

    /// <summary>Puts the additions into each part in its own form: headings in Markdown, keys in JSON and YAML, capitals in plain text.</summary>
    private string Add(string text, List<(string Name, string Text)> additions)
    {
        if (additions.Count == 0)
            return text;
        foreach (var format in contract.Set.Outputs)
        {
            text = format switch
            {
                OutputFormat.Json => Block(text, "json", body => JsonNode.Parse(body, documentOptions: OutputReader.Strict) is JsonObject o ? With(o).ToJsonString(Json) : body),
                OutputFormat.Bundle => Headings(Block(text, "json", body => JsonNode.Parse(body, documentOptions: OutputReader.Strict) is JsonObject o ? With(o).ToJsonString(Json) : body)),
                OutputFormat.Yaml => Block(text, "yaml", body => body.TrimEnd('\n') + string.Concat(additions.Select(a => $"\n{a.Name}: {JsonSerializer.Serialize(a.Text.Replace("- ", "", StringComparison.Ordinal), Json)}"))),
                OutputFormat.Txt => text + string.Concat(additions.Select(a => $"\n\n{a.Name.ToUpperInvariant()}\n{a.Text}")),
                _ => Headings(text),
            };
        }

        return text;

        JsonObject With(JsonObject root)
        {
            foreach (var (name, value) in additions)
                root.TryAdd(name, value.Replace("- ", "", StringComparison.Ordinal));
            return root;
        }

        string Headings(string markdown)
        {
            var added = string.Join("\n\n", additions.Where(a => !markdown.Contains($"## {a.Name}\n", StringComparison.Ordinal)).Select(a => $"## {a.Name}\n{a.Text}"));
            var fence = markdown.LastIndexOf("\n```json", StringComparison.Ordinal) is var json and >= 0 ? json : markdown.LastIndexOf("\n```yaml", StringComparison.Ordinal);
            return added.Length == 0 ? markdown : fence >= 0 ? $"{markdown[..fence].TrimEnd('\n')}\n\n{added}\n{markdown[fence..]}" : $"{markdown}\n\n{added}";
        }
    }

    private static string Block(string text, string language, Func<string, string> change)
    {
        if (Fences.Find(text, language, 0) is not { Length: > 0 } body)
            return text;
        try
        {
            return text.Replace(body, change(body), StringComparison.Ordinal);
        }
        catch (JsonException)
        {
            return text;
        }
    }

    /// <summary>Up to three open questions move under a heading of their own; what stands in a table, an object or a quotation stays.</summary>
    private string Questions(string text, ParsedOutput parsed)
    {
        if (contract.Set.Outputs.Any(o => o is OutputFormat.Json or OutputFormat.Yaml or OutputFormat.Txt))
            return text;
        var moved = new List<string>();
        foreach (var at in OpenQuestions.Find(text, contract, parsed).Take(MostQuestions).Reverse())
        {
            var line = text.LastIndexOf('\n', at) + 1;
            if (text[line] == '|')
                continue;
            var dot = text.LastIndexOf(". ", at, at - line, StringComparison.Ordinal);
            var start = dot < line ? line : dot + 2;
            while (start < at && text[start] is '-' or ' ' or '*')
                start++;
            moved.Insert(0, text[start..(at + 1)]);
            text = text.Remove(start, at + 1 - start);
        }

        return moved.Count == 0 ? text : $"{text}\n\n## Open Questions\n{string.Join('\n', moved.Select(m => "- " + m))}";
    }

    /// <summary>Puts "Assumption:" before each statement whose figure has no source.</summary>
    private string Assume(string text)
    {
        var prefix = Ro ? "Ipoteză: " : "Assumption: ";
        foreach (var incident in GuardrailScanner.ShowOutput(text, contract).Where(i => i.Code == GuardrailScanner.Ungrounded).OrderByDescending(i => i.Start))
        {
            var line = text.LastIndexOf('\n', Math.Max(0, incident.Start - 1)) + 1;
            var before = text.AsSpan(line, incident.Start - line);
            var quote = before.LastIndexOf('"');
            var fenced = text.AsSpan(0, line).Count("```") % 2 == 1;
            if (fenced && quote < 0)
                continue;
            var start = fenced ? line + quote + 1
                : before.LastIndexOf("| ") is var cell and >= 0 ? line + cell + 2
                : before.LastIndexOf(". ") is var dot and >= 0 ? line + dot + 2 : line + Marks(before);
            if (!text.AsSpan(start).StartsWith(prefix))
                text = text.Insert(start, prefix);
        }

        return text;

        static int Marks(ReadOnlySpan<char> line)
        {
            var rest = line.TrimStart(" -*#");
            return line.Length - rest.Length;
        }
    }
}
