using System.Globalization;
using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Scoring;

internal readonly ref partial struct PromptRubric
{
    /// <summary>The seven rows of the 7D table: how many say what the set says, and which say something else.</summary>
    private readonly record struct Rows(int Right, int Wrong, bool DomainRow, int DomainStart, int DomainEnd, List<string>? Evidence);

    private Rows ReadRows()
    {
        var place = text[Section.Context7D];
        Span<bool> seen = stackalloc bool[7];
        var (right, wrong, domainStart, domainEnd) = (0, 0, 0, 0);
        List<string>? evidence = null;
        if (place.Found)
        {
            var stop = text.Inputs.Found ? text.Inputs.Start : place.End;
            for (var at = place.Start; at < stop;)
            {
                var length = text.Text[at..stop].IndexOf('\n');
                var end = length < 0 ? stop : at + length;
                var line = text.Text[at..end];
                if (line.StartsWith("| ") && AxisOf(line, out var axis, out var value) && !seen[(int)axis])
                {
                    seen[(int)axis] = true;
                    if (IsValue(axis, value))
                        right++;
                    else
                    {
                        wrong++;
                        (evidence ??= []).Add($"Line {PromptText.LineOf(text.Text, at)}: the 7D row {axis.Code()} says \"{Cut(value)}\", the run's 7D says \"{Shown(axis)}\".");
                    }

                    if (axis == Axis.Domain)
                        (domainStart, domainEnd) = (at, end);
                }

                at = end + 1;
            }
        }

        for (var axis = Axis.Domain; axis <= Axis.Output; axis++)
            if (!seen[(int)axis])
                (evidence ??= []).Add($"The 7D row {axis.Code()} is missing from CONTEXT_7D; restore \"| {axis.Code()} | {Shown(axis)} | ... |\".");
        return new(right, wrong, domainEnd > 0, domainStart, domainEnd, evidence);
    }

    private static bool AxisOf(ReadOnlySpan<char> line, out Axis axis, out ReadOnlySpan<char> value)
    {
        axis = default;
        value = default;
        var first = line[2..].IndexOf(" |");
        if (first < 0)
            return false;
        var code = line.Slice(2, first).Trim();
        var rest = line[(first + 4)..];
        var second = rest.IndexOf('|');
        value = (second < 0 ? rest : rest[..second]).Trim();
        for (axis = Axis.Domain; axis <= Axis.Output; axis++)
            if (code.SequenceEqual(axis.Code()))
                return true;
        return false;
    }

    private bool IsValue(Axis axis, ReadOnlySpan<char> value)
    {
        if (axis == Axis.Domain)
            return value.Equals(contract.Domain.In(contract.Language).Name, StringComparison.OrdinalIgnoreCase) || value.Equals(Set.Domain, StringComparison.OrdinalIgnoreCase);
        if (axis != Axis.Output)
            return value.Equals(words.Label(axis, Set), StringComparison.OrdinalIgnoreCase) || value.Equals(Set[axis], StringComparison.OrdinalIgnoreCase);
        var n = 0;
        foreach (var part in value.Split(','))
            if (n >= Set.Outputs.Length || !value[part].Trim().Equals(Set.Outputs[n++].Code(), StringComparison.OrdinalIgnoreCase))
                return false;
        return n == Set.Outputs.Length;
    }

    private string Shown(Axis axis) => axis switch
    {
        Axis.Domain => contract.Domain.In(contract.Language).Name,
        Axis.Output => string.Join(", ", Set.Outputs.Select(o => o.Code())),
        _ => words.Label(axis, Set)!,
    };

    private static string Cut(ReadOnlySpan<char> value) => value.Length > 60 ? string.Concat(value[..60], "...") : value.ToString();

    private void Execution(ScoreSheet sheet, ReadOnlySpan<char> folded, List<PhraseHit> hits)
    {
        Fields(sheet);
        Process(sheet);
        Format(sheet);
        Guardrails(sheet, folded, hits);
    }

    private void Fields(ScoreSheet sheet)
    {
        var body = text.Body(Section.OutputSpec);
        var (got, of) = (0m, 0);
        List<string>? evidence = null;
        foreach (var field in Module.Fields)
        {
            if (!field.Required)
                continue;
            of++;
            var line = FieldLine(body, field.Name);
            if (line.IsEmpty)
                (evidence ??= []).Add($"OUTPUT_SPEC no longer asks for the required field `{field.Name}`; restore its line.");
            else if (MissingKey(line, field) is { } key)
            {
                got += 0.5m;
                (evidence ??= []).Add($"OUTPUT_SPEC asks for `{field.Name}` without its key `{key}`; list every key of an item.");
            }
            else
                got++;
        }

        if (of == 0)
            (evidence ??= []).Add("The module has no required field, so most of the execution cannot be checked.");
        sheet.Add(ScoreAxis.Execution, "fields", of == 0 ? 0 : 45m * got / of, 45, evidence);
    }

    private static ReadOnlySpan<char> FieldLine(ReadOnlySpan<char> body, string name)
    {
        for (int from = 0, at; (at = body[from..].IndexOf("- `")) >= 0; from += at + 3)
        {
            var rest = body[(from + at + 3)..];
            if (!rest.StartsWith(name) || rest.Length <= name.Length || rest[name.Length] != '`')
                continue;
            var end = rest.IndexOf('\n');
            return end < 0 ? rest : rest[..end];
        }

        return default;
    }

    private static string? MissingKey(ReadOnlySpan<char> line, OutputField field)
    {
        foreach (var key in field.Keys)
            if (!line.Contains(key, StringComparison.Ordinal))
                return key;
        return null;
    }

    private void Process(ScoreSheet sheet)
    {
        var body = text.Body(Section.Process);
        var wanted = 0;
        foreach (var from in Module.StepsFrom)
            if (from <= Set.Complexity)
                wanted++;
        var (steps, inOrder, details) = (0, true, false);
        foreach (var range in body.Split('\n'))
        {
            var line = body[range];
            details |= line.StartsWith("   - ");
            var digits = line.IndexOfAnyExceptInRange('0', '9');
            if (digits is < 1 or > 2 || !line[digits..].StartsWith(". "))
                continue;
            steps++;
            inOrder &= int.Parse(line[..digits], CultureInfo.InvariantCulture) == steps;
        }

        var limit = contract.Catalog.Ruleset.Limits.ProcessSteps;
        var points = wanted == 0 ? 0 : 15m * Math.Min(steps, wanted) / wanted;
        List<string>? evidence = null;
        if (steps < wanted)
            (evidence ??= []).Add($"PROCESS has {steps} of the {wanted} numbered steps that complexity {Set.Complexity.Code()} asks for.");
        if (!inOrder)
            Lose(3, "PROCESS is not numbered 1, 2, 3 ...; number the steps in the order of work.");
        if (steps > limit)
            Lose(3, $"PROCESS has {steps} steps, {limit} are allowed; join those that one person does in one go.");
        if (Set.Urgency == Urgency.Crisis && !Holds(body, Module.In(contract.Language).Crisis))
            Lose(5, "PROCESS does not say what to do in the first hour; restore the line before step 1.");
        if (Set.Complexity == Complexity.Expert && !details)
            Lose(3, "PROCESS has no details under its steps; an expert needs the exception and the test of each.");
        sheet.Add(ScoreAxis.Execution, "process", points, 15, evidence);

        void Lose(decimal lost, string why)
        {
            points -= lost;
            (evidence ??= []).Add(why);
        }
    }

    private void Format(ScoreSheet sheet)
    {
        List<string>? evidence = null;
        var spec = text.Body(Section.OutputSpec);
        foreach (var section in Enum.GetValues<Section>())
            if (!text[section].Found)
                (evidence ??= []).Add($"The section {section.Name()} is gone; a prompt has all seven.");
        var missing = evidence is not null;
        if (!missing && (!text.InOrder || text.Repeated))
            (evidence ??= []).Add("The seven sections must stand once each, in the standard's order.");
        foreach (var output in Set.Outputs)
            if (!Holds(spec, words.Parts[(int)output]))
                (evidence ??= []).Add($"OUTPUT_SPEC does not say how the {output.Code()} part looks; restore its line.");
        sheet.Add(ScoreAxis.Execution, "format", evidence is null ? 20 : missing ? 0 : 8, 20, evidence);
    }

    /// <summary>Rules are counted, not compared, so that an author may word them better; a promise in the instructions voids them all.</summary>
    private void Guardrails(ScoreSheet sheet, ReadOnlySpan<char> folded, List<PhraseHit> hits)
    {
        var body = text.Body(Section.Guardrails);
        var lines = body.StartsWith("- ") ? 1 : 0;
        lines += body.Count("\n- ");
        var wanted = Module.Flags.Length + Module.En.StyleRules.Length + contract.Domain.En.Rules.Length + 4 + (contract.Domain.RiskLevel == RiskLevel.High ? 1 : 0);
        List<string>? evidence = null;
        if (lines < wanted)
            (evidence ??= []).Add($"GUARDRAILS has {lines} of {wanted} rules; a rule that was deleted protects nobody.");
        var promised = false;
        foreach (var hit in hits)
        {
            if (hit.Mark != Mark.Promise || InSection(Section.Guardrails, hit.Start) || InInputs(hit.Start) || GuardrailScanner.IsNegated(folded, hit.Start))
                continue;
            promised = true;
            (evidence ??= []).Add($"{Place(hit.Start)}: \"{Excerpt(hit.Start, hit.Length)}\" promises an outcome; state the condition and what follows from it.");
        }

        sheet.Add(ScoreAxis.Execution, "guardrails", promised ? 0 : 20m * Math.Min(lines, wanted) / wanted, 20, evidence);
    }

    private bool InSection(Section section, int at) => text[section].Holds(at);

    /// <summary>Whether a sentence of the contract stands in the text, word for word or with at least two thirds of its longer words on one line.</summary>
    private static bool Holds(ReadOnlySpan<char> body, string sentence) => body.Contains(sentence, StringComparison.Ordinal) || Reworded.In(body, sentence);
}
