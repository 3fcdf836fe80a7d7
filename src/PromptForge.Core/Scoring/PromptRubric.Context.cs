using PromptForge.Core.Guardrails;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Scoring;

internal readonly ref partial struct PromptRubric
{
    private void Alignment(ScoreSheet sheet, ReadOnlySpan<char> folded, List<PhraseHit> hits, Rows rows)
    {
        Tone(sheet, rows);
        Consistency(sheet, folded, hits, rows);
    }

    /// <summary>Domain tone 50: terms 10, tone 10, binding rules 20, the client in the role 10.</summary>
    private void Tone(ScoreSheet sheet, Rows rows)
    {
        var domain = contract.Domain;
        var own = domain.In(contract.Language);
        List<string>? evidence = null;
        decimal points = 0;
        var row = rows.DomainRow ? text.Text[rows.DomainStart..rows.DomainEnd] : default;
        var (terms, shown) = (0, Math.Min(domain.Jargon.Length, contract.Catalog.Ruleset.Limits.JargonTerms));
        for (var i = 0; i < shown; i++)
            if (row.Contains(domain.Jargon[i], StringComparison.OrdinalIgnoreCase))
                terms++;
        points += shown == 0 ? 10 : 10m * terms / shown;
        if (terms < shown)
            (evidence ??= []).Add($"The domain row names {terms} of {shown} terms of {own.Name}.");
        if (row.Contains(own.Tone, StringComparison.OrdinalIgnoreCase))
            points += 10;
        else
            (evidence ??= []).Add($"The tone of {own.Name} ({own.Tone}) is not asked for.");

        var rules = text.Body(Section.Guardrails);
        var held = 0;
        foreach (var rule in own.Rules)
        {
            if (Holds(rules, rule))
                held++;
            else
                (evidence ??= []).Add($"GUARDRAILS lost the {own.Name} rule \"{Cut(rule)}\".");
        }

        points += own.Rules.IsEmpty ? 20 : 20m * held / own.Rules.Length;
        var client = Set.Scale is Scale.PersonalBrand or Scale.Solo ? own.ClientSmall : own.ClientLarge;
        if (Holds(text.Body(Section.RoleGoal), client))
            points += 10;
        else
            (evidence ??= []).Add($"ROLE_GOAL does not say that the client is {client}.");
        sheet.Add(ScoreAxis.Alignment, "domain_tone", points, 50, evidence);
    }

    /// <summary>7D consistency 50: seven rows of 3, and what six axes cause elsewhere; every statement against the 7D costs 10, in the client's words 5.</summary>
    private void Consistency(ScoreSheet sheet, ReadOnlySpan<char> folded, List<PhraseHit> hits, Rows rows)
    {
        List<string>? evidence = rows.Evidence is null ? null : [.. rows.Evidence];
        var points = (3m * rows.Right) - (10m * rows.Wrong);
        var goal = text.Body(Section.RoleGoal);
        var spec = text.Body(Section.OutputSpec);
        Effect(6, goal, words.Deadlines[(int)Set.Urgency], Axis.Urgency, Section.RoleGoal);
        Effect(5, goal, words.Deciders[(int)Set.Scale], Axis.Scale, Section.RoleGoal);
        Effect(4, spec, words.Horizons[(int)Set.Urgency], Axis.Urgency, Section.OutputSpec);
        Effect(4, spec, words.Words[(int)Set.Complexity], Axis.Complexity, Section.OutputSpec);
        Effect(5, text.Body(Section.Guardrails), words.Limits[(int)Set.Resources], Axis.Resources, Section.Guardrails);
        Effect(5, text.Body(Section.Process), words.Checks[(int)Set.Application], Axis.Application, Section.Process);
        if (Set.Urgency == Urgency.Crisis && !spec.Contains("escalation_path", StringComparison.Ordinal))
        {
            points -= 10;
            (evidence ??= []).Add("In a crisis the answer opens with `escalation_path`; OUTPUT_SPEC does not ask for it.");
        }

        List<Contradiction>? found = null;
        ForeignContext.Of(contract.Catalog).Find(folded, hits, contract, ref found);
        if (found is not null)
            foreach (var c in found)
            {
                var theirs = InInputs(c.Start);
                points -= theirs ? 5 : 10;
                (evidence ??= []).Add($"{Place(c.Start)} speaks of {c.Axis.Code()} \"{c.Names}\"; the run's 7D says \"{Set[c.Axis]}\". Change the text or the 7D.");
            }

        sheet.Add(ScoreAxis.Alignment, "consistency_7d", points, 50, evidence);

        void Effect(decimal worth, ReadOnlySpan<char> body, string wanted, Axis axis, Section section)
        {
            if (Holds(body, wanted))
                points += worth;
            else
                (evidence ??= []).Add($"{section.Name()} does not carry what {axis.Code()} causes: \"{Cut(wanted)}\".");
        }
    }

    private void BusinessFit(ScoreSheet sheet, ReadOnlySpan<char> folded)
    {
        Outcome(sheet);
        var goal = text.Body(Section.RoleGoal);
        Marker(sheet, folded, "owner", Holds(goal, words.Deciders[(int)Set.Scale]), lexicon.Owner, Section.RoleGoal, "Nobody is named who decides on the result.");
        Marker(sheet, folded, "due", Holds(goal, words.Deadlines[(int)Set.Urgency]), lexicon.Due, Section.RoleGoal, "ROLE_GOAL names no time by which the decision falls.");
        Marker(sheet, folded, "resources", Holds(text.Body(Section.Guardrails), words.Limits[(int)Set.Resources]), lexicon.Resources, Section.Guardrails, "Nothing says what the work may cost in people or money.");
        Marker(sheet, folded, "priority", text.Body(Section.Process).Contains("1. ", StringComparison.Ordinal), lexicon.Priority, Section.OutputSpec, "Nothing says what comes first.");
        Marker(sheet, folded, "success_metric", Holds(goal, Module.In(contract.Language).Success), lexicon.Metric, Section.RoleGoal, "ROLE_GOAL does not say how success is recognised.");
        Proof(sheet, folded);
    }

    /// <summary>Outcome 40: who decides 8, on what 8, the KPIs with their targets 16, a number or date in the client's brief 8.</summary>
    private void Outcome(ScoreSheet sheet)
    {
        List<string>? evidence = null;
        decimal points = 0;
        var goal = text.Body(Section.RoleGoal);
        if (Holds(goal, words.Deciders[(int)Set.Scale]))
            points += 8;
        else
            (evidence ??= []).Add($"ROLE_GOAL does not name the reader who decides ({words.Deciders[(int)Set.Scale]}).");
        if (Holds(goal, Module.In(contract.Language).Decision))
            points += 8;
        else
            (evidence ??= []).Add("ROLE_GOAL does not name the decision that the result serves.");
        var spec = text.Body(Section.OutputSpec);
        var stated = 0;
        foreach (var target in Module.Targets)
        {
            var at = spec.IndexOf(target.Name);
            if (at > 0 && spec[at - 1] == '`')
                stated++;
            else
                (evidence ??= []).Add($"OUTPUT_SPEC does not ask for the KPI `{target.Name}`.");
        }

        points += Module.Targets.IsEmpty ? 0 : 16m * stated / Module.Targets.Length;
        if (text.InputsBody.ContainsAnyInRange('0', '9'))
            points += 8;
        else
            (evidence ??= []).Add("No input holds a number or a date; with one the result can be measured.");
        sheet.Add(ScoreAxis.BusinessFit, "outcome", points, 40, evidence);
    }

    private void Marker(ScoreSheet sheet, ReadOnlySpan<char> folded, string name, bool held, PhraseList list, Section section, string otherwise)
    {
        var place = text[section];
        var found = held || (place.Found && list.In(folded[place.Start..place.End]));
        sheet.Add(ScoreAxis.BusinessFit, name, found ? 8 : 0, 8, found ? null : [otherwise]);
    }

    /// <summary>Proof 20, 12 or 0: at least two rules of GUARDRAILS, one, or none say what a statement must rest on.</summary>
    private void Proof(ScoreSheet sheet, ReadOnlySpan<char> folded)
    {
        var place = text[Section.Guardrails];
        var lines = 0;
        if (place.Found)
        {
            var body = folded[place.Start..place.End];
            foreach (var range in body.Split('\n'))
                if (lines < 2 && lexicon.Proof.In(body[range]))
                    lines++;
        }

        sheet.Add(ScoreAxis.BusinessFit, "proof", lines >= 2 ? 20 : lines == 1 ? 12 : 0, 20, lines >= 2 ? null : ["GUARDRAILS must say that figures carry a source, and which evidence counts."]);
    }
}
