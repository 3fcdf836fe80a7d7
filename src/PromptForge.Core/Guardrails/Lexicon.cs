using System.Runtime.CompilerServices;
using PromptForge.Core.Catalog;

namespace PromptForge.Core.Guardrails;

/// <summary>The ruleset's word lists, made searchable once for each ruleset and language.</summary>
internal sealed class Lexicon
{
    private static readonly ConditionalWeakTable<Ruleset, Lexicon[]> Made = [];

    private Lexicon(WordLists own, WordLists other)
    {
        // A promise is one in either language, whatever the language asked for.
        var promises = own.Promises.Concat(other.Promises).ToList();
        HedgingIndex = new((Mark.Hedging, own.Hedging));
        HedgingWords = own.Hedging;
        PromiseWords = promises;
        Priority = new(own.Priority);
        Owner = new(own.Owner);
        Due = new(own.Due);
        Resources = new(own.Resources);
        Metric = new(own.Metric);
        Proof = new(own.Proof);
        Assumption = new(own.Assumption.Concat(other.Assumption));
        Planned = new(own.Planned.Concat(other.Planned));
        Unknown = new(own.Unknown.Concat(other.Unknown));
        Setting = new(own.Setting.Concat(other.Setting));
    }

    public IEnumerable<string> HedgingWords { get; }
    public IEnumerable<string> PromiseWords { get; }
    public PhraseIndex HedgingIndex { get; }
    public PhraseList Priority { get; }
    public PhraseList Owner { get; }
    public PhraseList Due { get; }
    public PhraseList Resources { get; }
    public PhraseList Metric { get; }
    public PhraseList Proof { get; }
    public PhraseList Assumption { get; }
    public PhraseList Planned { get; }
    public PhraseList Unknown { get; }
    public PhraseList Setting { get; }

    public static Lexicon Of(Ruleset ruleset, Language language) =>
        Made.GetValue(ruleset, static r => [new(r.En, r.Ro), new(r.Ro, r.En)])[(int)language];
}
