using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using PromptForge.Core.Catalog;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Offline;

/// <summary>A value for each key of an item: the client's own where the key speaks of an input, else a sentence by what the key means.</summary>
internal sealed class DraftValues(PromptContract contract, DraftFacts facts)
{
    private enum Meaning { Other, Index, Owner, Time, Evidence, Metric, Threshold, Action, Way, Condition, Reason, Exclusion, Text, Question, Name, Person, Place, Status, Quantity }

    private static readonly (Meaning Meaning, string[] Words)[] Meanings =
    [
        (Meaning.Question, ["question", "questions"]),
        (Meaning.Index, ["id", "nr", "number", "order", "rank", "priority", "index"]),
        (Meaning.Owner, ["owner", "role", "responsible", "reviewer", "approver", "decides", "decided", "released", "checked", "substitute", "deputy", "actor", "alert", "who", "filled"]),
        (Meaning.Time, ["due", "date", "day", "days", "hour", "hours", "time", "deadline", "week", "month", "schedule", "expires", "valid", "until", "within", "timeout", "duration", "window", "effective", "review", "moment", "horizon", "cadence", "frequency", "interval", "retention"]),
        (Meaning.Exclusion, ["dont", "avoid", "not", "never", "negative", "excluded", "gives", "counter", "held", "missing", "out"]),
        (Meaning.Evidence, ["evidence", "source", "sources", "proof", "proofs", "reference", "basis", "origin", "legal", "facts", "permission", "document", "used", "url", "address"]),
        (Meaning.Quantity, ["n", "score", "strength", "importance", "satisfaction", "cost", "price", "margin", "effort", "size", "baseline", "low", "expected", "high", "effect", "value", "total", "weights", "weighted", "words", "characters", "tokens", "capacity", "share", "take", "members", "rate", "position"]),
        (Meaning.Metric, ["metric", "measure", "measured", "kpi", "criterion", "test", "signal", "sign", "confirming", "adoption", "comfort", "success", "counted"]),
        (Meaning.Threshold, ["threshold", "limit", "pass", "target", "stop", "level", "guard", "ceiling", "tie", "hop", "min", "max"]),
        (Meaning.Action, ["action", "actions", "move", "moves", "step", "remedy", "reaction", "fix", "repair", "on", "if", "exercise", "method", "task", "rewrite", "replay", "retry", "instruction", "change", "do", "fallback", "withdrawal", "adjustment", "transition", "next", "route"]),
        (Meaning.Way, ["how"]),
        (Meaning.Condition, ["condition", "trigger", "when", "cue", "admit", "entry", "exit", "done", "removed", "leaves", "ends", "waits", "sent", "say"]),
        (Meaning.Reason, ["reason", "why", "meaning", "shows", "purpose", "benefit", "function", "cause", "interpretation", "driver", "rationale", "concession", "harm", "fault", "anxiety", "push", "pull", "habit", "outcome", "goal", "means"]),
        (Meaning.Person, ["audience", "reader", "recipient", "stakeholder", "speaker", "cohort", "population", "respondents", "segment", "member"]),
        (Meaning.Place, ["place", "location", "channel", "channels", "page", "where", "layer", "system", "table", "placement"]),
        (Meaning.Status, ["status", "decision", "verdict", "state", "rights", "severity", "powered", "label", "maturity", "class", "kind", "type", "format", "version"]),
        (Meaning.Name, ["name", "title", "headline", "label", "hook", "scenario", "scene", "stage", "phrase", "pattern", "tag", "subject", "job", "term", "event", "feature", "piece", "topic"]),
        (Meaning.Text, ["message", "body", "text", "sentence", "paragraph", "statement", "copy", "prompt", "summary", "answer", "claim", "lead", "bridge", "reply", "example", "examples", "story", "observation", "finding", "quote", "cta", "caption"]),
    ];

    private readonly DraftWords words = DraftWords.In(contract.Language);
    private readonly ContextTexts context = ContextTexts.Of(contract.Catalog.Standard(contract.Language));

    public string Owner(int index)
    {
        var team = facts.Lists.FirstOrDefault(l => l.Key is "team" or "roles" or "owners").Value;
        if (!team.IsDefaultOrEmpty)
            return team[index % team.Length].Short;
        var roles = words.Roles[contract.Set.Resources];
        return roles[index % roles.Length];
    }

    /// <param name="subjects">What this item is about, by input.</param>
    public JsonNode Of(string key, OutputField field, IReadOnlyDictionary<string, Fact> subjects, Fact subject, int index)
    {
        if (subject.Parts?[key] is { } part)
            return part.DeepClone();
        foreach (var (input, fact) in subjects)
            if (DraftFacts.Names(key, input))
                return JsonValue.Create(facts.SayWhole(fact));
        foreach (var (input, fact) in facts.Singles)
            if (input == key)
                return JsonValue.Create(facts.SayWhole(fact));
        var listed = facts.Lists.FirstOrDefault(l => l.Key != subject.Input && DraftFacts.Names(key, l.Key)).Value;
        if (!listed.IsDefaultOrEmpty)
            return JsonValue.Create(facts.SayWhole(listed[index % listed.Length]));
        return Sentence(key, field, subject, index);
    }

    private JsonValue Sentence(string key, OutputField field, Fact subject, int index)
    {
        var fact = facts.At(index + key.Length);
        var owner = Owner(index);
        return Means(key) switch
        {
            Meaning.Index => key is "id" ? JsonValue.Create($"{char.ToUpperInvariant(field.Name[0])}{index + 1}") : JsonValue.Create(index + 1),
            Meaning.Owner => JsonValue.Create(key is "deputy" or "substitute" or "reviewer" or "checked_by" ? Owner(index + 1) : owner),
            Meaning.Time => Time(key, index),
            Meaning.Quantity => JsonValue.Create(words.Unknown),
            Meaning.Evidence => JsonValue.Create(Fill(words.Evidence, subject, facts.Any(index), owner)),
            Meaning.Metric => JsonValue.Create(Fill(words.Metric, subject, fact, owner)),
            Meaning.Threshold => JsonValue.Create(Fill(words.Threshold, subject, fact, owner)),
            Meaning.Action => JsonValue.Create(Fill(words.Remedy, subject, fact, owner)),
            Meaning.Way => JsonValue.Create(Fill(words.Way, subject, fact, owner)),
            Meaning.Question => JsonValue.Create(Fill(words.Question, subject, fact, owner)),
            Meaning.Condition => JsonValue.Create(Fill(words.Condition, subject, fact, owner)),
            Meaning.Reason => JsonValue.Create(Fill(words.Reason, subject, fact, owner)),
            Meaning.Exclusion => JsonValue.Create(Fill(words.Exclusion, subject, fact, owner)),
            Meaning.Text => JsonValue.Create(Fill(words.Message, subject, fact, owner)),
            Meaning.Name => JsonValue.Create(facts.Say(subject)),
            Meaning.Person => JsonValue.Create(Fill(words.Person, subject, fact, owner)),
            Meaning.Place => JsonValue.Create(Fill(words.Place, subject, fact, owner)),
            Meaning.Status => JsonValue.Create(Fill(words.Status, subject, fact, owner)),
            _ => JsonValue.Create(Fill(words.Other, subject, fact, owner)),
        };
    }

    /// <summary>A step of the module's process with the client's values in place of the inputs' names; its number where it has been said.</summary>
    public string Step(int index)
    {
        var process = contract.Module.In(contract.Language).Process;
        var at = index % process.Length;
        return facts.IsNew(process[at].Step) ? Place(process[at].Step) : string.Format(CultureInfo.InvariantCulture, words.StepAgain, at + 1);
    }

    /// <summary>`price` becomes "18,000 EUR"; a field's name stays a word.</summary>
    public string Place(string sentence)
    {
        var parts = sentence.Split('`');
        for (var i = 1; i < parts.Length; i += 2)
            parts[i] = facts.Singles.TryGetValue(parts[i], out var single) ? Quote(single)
                : facts.Lists.TryGetValue(parts[i], out var list) ? Quote(list[0]) + (list.Length > 1 ? words.And + Quote(list[1]) : "")
                : parts[i].Replace('_', ' ');
        return string.Concat(parts);
    }

    public string Quote(Fact fact) => string.Format(CultureInfo.InvariantCulture, words.Quoted, facts.Say(fact));

    public string Fill(string pattern, Fact subject, Fact fact, string owner) =>
        string.Format(CultureInfo.InvariantCulture, pattern, pattern.Contains("{0}", StringComparison.Ordinal) ? facts.Say(subject) : "", pattern.Contains("{1}", StringComparison.Ordinal) ? facts.Say(fact) : "", owner);

    /// <summary>A date where the client gave one to count from, else the day or hour that the urgency allows.</summary>
    private JsonValue Time(string key, int index)
    {
        var start = facts.Singles.Values.Select(f => DateOnly.TryParseExact(f.Text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var d) ? d : (DateOnly?)null).FirstOrDefault(d => d is not null);
        var (step, unit) = contract.Set.Urgency switch
        {
            Urgency.Crisis => (2, words.Hour),
            Urgency.Sprint => (1, words.Day),
            Urgency.Pilot => (3, words.Day),
            Urgency.Planned => (5, words.Day),
            _ => (7, words.Day),
        };
        if (start is { } first && key is "date" or "due" or "effective_from" or "review_date" or "valid_until")
            return JsonValue.Create(first.AddDays(contract.Set.Urgency == Urgency.Crisis ? 0 : (index + 1) * step).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        return JsonValue.Create(string.Format(CultureInfo.InvariantCulture, unit, (index + 1) * step));
    }

    public string Deadline => context.Deadlines[(int)contract.Set.Urgency];

    private static Meaning Means(string key)
    {
        var parts = key.Split('_');
        foreach (var (meaning, names) in Meanings)
            if (names.Contains(parts[0]) || names.Contains(parts[^1]))
                return parts.Contains("not") ? Meaning.Exclusion : meaning;
        return parts.Contains("not") ? Meaning.Exclusion : Meaning.Other;
    }
}
