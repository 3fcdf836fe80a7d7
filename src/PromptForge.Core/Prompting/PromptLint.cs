using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Prompting;

/// <summary>
/// What only compiled prompts can show: two lines of one prompt that say the same, an article that does not fit the word put after it, and a prompt that is longer than its reader has patience for.
/// Each module is compiled with its example in every domain and with every value of the other axes, in both languages.
/// </summary>
public static partial class PromptLint
{
    // The client's values come on top. A token is about four characters.
    private const int MostCharacters = 8_000;

    // Two lines repeat each other when so many words in a row are the same and so many of them mean something,
    // or when one line's meaning words nearly all stand in the other.
    private const int Run = 5;
    private const int RunMeaning = 3;
    private const int SharedMeaning = 4;
    private const double Share = 0.8;

    private static readonly FrozenSet<string> Small = FrozenSet.Create(
        "each", "every", "with", "that", "this", "from", "than", "then", "they", "them", "their", "where", "which", "when", "what", "into", "only", "before", "after", "have", "does", "least", "most", "more",
        "pentru", "fiecare", "care", "este", "sunt", "dintre", "cand", "unde", "doar", "dupa", "inainte", "mult", "multe", "putin", "cate", "fara", "toate", "celor", "cele", "prin", "intre", "cel", "cea", "mai", "aceeasi", "ordine");

    public static IReadOnlyList<Fault> Check(ProductCatalog catalog)
    {
        var compiler = new PromptCompiler(catalog);
        var sets = Contexts(catalog);
        return [.. catalog.Modules.AsParallel().AsOrdered().SelectMany(module => new[] { Language.En, Language.Ro }.SelectMany(language => Check(compiler, module, sets, language)))];
    }

    private static List<Fault> Check(PromptCompiler compiler, Module module, ImmutableArray<ParameterSet> sets, Language language)
    {
        var inputs = InputReader.Read(new JsonObject(module.ExampleInput.Select(i => KeyValuePair.Create(i.Key, JsonNode.Parse(i.Value.GetRawText())))), module.Inputs, null).Value;
        var faults = new List<Fault>();
        var words = new Dictionary<string, Words>(StringComparer.Ordinal);
        var seen = new HashSet<(int, int)>();
        var wrong = new HashSet<string>(StringComparer.Ordinal);
        var file = $"modules/{module.Id}.yaml ({Codes<Language>.Of(language)})";
        foreach (var set in sets)
        {
            var prompt = compiler.Compile(module, set, inputs, language);
            var own = prompt.Lines.Where(l => !l.Key.StartsWith("context_7d.inputs", StringComparison.Ordinal)).ToList();
            var length = own.Sum(l => l.Text.Length + 1);
            if (length > MostCharacters)
                faults.Add(new(CatalogReader.Code, file, $"{length} characters without the inputs, at most {MostCharacters}, in {set.Domain}, {set.Complexity.Code()}: shorten the longest lines."));
            foreach (var line in language == Language.En ? own.Where(l => l.Section == Section.RoleGoal) : [])
                if (Article().Match(line.Text) is { Success: true } article && wrong.Add(article.Value))
                    faults.Add(new(CatalogReader.Code, file, $"\"{article.Value}\": write \"an\", or choose another word, in \"{line.Text}\"."));
            var lines = own.Where(l => l.Section is not (Section.EvaluationHooks or Section.TelemetryKeys) && l.Key != "output_spec.example").Select(l => Of(l.Text)).ToList();
            for (var i = 0; i < lines.Count; i++)
                for (var j = i + 1; j < lines.Count; j++)
                    if (seen.Add((lines[i].Number, lines[j].Number)) && Repeats(lines[i], lines[j]) is { } what)
                        faults.Add(new(CatalogReader.Code, file, $"Said twice ({what}), in {set.Domain}: \"{lines[i].Text}\" and \"{lines[j].Text}\". Take it out of one of them."));
        }

        return faults;

        Words Of(string line) => words.TryGetValue(line, out var known) ? known : words[line] = new(line, words.Count);
    }

    /// <summary>The words that two lines share, if they are too many.</summary>
    internal static string? Repeats(string one, string other) => Repeats(new Words(one, 0), new Words(other, 1));

    private static string? Repeats(Words one, Words other)
    {
        var shared = one.Meaning.Intersect(other.Meaning).ToList();
        if (shared.Count < RunMeaning)
            return null;
        if (shared.Count >= SharedMeaning && shared.Count >= Share * Math.Min(one.Meaning.Count, other.Meaning.Count))
            return string.Join(' ', shared);
        for (var i = 0; i + Run <= one.All.Length; i++)
            for (var j = 0; j + Run <= other.All.Length; j++)
                if (one.All.AsSpan(i, Run).SequenceEqual(other.All.AsSpan(j, Run)) && one.All.AsSpan(i, Run).ToArray().Count(one.Meaning.Contains) >= RunMeaning)
                    return string.Join(' ', one.All[i..(i + Run)]);
        return null;
    }

    private static ImmutableArray<ParameterSet> Contexts(ProductCatalog catalog)
    {
        var crises = catalog.DomainCodes.Select(d => new SevenDRequest { Domain = d, Urgency = "crisis", Complexity = "expert" });
        var saas = new SevenDRequest { Domain = catalog.DomainCodes[0] };
        var values = Codes<Scale>.All.Select(v => saas with { Scale = v })
            .Concat(Codes<Urgency>.All.Select(v => saas with { Urgency = v }))
            .Concat(Codes<Complexity>.All.Select(v => saas with { Complexity = v }))
            .Concat(Codes<Resources>.All.Select(v => saas with { Resources = v }))
            .Concat(Codes<Application>.All.Select(v => saas with { Application = v }))
            .Concat(Codes<OutputFormat>.All.Select(v => saas with { OutputFormats = [v] }));
        return [.. crises.Concat(values).Select(request => SevenDParser.Normalize(request, catalog).Value.Set)];
    }

    // Not before a "u" or "eu" that sounds like "you", nor before "one".
    [GeneratedRegex(@"\b[Aa] (?!us|uni|eu|one\b)[aeiou]\w*")]
    private static partial Regex Article();

    private sealed class Words
    {
        public Words(string line, int number)
        {
            Number = number;
            Text = line.Trim();
            // What a field is called, and the keys of its items, are names and not words.
            var text = line.StartsWith("- `", StringComparison.Ordinal) && line.IndexOf("): ", StringComparison.Ordinal) is > 0 and var at ? line[(at + 3)..] : line;
            text = text.Split("`{")[0];
            All = [.. string.Concat(FoldedText.Fold(text).Select(c => char.IsAsciiLetterOrDigit(c) || c == '_' ? c : ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries)];
            Meaning = [.. All.Where(w => w.Length >= 4 && !Small.Contains(w))];
        }

        public int Number { get; }

        public string Text { get; }

        public string[] All { get; }

        public HashSet<string> Meaning { get; }
    }
}
