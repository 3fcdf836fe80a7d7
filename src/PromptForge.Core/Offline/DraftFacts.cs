using System.Collections.Immutable;
using System.Text.Json.Nodes;
using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;
using PromptForge.Core.Scoring;

namespace PromptForge.Core.Offline;

/// <summary>A value of the client with the input it stands in; an item that is an object keeps its parts.</summary>
internal sealed record Fact(string Input, string Text, JsonObject? Parts)
{
    public string Short => Text.Length <= 90 ? Text : Text[..Text.LastIndexOf(' ', 88)] + " …";

    /// <summary>What stands for the fact once it has been said: its first words, as many as may come back.</summary>
    public string Reference => Head(Text);

    private static string Head(string text)
    {
        var words = text.Split(' ');
        var count = Math.Min(words.Length, DraftFacts.MostWords);
        while (count > 1 && words[count - 1].Length < 4)
            count--;
        return count == words.Length ? text : string.Join(' ', words.Take(count)).TrimEnd(',', ';', ':', '.') + " …";
    }
}

/// <summary>The client's values, ready to be placed: single facts, and lists of facts.</summary>
internal sealed class DraftFacts
{
    // Names and numbers may come back; a sentence is said once.
    public const int MostWords = 4;

    private readonly HashSet<string> said = new(StringComparer.Ordinal);

    public DraftFacts(PromptContract contract)
    {
        foreach (var (key, value) in contract.Inputs.Values)
        {
            var facts = Read(key, value).Select(f => f with { Text = Anonymiser.Anonymise(f.Text) }).ToImmutableArray();
            if (value is JsonArray or JsonObject)
                Lists[key] = facts;
            else
                Singles[key] = facts[0];
            All.AddRange(facts);
        }

        if (All.Count == 0)
            All.Add(new("brief", contract.Module.In(contract.Language).Name, null));
        var own = contract.Module.Inputs.Where(i => Singles.ContainsKey(i.Key)).Select(i => (i.Type, Fact: Singles[i.Key])).ToList();
        Core = [.. own.Where(i => i.Type == InputType.Text).Select(i => i.Fact)];
        if (Core.IsEmpty)
            Core = [.. own.Where(i => i.Fact.Text.Length > 20).Select(i => i.Fact)];
        Core = Core.IsEmpty ? [.. All] : [.. Core.SelectMany(Clauses)];
    }

    /// <summary>The client's own sentences first: what a draft leans on when nothing closer is at hand.</summary>
    public ImmutableArray<Fact> Core { get; }

    public Dictionary<string, Fact> Singles { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, ImmutableArray<Fact>> Lists { get; } = new(StringComparer.Ordinal);

    public List<Fact> All { get; } = [];

    /// <summary>The fact itself where it first stands, a reference to it from then on: a draft does not read like a form that was stamped.</summary>
    public string Say(Fact fact) => Say(fact, fact.Short);

    /// <summary>The same, not shortened.</summary>
    public string SayWhole(Fact fact) => Say(fact, fact.Text);

    /// <summary>Whether a sentence stands for the first time.</summary>
    public bool IsNew(string sentence) => said.Add(sentence);

    private string Say(Fact fact, string words) => fact.Text.Count(c => c == ' ') < MostWords || said.Add(fact.Text) ? words : fact.Reference;

    /// <summary>The facts in turn.</summary>
    public Fact At(int index) => Core[index % Core.Length];

    /// <summary>Any fact of the client in turn, list items included.</summary>
    public Fact Any(int index) => All[index % All.Count];

    /// <summary>Whether a key speaks of an input: "job" of "jobs", "symbol" of "symbol_set", "data_class" of "data_classes".</summary>
    public static bool Names(string key, string input)
    {
        var (a, b) = (Words(key), Words(input));
        return a.Overlaps(b) && (a.Count == 1 || b.Count == 1 || a.SetEquals(b));
    }

    /// <summary>The parts of an enumeration ("Quote request: name, phone, budget band"), so that rows differ; a plain sentence stays whole.</summary>
    public static IEnumerable<Fact> Clauses(Fact fact)
    {
        var colon = fact.Text.IndexOf(": ", StringComparison.Ordinal);
        var parts = fact.Text[(colon is > 0 and < 40 ? colon + 2 : 0)..].Split([", ", "; ", ". "], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts.Length > 1 && parts.All(p => p.Length is >= 3 and <= 80) ? parts.Select(p => fact with { Text = p, Parts = null }) : [fact];
    }

    private static HashSet<string> Words(string name) => [.. name.Split('_').Select(Singular)];

    private static string Singular(string word) => word switch
    {
        [.. var stem, 's', 's', 'e', 's'] => stem + "ss",
        [.. var stem, 'i', 'e', 's'] => stem + "y",
        [.., 's', 's'] => word,
        [.. { Length: >= 3 } stem, 's'] => stem,
        _ => word,
    };

    private static IEnumerable<Fact> Read(string key, JsonNode? value) => value switch
    {
        JsonArray array => array.Select(item => item is JsonObject o ? new Fact(key, Label(o), o) : new Fact(key, Line(item), null)),
        JsonObject o => o.Select(p => new Fact(key, $"{p.Key}: {Label(p.Value)}", new() { [key] = p.Key, ["name"] = p.Key, ["value"] = p.Value?.DeepClone() })),
        _ => [new(key, Line(value), null)],
    };

    private static string Label(JsonNode? value) => value switch
    {
        JsonObject o => string.Join(", ", o.Select(p => Label(p.Value))),
        JsonArray a => string.Join(", ", a.Select(Label)),
        _ => Line(value),
    };

    private static string Line(JsonNode? value) => string.Join(' ', InputText.Scalar(value).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.');
}
