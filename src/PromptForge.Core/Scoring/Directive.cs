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
        ["ai putea"] = "poti",
        ["ati putea"] = "puteti",
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
        var at = 0;
        foreach (var hit in hits)
        {
            if (hit.Start < at)
                continue;
            text.Append(line, at, hit.Start - at);
            at = hit.End;
            var replacement = Replacements.GetValueOrDefault(folded.Substring(hit.Start, hit.Length), "");
            if (replacement.Length > 0)
            {
                text.Append(char.IsUpper(line[hit.Start]) ? char.ToUpperInvariant(replacement[0]) + replacement[1..] : replacement);
                continue;
            }

            // What was only a prefix goes with its comma, and the sentence starts with its next word.
            if (at < line.Length && line[at] == ',')
                at++;
            while (at < line.Length && line[at] == ' ' && (text.Length == 0 || text[^1] is ' ' or '"' or '\n' || char.IsUpper(line[hit.Start])))
                at++;
            if (char.IsUpper(line[hit.Start]) && at < line.Length)
            {
                text.Append(char.ToUpperInvariant(line[at]));
                at++;
            }
        }

        return text.Append(line, at, line.Length - at).ToString();
    }
}
