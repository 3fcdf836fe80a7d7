using System.Globalization;
using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Scoring;

/// <summary>Measures a prompt's text. Evidence is worded for the author and made only where points are lost.</summary>
internal readonly ref partial struct PromptRubric
{
    private readonly PromptText text;
    private readonly PromptContract contract;
    private readonly Lexicon lexicon;
    private readonly ContextTexts words;

    public PromptRubric(string prompt, PromptContract contract)
    {
        text = new(prompt);
        this.contract = contract;
        lexicon = Lexicon.Of(contract.Catalog.Ruleset, contract.Language);
        words = ContextTexts.Of(contract.Catalog.Standard(contract.Language));
    }

    private Module Module => contract.Module;

    private ParameterSet Set => contract.Set;

    /// <param name="hits">What <see cref="ForeignContext.Search"/> found in the folded prompt.</param>
    public void Fill(ScoreSheet sheet, ReadOnlySpan<char> folded, List<PhraseHit> hits)
    {
        var rows = ReadRows();
        var hedges = Hedges(hits);
        Clarity(sheet, rows, hedges);
        Execution(sheet, folded, hits);
        Ambiguity(sheet, hedges);
        Alignment(sheet, folded, hits, rows);
        BusinessFit(sheet, folded);
    }

    /// <summary>What is counted in the instructions and, apart, in the client's values.</summary>
    private readonly record struct Counted(int Instructions, int Inputs, List<string>? Evidence);

    private Counted Hedges(List<PhraseHit> hits)
    {
        var (instructions, inputs) = (0, 0);
        List<string>? evidence = null;
        foreach (var hit in hits)
        {
            if (hit.Mark != Mark.Hedging)
                continue;
            _ = InInputs(hit.Start) ? inputs++ : instructions++;
            if ((evidence ??= []).Count < 5)
                evidence.Add($"{Place(hit.Start)}: \"{Excerpt(hit.Start, hit.Length)}\" leaves it open; say what holds or what to do.");
        }

        return new(instructions, inputs, evidence);
    }

    private Counted Questions()
    {
        var (instructions, inputs) = (0, 0);
        List<string>? evidence = null;
        for (int from = 0, at; (at = text.Text[from..].IndexOf('?')) >= 0; from += at + 1)
        {
            var place = from + at;
            var inInputs = InInputs(place);
            _ = inInputs ? inputs++ : instructions++;
            if ((evidence ??= []).Count < 5)
                evidence.Add(inInputs
                    ? $"{Place(place)} asks something; answer it in the input, or accept that the model chooses."
                    : $"{Place(place)} asks instead of telling; write the instruction.");
        }

        return new(instructions, inputs, evidence);
    }

    private void Clarity(ScoreSheet sheet, Rows rows, Counted hedges)
    {
        sheet.Add(ScoreAxis.Clarity, "dimensions", 40m * rows.Right / 7, 40, rows.Evidence);
        Brief(sheet);
        sheet.Add(ScoreAxis.Clarity, "style", 20 - (((4m * hedges.Instructions) + (2m * hedges.Inputs)) / 3), 20, hedges.Evidence);
    }

    /// <summary>The client's brief: required inputs count double, a text of under four words counts half; the goal counts as three inputs.</summary>
    private void Brief(ScoreSheet sheet)
    {
        var (got, of) = (0m, 3m);
        List<string>? evidence = null;
        var sentences = Sentences(text.Body(Section.RoleGoal));
        got += Math.Min(sentences, 3);
        if (sentences < 3)
            (evidence ??= []).Add("ROLE_GOAL needs who answers, what is to be made and how success is recognised; " + (sentences == 0 ? "it is missing." : "one of them is gone."));
        var body = text.InputsBody;
        foreach (var input in Module.Inputs)
        {
            decimal weight = input.Required ? 2 : 1;
            of += weight;
            var value = InputValue(body, input.Key);
            if (value.IsEmpty)
                (evidence ??= []).Add(input.Required ? $"The required input `{input.Key}` is missing or empty." : $"The optional input `{input.Key}` is not supplied; with it the answer assumes less.");
            else if (input.Type == InputType.Text && WordCount(value) < 4)
            {
                got += weight / 2;
                (evidence ??= []).Add($"Input `{input.Key}` says little ({WordCount(value)} words); give the fact somebody could check.");
            }
            else
                got += weight;
        }

        sheet.Add(ScoreAxis.Clarity, "brief", 40m * got / of, 40, evidence);
    }

    private void Ambiguity(ScoreSheet sheet, Counted hedges)
    {
        var questions = Questions();
        sheet.Add(ScoreAxis.Ambiguity, "questions", 40 - (2m * questions.Instructions) - questions.Inputs, 40, questions.Evidence);
        sheet.Add(ScoreAxis.Ambiguity, "hedging", 40 - (2m * hedges.Instructions) - hedges.Inputs, 40, hedges.Evidence);
        Hooks(sheet);
    }

    /// <summary>Decision clarity: the text says for all five axes and the total when the answer is good enough.</summary>
    private void Hooks(ScoreSheet sheet)
    {
        var t = contract.Thresholds;
        List<string>? evidence = null;
        var right = 0;
        right += Hook("- clarity >= ", t.ClarityMin, 1, ref evidence) + Hook("- execution >= ", t.ExecutionMin, 1, ref evidence) + Hook("- ambiguity <= ", t.AmbiguityMax, -1, ref evidence)
            + Hook("- alignment >= ", t.AlignmentMin, 1, ref evidence) + Hook("- business_fit >= ", t.BusinessFitMin, 1, ref evidence) + Hook("- total >= ", t.Gate, 1, ref evidence);
        sheet.Add(ScoreAxis.Ambiguity, "decision_clarity", right == 6 ? 20 : right > 0 ? 12 : 0, 20, evidence);
    }

    private int Hook(string start, int wanted, int sign, ref List<string>? evidence)
    {
        var body = text.Body(Section.EvaluationHooks);
        var at = body.IndexOf(start);
        if (at >= 0)
        {
            var rest = body[(at + start.Length)..];
            var end = rest.IndexOfAnyExceptInRange('0', '9');
            if (int.TryParse(end < 0 ? rest : rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value * sign >= wanted * sign)
                return 1;
        }

        (evidence ??= []).Add($"EVALUATION_HOOKS must hold \"{start}{wanted}\"; " + (at < 0 ? "the line is missing." : "the text asks for less."));
        return 0;
    }

    private bool InInputs(int at) => text.Inputs.Holds(at);

    private string Place(int at) => text.InputAt(at) is { } key ? $"Input `{key}`" : string.Create(CultureInfo.InvariantCulture, $"Line {PromptText.LineOf(text.Text, at)}");

    private string Excerpt(int at, int length) => text.Text.Slice(at, Math.Min(length, 60)).ToString();

    private static int Sentences(ReadOnlySpan<char> body)
    {
        var count = 0;
        for (var i = 0; i < body.Length; i++)
            if (body[i] is '.' or '!' && (i + 1 == body.Length || char.IsWhiteSpace(body[i + 1])))
                count++;
        return count;
    }

    private static int WordCount(ReadOnlySpan<char> value)
    {
        var count = 0;
        foreach (var range in value.Split(' '))
            if (!value[range].Trim().IsEmpty)
                count++;
        return count;
    }

    /// <summary>What stands between the tags of an input; empty where the element is missing or blank.</summary>
    private static ReadOnlySpan<char> InputValue(ReadOnlySpan<char> body, string key)
    {
        for (var line = 0; line < body.Length;)
        {
            var rest = body[line..];
            if (rest.Length > key.Length + 2 && rest[0] == '<' && rest[key.Length + 1] == '>' && rest[1..].StartsWith(key))
            {
                rest = rest[(key.Length + 2)..];
                for (int from = 0, at; (at = rest[from..].IndexOf("</")) >= 0; from += at + 2)
                    if (rest[(from + at + 2)..].StartsWith(key) && rest.Length > from + at + 2 + key.Length && rest[from + at + 2 + key.Length] == '>')
                        return Content(rest[..(from + at)]);
                return default;
            }

            var next = rest.IndexOf('\n');
            line = next < 0 ? body.Length : line + next + 1;
        }

        return default;

        static ReadOnlySpan<char> Content(ReadOnlySpan<char> value)
        {
            value = value.Trim();
            return value is "[]" or "{}" or "null" || value.SequenceEqual("<item></item>") ? default : value;
        }
    }
}
