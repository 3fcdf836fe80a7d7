using System.Text;
using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;

namespace PromptForge.Core.Scoring;

/// <summary>Takes hedging out of a sentence: modal verbs become "can", everything else that only weakens is left out. Nothing else moves.</summary>
internal static class Directive
{
    private static readonly Dictionary<string, string> Replacements = new(StringComparer.Ordinal)
    {
        ["might"] = "can",
        ["could"] = "can",
        ["you may"] = "you can",
        ["ar putea"] = "poate",
        ["s-ar putea"] = "poate",
        ["ai putea"] = "poți",
        ["ati putea"] = "puteți",
        ["am putea"] = "putem",
        ["pare a fi"] = "este",
        ["attempt to"] = "",
        ["tbd"] = "tbd",
        ["to be decided"] = "to be decided",
        ["de stabilit"] = "de stabilit",
    };

    public static string Line(string line, Ruleset ruleset, Language language)
    {
        var folded = FoldedText.Fold(line);
        var hits = new List<PhraseHit>();
        Lexicon.Of(ruleset, language).HedgingIndex.Find(folded, hits);
        if (hits.Count == 0)
            return line;
        var text = new StringBuilder(line.Length);
        var (at, capital) = (0, false);
        foreach (var hit in hits)
        {
            if (hit.Start < at)
                continue;
            Append(hit.Start);
            at = hit.End;
            var replacement = Replacements.GetValueOrDefault(folded.Substring(hit.Start, hit.Length), "");
            var first = capital || char.IsUpper(line[hit.Start]);
            if (replacement.Length > 0)
            {
                text.Append(first ? char.ToUpperInvariant(replacement[0]) + replacement[1..] : replacement);
                capital = false;
                continue;
            }

            // What only weakened goes with its comma and its space, and the sentence starts with its next word.
            if (at < line.Length && line[at] == ',')
                at++;
            while (at < line.Length && line[at] == ' ' && (first || text.Length == 0 || text[^1] is ' ' or '"'))
                at++;
            capital = first;
        }

        Append(line.Length);
        return text.ToString();

        void Append(int until)
        {
            if (until > at && capital)
            {
                text.Append(char.ToUpperInvariant(line[at++]));
                capital = false;
            }

            text.Append(line, at, until - at);
        }
    }
}
