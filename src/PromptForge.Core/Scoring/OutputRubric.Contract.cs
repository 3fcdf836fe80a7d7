using System.Text.Json.Nodes;
using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Scoring;

internal sealed partial class OutputRubric
{
    private void Execution(ScoreSheet sheet)
    {
        Fields(sheet);
        Format(sheet);
        Guardrails(sheet);
    }

    private void Fields(ScoreSheet sheet)
    {
        var required = Module.Fields.Where(f => f.Required).ToList();
        List<string>? evidence = null;
        var got = 0m;
        foreach (var field in required)
        {
            if (!parsed.Has(field.Name))
            {
                (evidence ??= []).Add($"The required field `{field.Name}` is missing or empty.");
                continue;
            }

            var (share, why) = Filled(field, parsed.Fields[field.Name]!);
            got += share;
            if (why is not null)
                (evidence ??= []).Add(why);
        }

        if (required.Count == 0)
            (evidence ??= []).Add("The module has no required field, so most of the execution cannot be checked.");
        sheet.Add(ScoreAxis.Execution, "fields", required.Count == 0 ? 0 : 60m * got / required.Count, 60, evidence);
    }

    /// <summary>A field counts half when its items lack keys or a placeholder stands in it.</summary>
    private static (decimal Share, string? Why) Filled(OutputField field, JsonNode value)
    {
        if (value.ToJsonString().Contains(OutputReader.Placeholder, StringComparison.OrdinalIgnoreCase))
            return (0.5m, $"`{field.Name}` holds the placeholder [TBD]; put the fact in its place.");
        if (field.Keys.IsEmpty || field.Type is not (FieldType.Array or FieldType.Object))
            return (1, null);
        var items = value is JsonArray array ? array.ToList() : [value];
        var whole = items.Count(i => i is JsonObject o && field.Keys.All(k => !ParsedOutput.IsEmpty(o[k])));
        // One object may instead hold an entry for each of several things ("one entry per attribute, named after it").
        if (field.Type == FieldType.Object && whole == 0 && value is JsonObject entries && entries.Count > 0 && entries.All(e => e.Value is JsonObject o && field.Keys.All(o.ContainsKey)))
            return (1, null);
        return whole == items.Count
            ? (1, null)
            : (0.5m + (0.5m * whole / items.Count), $"{items.Count - whole} of {items.Count} items of `{field.Name}` lack one of {string.Join(", ", field.Keys)}.");
    }

    private void Format(ScoreSheet sheet)
    {
        var evidence = new List<string>();
        foreach (var part in parsed.Parts)
            if (part.Problem is { } problem)
                evidence.Add(problem);
            else if (Form(part) is { } form)
                evidence.Add(form);
        var broken = parsed.Parts.Any(p => p.Format is OutputFormat.Json or OutputFormat.Yaml or OutputFormat.Bundle && p.Problem is not null && p.Fields.Count == 0);
        foreach (var field in Module.Fields.Where(f => f.Type == FieldType.Array))
        {
            var counts = parsed.Parts.Where(p => p.Problem is null).Select(p => p.Fields[field.Name] is JsonArray a ? a.Count : (int?)null).Where(c => c is not null).Distinct().ToList();
            if (counts.Count > 1)
                evidence.Add($"The parts disagree on `{field.Name}`: {string.Join(" and ", counts)} items.");
        }

        sheet.Add(ScoreAxis.Execution, "format", evidence.Count == 0 ? 20 : broken || parsed.Parts.All(p => p.Fields.Count == 0) ? 0 : 8, 20, First(evidence));
    }

    /// <summary>What tells a checklist, a specification and a playbook from any Markdown.</summary>
    private string? Form(OutputPart part) => part.Format switch
    {
        OutputFormat.Checklist when !output.Contains("- [ ] ", StringComparison.Ordinal) && !output.Contains("- [x] ", StringComparison.Ordinal) => "A checklist has its actions as lines \"- [ ] action | owner | proof\".",
        OutputFormat.Spec when !folded.Contains(" must ", StringComparison.Ordinal) && !folded.Contains(" trebuie ", StringComparison.Ordinal) => "A specification has numbered requirements that say \"must\".",
        OutputFormat.Playbook when !lexicon.Owner.In(folded) => "Every play of a playbook names trigger, action, owner and when it is done.",
        _ => null,
    };

    /// <summary>20; nothing of it with a promise or the client's personal data in the text; 4 less for each figure without a source.</summary>
    private void Guardrails(ScoreSheet sheet)
    {
        var evidence = new List<string>();
        var points = 20m;
        foreach (var incident in Incidents)
        {
            var excerpt = output.Substring(incident.Start, Math.Min(incident.Length, 60));
            if (incident.Code == GuardrailScanner.Promise)
            {
                points = 0;
                evidence.Add($"{Place(incident.Start)}: \"{excerpt}\" promises an outcome; state the condition and what follows from it.");
            }
            else if (incident.Code == GuardrailScanner.Confidentiality)
            {
                points = 0;
                evidence.Add($"{Place(incident.Start)} repeats personal data of the client; put its kind in its place.");
            }
            else if (incident.Code == GuardrailScanner.Ungrounded)
            {
                points -= 4;
                evidence.Add($"{Place(incident.Start)}: {excerpt} has no source; add it in brackets or the prefix \"Assumption:\".");
            }
        }

        sheet.Add(ScoreAxis.Execution, "guardrails", points, 20, First(evidence));
    }

    private void Alignment(ScoreSheet sheet, Dictionary<Axis, string> missed)
    {
        Tone(sheet);
        var points = 50m;
        var evidence = new List<string>();
        foreach (var axis in (ReadOnlySpan<Axis>)[Axis.Scale, Axis.Urgency, Axis.Complexity, Axis.Resources, Axis.Application])
            if (missed.TryGetValue(axis, out var why))
                Lose(6, why);
        if (Set.Urgency == Urgency.Crisis && !parsed.Has(OutputReader.Escalation))
            Lose(20, "In a crisis the answer opens with `escalation_path`.");
        List<Contradiction>? found = null;
        ForeignContext.Of(contract.Catalog).Find(folded, hits, contract, ref found);
        var given = FoldedText.Fold(InputText.Join(contract.Inputs.Values));
        foreach (var c in found ?? [])
            if (!given.Contains(folded.Substring(c.Start, c.Length), StringComparison.Ordinal))
                Lose(10, $"{Place(c.Start)} speaks of {c.Axis.Code()} \"{c.Names}\"; the run's 7D says \"{Set[c.Axis]}\".");
        sheet.Add(ScoreAxis.Alignment, "consistency_7d", points, 50, First(evidence));

        void Lose(decimal lost, string why)
        {
            points -= lost;
            evidence.Add(why);
        }
    }

    /// <summary>Domain tone 50: terms of the domain 25 (one 15), one of its KPIs 15, the kind of evidence that counts there 10.</summary>
    private void Tone(ScoreSheet sheet)
    {
        var domain = contract.Domain;
        var evidence = new List<string>();
        var terms = domain.Jargon.Count(j => folded.Contains(FoldedText.Fold(j), StringComparison.Ordinal));
        var points = terms switch { 0 => 0m, 1 => 15, _ => 25 };
        if (terms < 2)
            evidence.Add($"{terms} terms of {domain.Name} occur; use those that fit: {string.Join(", ", domain.Jargon.Take(4))}.");
        if (domain.Kpis.Any(k => folded.Contains(FoldedText.Fold(k), StringComparison.Ordinal)))
            points += 15;
        else
            evidence.Add($"No KPI of {domain.Name} is named; say which of {string.Join(", ", domain.Kpis.Take(3))} moves.");
        if (Reworded.LongWords(FoldedText.Fold(domain.In(contract.Language).Evidence)).Any(w => folded.Contains(w[..Math.Min(w.Length, 7)], StringComparison.Ordinal)))
            points += 10;
        else
            evidence.Add($"The evidence that counts in {domain.Name} is not mentioned: {domain.In(contract.Language).Evidence}.");
        sheet.Add(ScoreAxis.Alignment, "domain_tone", points, 50, First(evidence));
    }

    private void BusinessFit(ScoreSheet sheet)
    {
        Outcome(sheet);
        Marker("owner", lexicon.Owner, "Nobody is named as owner.");
        Marker("due", lexicon.Due, "Nothing has a date, day or hour.");
        Marker("resources", lexicon.Resources, "Nothing says what the work needs in people, time or money.");
        Marker("priority", lexicon.Priority, "Nothing says what comes first.");
        Marker("success_metric", lexicon.Metric, "Nothing says how success is counted.");
        var proofs = lexicon.Proof.Count(folded) + lexicon.Assumption.Count(folded);
        sheet.Add(ScoreAxis.BusinessFit, "proof", proofs >= 3 ? 20 : proofs > 0 ? 12 : 0, 20, proofs >= 3 ? null : [$"{proofs} statements point to a source or are marked as assumption; at least 3 are expected."]);

        void Marker(string name, PhraseList list, string otherwise)
        {
            var found = list.In(folded);
            sheet.Add(ScoreAxis.BusinessFit, name, found ? 8 : 0, 8, found ? null : [otherwise]);
        }
    }

    /// <summary>Outcome 40: the module's KPIs, each with a number or the word "unknown" as baseline.</summary>
    private void Outcome(ScoreSheet sheet)
    {
        var evidence = new List<string>();
        foreach (var target in Module.Targets)
        {
            var at = folded.IndexOf(FoldedText.Fold(target.Name), StringComparison.Ordinal);
            if (at < 0)
            {
                evidence.Add($"The KPI `{target.Name}` is not stated.");
                continue;
            }

            var after = folded.AsSpan(at + target.Name.Length);
            var stop = after.IndexOf('\n');
            stop = stop < 0 ? after.Length : stop;
            // A JSON or YAML object continues on the next lines.
            after = after[..Math.Min(after.Length, Math.Max(stop, 120))];
            if (!lexicon.Unknown.In(after) && !after.Contains("baseline", StringComparison.Ordinal) && !after.Contains("valoare de pornire", StringComparison.Ordinal))
                evidence.Add($"The KPI `{target.Name}` has neither a baseline nor the word \"unknown\".");
        }

        sheet.Add(ScoreAxis.BusinessFit, "outcome", Module.Targets.IsEmpty ? 40 : 40m * (Module.Targets.Length - evidence.Count) / Module.Targets.Length, 40, First(evidence));
    }
}
