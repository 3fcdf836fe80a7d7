using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Scoring;

/// <summary>Measures an output against the contract of its prompt.</summary>
internal sealed partial class OutputRubric
{
    private readonly string output;
    private readonly string folded;
    private readonly PromptContract contract;
    private readonly ParsedOutput parsed;
    private readonly Repetition repetition;
    private readonly Lexicon lexicon;
    private readonly ContextTexts words;
    private readonly List<PhraseHit> hits;

    public OutputRubric(string output, PromptContract contract)
    {
        this.output = output;
        this.contract = contract;
        folded = FoldedText.Fold(output);
        parsed = OutputReader.Read(output, contract);
        repetition = Repetition.Of(parsed.Fields.Count > 0 ? parsed.Fields : new() { ["output"] = output }, contract);
        lexicon = Lexicon.Of(contract.Catalog.Ruleset, contract.Language);
        words = ContextTexts.Of(contract.Catalog.Standard(contract.Language));
        hits = ForeignContext.Search(folded, contract);
        Incidents = GuardrailScanner.ShowOutput(output, folded, hits, contract);
    }

    public ImmutableArray<Incident> Incidents { get; }

    private Module Module => contract.Module;

    private ParameterSet Set => contract.Set;

    public void Fill(ScoreSheet sheet)
    {
        var reflected = Reflected();
        var hedges = Hedges();
        Clarity(sheet, reflected, hedges);
        Execution(sheet);
        Ambiguity(sheet, hedges);
        Alignment(sheet, reflected);
        BusinessFit(sheet);
    }

    private List<string> Hedges() =>
        [.. hits.Where(h => h.Mark == Mark.Hedging).Select(h => $"{Place(h.Start)}: \"{output.Substring(h.Start, h.Length)}\" leaves it open; say what holds or what to do.")];

    private void Clarity(ScoreSheet sheet, Dictionary<Axis, string> missed, List<string> hedges)
    {
        sheet.Add(ScoreAxis.Clarity, "dimensions", 30m * (7 - missed.Count) / 7, 30, missed.Count == 0 ? null : [.. missed.Values]);
        Brief(sheet);
        sheet.Add(ScoreAxis.Clarity, "style", 15 - hedges.Count, 15, First(hedges));
        sheet.Add(ScoreAxis.Clarity, "repetition", 30 * (1 - repetition.Share), 30, repetition.Evidence());
    }

    /// <summary>How much of what the client supplied is used: required inputs count double, arrays by their items.</summary>
    private void Brief(ScoreSheet sheet)
    {
        var (got, of) = (0m, 0m);
        List<string>? evidence = null;
        foreach (var input in Module.Inputs)
        {
            if (contract.Inputs.Values[input.Key] is not { } value)
                continue;
            decimal weight = input.Required ? 2 : 1;
            of += weight;
            var pieces = value is JsonArray items ? items.ToList() : [value];
            var unused = pieces.Where(p => !Uses(InputText.Join(p))).ToList();
            got += pieces.Count == 0 ? weight : weight * (pieces.Count - unused.Count) / pieces.Count;
            if (unused.Count > 0)
                (evidence ??= []).Add(value is JsonArray ? $"{unused.Count} of {pieces.Count} items of `{input.Key}` are not used." : $"The input `{input.Key}` is not used.");
        }

        sheet.Add(ScoreAxis.Clarity, "brief", of == 0 ? 25 : 25m * got / of, 25, evidence);
    }

    /// <summary>A value is used when one of its longer words or numbers occurs; values without any (true, "4.3") count as used.</summary>
    private bool Uses(string value)
    {
        var plain = FoldedText.Fold(value);
        var tokens = Reworded.LongWords(plain);
        for (var at = 0; at < plain.Length;)
        {
            var digit = plain.AsSpan(at).IndexOfAnyInRange('0', '9');
            if (digit < 0)
                break;
            at += digit;
            var end = Figure.NumberEnd(plain, at);
            if (end - at >= 2)
                tokens.Add(plain[at..end]);
            at = end;
        }

        return tokens.Count == 0 || tokens.Any(t => folded.Contains(t, StringComparison.Ordinal));
    }

    private void Ambiguity(ScoreSheet sheet, List<string> hedges)
    {
        var questions = OpenQuestions.Find(output, contract, parsed).ConvertAll(at => $"{Place(at)} leaves a question open; answer it or move it under \"Open Questions\".");
        sheet.Add(ScoreAxis.Ambiguity, "questions", 40 - (2m * questions.Count), 40, First(questions));
        sheet.Add(ScoreAxis.Ambiguity, "hedging", 40 - (2m * hedges.Count), 40, First(hedges));
        var (order, time) = (lexicon.Priority.In(folded), lexicon.Due.In(folded));
        var evidence = new List<string>();
        if (!order)
            evidence.Add("Nothing says what comes first.");
        if (!time)
            evidence.Add("Nothing says by when.");
        sheet.Add(ScoreAxis.Ambiguity, "decision_clarity", evidence.Count switch { 0 => 20, 1 => 12, _ => 0 }, 20, evidence.Count == 0 ? null : evidence);
    }

    /// <summary>The axes that the output does not show, with the reason.</summary>
    private Dictionary<Axis, string> Reflected()
    {
        var missed = new Dictionary<Axis, string>();
        var domain = contract.Domain;
        var own = domain.In(contract.Language);
        if (!domain.Jargon.Concat(domain.Kpis).Append(own.Name).Any(t => folded.Contains(FoldedText.Fold(t), StringComparison.Ordinal)))
            missed[Axis.Domain] = $"No term, KPI or name of {own.Name} occurs.";
        var standard = contract.Catalog.Standard(contract.Language);
        Shows(Axis.Scale, "means", "decider", "label");
        Shows(Axis.Urgency, "means", "deadline", "horizon", "label");
        Shows(Axis.Resources, "means", "limit", "label");
        Shows(Axis.Application, "means", "check", "label");
        var (least, most) = Length(words.Words[(int)Set.Complexity]);
        var count = parsed.Fields.Count == 0 ? Words(output) : Words(InputText.Values(parsed.Fields));
        // Saying things again makes no answer long enough.
        var fresh = count - repetition.Repeated;
        if (fresh * 2 < least || count * 2 > most * 3)
            missed[Axis.Complexity] = string.Create(CultureInfo.InvariantCulture, $"The answer has about {count} words{(repetition.Repeated > 0 ? $", {repetition.Repeated} of them said before" : "")}; complexity {Set.Complexity.Code()} asks for {least:N0} to {most:N0}.");
        if (parsed.Parts.FirstOrDefault(p => p.Problem is not null) is { } part)
            missed[Axis.Output] = part.Problem!;
        return missed;

        void Shows(Axis axis, params ReadOnlySpan<string> texts)
        {
            var stems = new HashSet<string>(StringComparer.Ordinal);
            foreach (var text in texts)
            {
                if (text != "means" && folded.Contains(FoldedText.Fold(standard.Of(axis, Set[axis], text)), StringComparison.Ordinal))
                    return;
                foreach (var word in Reworded.LongWords(FoldedText.Fold(standard.Of(axis, Set[axis], text))))
                    stems.Add(word[..Math.Min(word.Length, 6)]);
            }

            if (stems.Count(s => folded.Contains(s, StringComparison.Ordinal)) < Math.Min(2, stems.Count))
                missed[axis] = $"Nothing shows {axis.Code()} {Set[axis]}: \"{standard.Of(axis, Set[axis], "means")}\"";
        }
    }

    private static (int Least, int Most) Length(string band)
    {
        var numbers = new List<int>();
        for (var at = 0; at < band.Length;)
        {
            var digit = band.AsSpan(at).IndexOfAnyInRange('0', '9');
            if (digit < 0)
                break;
            at += digit;
            var end = Figure.NumberEnd(band, at);
            numbers.Add(int.Parse(band[at..end].Replace(",", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture));
            at = end;
        }

        return numbers is [var least, var most, ..] ? (least, most) : (0, int.MaxValue / 4);
    }

    private static int Words(string text)
    {
        var (count, inWord) = (0, false);
        foreach (var c in text)
        {
            var word = char.IsLetterOrDigit(c) || (inWord && c is '\'' or '-' or '_' or '.' or ',');
            if (word && !inWord)
                count++;
            inWord = word;
        }

        return count;
    }

    private string Place(int at) => string.Create(CultureInfo.InvariantCulture, $"Line {PromptText.LineOf(output, at)}");

    private static List<string>? First(List<string> evidence) => evidence.Count == 0 ? null : evidence.Count <= 5 ? evidence : evidence[..5];
}
