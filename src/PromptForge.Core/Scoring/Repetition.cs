using System.Globalization;
using System.Text.Json.Nodes;
using PromptForge.Core.Guardrails;

namespace PromptForge.Core.Scoring;

/// <summary>
/// How much of an output has been said before: the share of its words that stand in a run of five or more which a field repeats. A sentence copied from field
/// to field, a value of the client's pasted everywhere and a stock phrase around changing names all show as such runs; names, numbers and short labels do not.
/// </summary>
internal sealed class Repetition
{
    private const int Run = 5;

    private readonly Dictionary<string, Seen> seen = new(StringComparer.Ordinal);
    private readonly List<(Seen Seen, string Excerpt, int Words)> runs = [];
    private readonly PromptContract contract;
    private int words;

    private Repetition(PromptContract contract) => this.contract = contract;

    /// <summary>How many words stand in such runs.</summary>
    public int Repeated { get; private set; }

    public decimal Share => words == 0 ? 0 : (decimal)Repeated / words;

    /// <param name="fields">The parsed fields, so that a second part in another format repeats nothing; the output as one text where there are none.</param>
    public static Repetition Of(JsonObject fields, PromptContract contract)
    {
        var repetition = new Repetition(contract);
        foreach (var (field, value) in fields)
            repetition.Read(field, value);
        return repetition;
    }

    /// <summary>The share, then the costliest runs: what is said again, how often, in which fields, and whose words they are.</summary>
    public List<string>? Evidence()
    {
        if (Repeated == 0)
            return null;
        var evidence = new List<string> { string.Create(CultureInfo.InvariantCulture, $"{Repeated} of {words} words stand in runs of {Run} and more that the answer has said before.") };
        foreach (var (place, excerpt, _) in runs.DistinctBy(r => r.Seen).OrderByDescending(r => r.Seen.Times * r.Words).Take(5))
        {
            var cut = excerpt.Length > 90 ? excerpt[..90] + "..." : excerpt;
            var source = Source(excerpt) is { } input ? $" (the words of input `{input}`)" : "";
            evidence.Add(string.Create(CultureInfo.InvariantCulture, $"\"{cut}\"{source} stands {place.Times} times, in {string.Join(", ", place.Fields.Select(f => $"`{f}`"))}; say it once and refer to it."));
        }

        return evidence;
    }

    private void Read(string field, JsonNode? value)
    {
        switch (value)
        {
            case JsonObject map:
                foreach (var (_, item) in map)
                    Read(field, item);
                break;
            case JsonArray list:
                foreach (var item in list)
                    Read(field, item);
                break;
            case not null:
                Read(field, InputText.Scalar(value));
                break;
        }
    }

    private void Read(string field, string text)
    {
        var folded = FoldedText.Fold(text);
        var places = Words(folded);
        words += places.Count;
        var (start, end) = (0, 0);
        Seen? first = null;
        for (var i = 0; i + Run <= places.Count; i++)
        {
            var key = string.Join(' ', places.GetRange(i, Run).Select(p => folded[p]));
            if (!seen.TryGetValue(key, out var known))
            {
                seen.Add(key, new(field));
                continue;
            }

            known.Again(field);
            if (i >= end)
            {
                Close();
                (first, start, end) = (known, i, i);
            }

            Repeated += i + Run - Math.Max(end, i);
            end = i + Run;
        }

        Close();

        void Close()
        {
            if (first is not null)
                runs.Add((first, text[places[start].Start..places[end - 1].End], end - start));
        }
    }

    private string? Source(string excerpt)
    {
        foreach (var (input, value) in contract.Inputs.Values)
            if (InputText.Values(value).Contains(excerpt, StringComparison.OrdinalIgnoreCase))
                return input;
        return null;
    }

    private static List<Range> Words(string folded)
    {
        var places = new List<Range>();
        for (var i = 0; i < folded.Length; i++)
        {
            var start = i;
            while (i < folded.Length && char.IsLetterOrDigit(folded[i]))
                i++;
            if (i > start)
                places.Add(start..i);
        }

        return places;
    }

    /// <summary>A run of five words: how often it stands in the output, and where.</summary>
    private sealed class Seen(string field)
    {
        public int Times { get; private set; } = 1;

        public List<string> Fields { get; } = [field];

        public void Again(string where)
        {
            Times++;
            if (!Fields.Contains(where))
                Fields.Add(where);
        }
    }
}
