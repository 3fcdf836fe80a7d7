using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Offline;

/// <summary>The content of an offline answer: the module's fields filled from the client's values, in the order of the schema.</summary>
internal sealed class Draft
{
    // A list that the client did not give gets a few rows to show its form, and never more than a reader would go through.
    private const int Least = 3;
    private const int Most = 8;

    private readonly PromptContract contract;
    private readonly DraftFacts facts;
    private readonly DraftValues values;
    private readonly DraftWords words;
    private readonly ContextTexts context;

    private Draft(PromptContract contract)
    {
        this.contract = contract;
        facts = new(contract);
        values = new(contract, facts);
        words = DraftWords.In(contract.Language);
        context = ContextTexts.Of(contract.Catalog.Standard(contract.Language));
    }

    public static JsonObject Of(PromptContract contract) => new Draft(contract).Fill();

    private JsonObject Fill()
    {
        var draft = new JsonObject();
        if (contract.Set.Urgency == Urgency.Crisis)
            draft[OutputReader.Escalation] = string.Format(CultureInfo.InvariantCulture, words.Escalation, Capital(context.Deciders[(int)contract.Set.Scale]), values.Quote(facts.All[0]));
        foreach (var field in contract.Module.Fields)
            draft[field.Name] = Value(field);
        draft[OutputReader.Kpi] = Kpi(draft);
        return draft;
    }

    private JsonNode Value(OutputField field) => field.Type switch
    {
        FieldType.Array => Items(field),
        FieldType.Object => Object(field),
        FieldType.Number or FieldType.Boolean => JsonValue.Create(words.Unknown),
        FieldType.Markdown => JsonValue.Create(Markdown(field)),
        _ => JsonValue.Create(Text(field)),
    };

    private JsonArray Items(OutputField field)
    {
        var subjects = Subjects(field);
        var count = Math.Clamp(subjects.Count, Least, Most);
        var items = new JsonArray();
        for (var i = 0; i < count; i++)
        {
            var about = subjects.Count > 0 ? subjects[i % subjects.Count] : new Dictionary<string, Fact> { ["brief"] = facts.At(i) };
            var subject = about.Values.First();
            if (i >= subjects.Count && subjects.Count > 0)
                subject = subject with { Text = $"{subject.Reference} / {facts.At(i).Reference}", Parts = null };
            items.Add(field.Keys.IsEmpty ? JsonValue.Create(values.Fill(words.Message, subject, facts.At(i + 1), values.Owner(i)))
                : new JsonObject(field.Keys.Select(k => KeyValuePair.Create(k, (JsonNode?)values.Of(k, field, about, subject, i)))));
        }

        return items;
    }

    /// <summary>What the items of a field are about: the lists that its keys name, in every combination; else the list that its description or name points to.</summary>
    private List<Dictionary<string, Fact>> Subjects(OutputField field)
    {
        var about = contract.Module.In(contract.Language).Fields[field.Name];
        var named = facts.Lists.Where(l => l.Value.Length > 0 && field.Keys.Any(k => DraftFacts.Names(k, l.Key))).Take(2).ToList();
        if (named.Count == 0)
            named = [.. facts.Lists.Where(l => l.Value.Length > 0 && (about.Contains($"`{l.Key}`", StringComparison.Ordinal) || DraftFacts.Names(field.Name, l.Key))).Take(1)];
        if (named.Count == 0 && Listed(about) is { Count: >= 3 } listed && about.Contains(':', StringComparison.Ordinal))
            return listed.ConvertAll(l => new Dictionary<string, Fact> { [field.Name] = new(field.Name, l, null) });
        if (named.Count == 0)
            named = [.. facts.Lists.Where(l => l.Value.Length > 0).OrderByDescending(l => l.Value.Length).Take(1)];
        if (named.Count == 0)
            return [.. facts.All.Select(f => new Dictionary<string, Fact> { [f.Input] = f })];
        if (named is [{ Value: var only }] && only.Length < Least)
            return [.. only.SelectMany(f => f.Parts is null ? DraftFacts.Clauses(f) : [f]).Select(f => new Dictionary<string, Fact> { [named[0].Key] = f })];
        return named.Count > 1 && named[0].Value.Length < Least
            ? [.. named[0].Value.SelectMany(a => named[1].Value.Select(b => new Dictionary<string, Fact> { [named[0].Key] = a, [named[1].Key] = b }))]
            : [.. named[0].Value.Select((_, i) => named.ToDictionary(n => n.Key, n => n.Value[i % n.Value.Length]))];
    }

    private JsonObject Object(OutputField field)
    {
        var subject = Subjects(field) is [var first, ..] ? first : new() { ["brief"] = facts.All[0] };
        return new(field.Keys.Select((k, i) => KeyValuePair.Create(k, (JsonNode?)values.Of(k, field, subject, facts.At(i), i))));
    }

    private string Markdown(OutputField field)
    {
        var about = contract.Module.In(contract.Language).Fields[field.Name];
        var topics = Listed(about);
        var text = new StringBuilder();
        for (var i = 0; i < topics.Count; i++)
            text.Append("- **").Append(Capital(topics[i])).Append("**: ").Append(values.Step(i)).Append(". ")
                .Append(Capital(Stop(values.Fill(words.Evidence, facts.Any(i), facts.Any(i), values.Owner(i))))).Append('\n');
        return text.ToString().TrimEnd('\n');
    }

    private string Text(OutputField field)
    {
        var about = contract.Module.In(contract.Language).Fields[field.Name];
        if (field.Name.Contains("yaml", StringComparison.Ordinal) || about.Contains("YAML", StringComparison.Ordinal))
            return string.Join('\n', Listed(about).Select((t, i) => $"- {Slug(t).Replace('-', '_')}: \"{facts.Say(facts.At(i)).Replace('"', '\'')}\""));
        return $"{Capital(values.Place(contract.Module.In(contract.Language).Success))}: {Stop(facts.Say(facts.At(0)))}";
    }

    /// <summary>The parts that a field's description lists ("definitions, time limits, exclusions"); at least one.</summary>
    private List<string> Listed(string about)
    {
        var list = about[(about.IndexOf(':', StringComparison.Ordinal) + 1)..];
        return [.. values.Place(list).Split([", ", "; ", words.And, ": "], StringSplitOptions.RemoveEmptyEntries).Select(t => t.Trim().Trim('.')).Where(t => t.Length > 1).Take(8)];
    }

    private JsonObject Kpi(JsonObject draft)
    {
        var kpi = new JsonObject(contract.Module.Targets.Select(t => KeyValuePair.Create(t.Name, (JsonNode?)string.Format(CultureInfo.InvariantCulture, words.Kpi, t.Target.ToString(CultureInfo.InvariantCulture)))));
        var horizon = context.Horizons[(int)contract.Set.Urgency];
        foreach (var name in contract.Domain.Kpis.Take(2))
            kpi[name] = words.DomainKpi;
        var set = contract.Set;
        kpi["owner"] = $"{Capital(context.Deciders[(int)set.Scale])} ({context.Label(Axis.Scale, set)})";
        kpi["due"] = $"{values.Deadline}; {horizon}";
        kpi["resources"] = $"{Capital(context.Label(Axis.Resources, set)!)}: {context.Limits[(int)set.Resources]}.";
        kpi["check"] = $"{Capital(context.Label(Axis.Application, set)!)}: {context.Checks[(int)set.Application]}.";
        kpi["evidence"] = string.Format(CultureInfo.InvariantCulture, words.Evidences, contract.Domain.In(contract.Language).Evidence) + " " + string.Format(CultureInfo.InvariantCulture, words.Terms, string.Join(", ", contract.Domain.Jargon.Take(3)));
        var written = InputText.Join(draft);
        var unused = facts.All.Where(f => !written.Contains(f.Text, StringComparison.Ordinal)).Select(f => f.Text).ToList();
        if (unused.Count > 0)
            kpi["brief"] = string.Format(CultureInfo.InvariantCulture, words.Also, string.Join("; ", unused));
        return kpi;
    }

    private static string Slug(string text) => string.Join('-', string.Concat(FoldedText.Fold(text).Select(c => char.IsAsciiLetterOrDigit(c) ? c : ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(6)) is { Length: > 0 } slug ? slug : "draft";

    private static string Stop(string text) => text.EndsWith('…') ? text : text + ".";

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
