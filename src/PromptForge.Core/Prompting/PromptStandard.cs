using System.Collections.Frozen;
using PromptForge.Core.Catalog;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Prompting;

/// <summary>The prompt standard in one language: every sentence that is not a module's, a domain's or the client's own.</summary>
public sealed class PromptStandard
{
    // Sentence to the names it may use. The schema demands each key; this table says what the compiler supplies for it.
    private static readonly FrozenDictionary<string, string[]> Names = new Dictionary<string, string[]>
    {
        ["role_goal.role"] = ["role", "client"],
        ["role_goal.goal"] = ["goal", "decider", "decision", "deadline"],
        ["role_goal.success"] = ["success"],
        ["context_7d.header"] = [],
        ["context_7d.domain"] = ["jargon", "tone"],
        ["context_7d.data"] = [],
        ["context_7d.missing"] = ["missing"],
        ["output_spec.one_part"] = ["part"],
        ["output_spec.many_parts"] = ["count"],
        ["output_spec.part"] = ["number", "part"],
        ["output_spec.escalation"] = [],
        ["output_spec.fields"] = [],
        ["output_spec.field"] = ["name", "type", "need", "about", "shape"],
        ["output_spec.required"] = [],
        ["output_spec.optional"] = [],
        ["output_spec.shape"] = ["keys"],
        ["output_spec.shape_object"] = ["keys"],
        ["output_spec.example"] = ["field", "example"],
        ["output_spec.kpi"] = ["kpis"],
        ["output_spec.at_least"] = ["name", "means", "target"],
        ["output_spec.at_most"] = ["name", "means", "target"],
        ["output_spec.domain_kpi"] = ["kpis"],
        ["output_spec.horizon"] = ["horizon"],
        ["output_spec.length"] = ["words"],
        ["process.crisis"] = ["crisis"],
        ["process.step"] = ["number", "step"],
        ["process.detail"] = ["detail"],
        ["process.check"] = ["check"],
        ["guardrails.line"] = ["rule"],
        ["guardrails.evidence"] = ["evidence"],
        ["guardrails.harm"] = ["harm"],
        ["guardrails.high_risk"] = [],
        ["guardrails.missing"] = [],
        ["evaluation_hooks.intro"] = [],
        ["evaluation_hooks.threshold"] = ["axis", "comparison", "value"],
        ["evaluation_hooks.total"] = ["value"],
        ["evaluation_hooks.zero"] = [],
        ["telemetry_keys.line"] = ["module", "ruleset", "keys"],
    }.ToFrozenDictionary();

    private readonly FrozenDictionary<string, Phrase> phrases;
    private readonly FrozenDictionary<string, string> axisTexts;
    private readonly FrozenDictionary<string, string> flags;

    private PromptStandard(Source source, FrozenDictionary<string, Phrase> phrases)
    {
        var root = source.Document.Root;
        this.phrases = phrases;
        Language = Codes<Language>.TryParse(root.Text("language"), out var language) ? language : throw new FormatException(root.Text("language"));
        Version = root.Text("version");
        ContentHash = source.Hash;
        axisTexts = root.Object("axes").SelectMany(axis => axis.Value!.AsObject().SelectMany(value => value.Value!.AsObject().Select(text => ($"{axis.Key}.{value.Key}.{text.Key}", text.Value!.GetValue<string>()))))
            .ToFrozenDictionary(t => t.Item1, t => t.Item2);
        flags = root.Object("flags").ToFrozenDictionary(f => f.Key, f => f.Value!.GetValue<string>());
    }

    public Language Language { get; }

    public string Version { get; }

    public string ContentHash { get; }

    internal Phrase this[string phrase] => phrases[phrase];

    /// <summary>A text of an axis value, such as ("urgency", "crisis", "deadline").</summary>
    internal string Of(Axis axis, string value, string text) => axisTexts[$"{axis.Code()}.{value}.{text}"];

    internal string Flag(string flag) => flags[flag];

    internal static Outcome<PromptStandard> Read(Source source)
    {
        var faults = new List<Fault>();
        var phrases = new Dictionary<string, Phrase>();
        foreach (var (key, names) in Names)
        {
            var (section, name) = (key.Split('.')[0], key.Split('.')[1]);
            var (phrase, problem) = Phrase.Parse(source.Document.Root.Object(section).Text(name), names);
            if (phrase is null)
                faults.Add(new(CatalogReader.Code, source.Document.Place($"/{section}/{name}"), problem!));
            else
                phrases[key] = phrase;
        }

        return faults.Count > 0 ? faults : new PromptStandard(source, phrases.ToFrozenDictionary());
    }
}
