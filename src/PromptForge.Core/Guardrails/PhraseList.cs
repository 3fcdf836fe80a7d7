using System.Buffers;

namespace PromptForge.Core.Guardrails;

/// <summary>
/// Finds whole phrases in folded text, in one pass whatever the number of phrases. A phrase that ends in '*' also matches longer words that begin with it.
/// </summary>
internal sealed class PhraseList
{
    private readonly SearchValues<string> any;
    private readonly Phrase[][] byFirst;

    public PhraseList(IEnumerable<string> phrases)
    {
        var known = phrases.Select(p => new Phrase(FoldedText.Fold(p.TrimEnd('*')), p.EndsWith('*'))).Where(p => p.Text.Length > 0).DistinctBy(p => p.Text).ToList();
        any = SearchValues.Create([.. known.Select(p => p.Text)], StringComparison.Ordinal);
        byFirst = new Phrase[128][];
        foreach (var group in known.GroupBy(p => p.Text[0]))
        {
            if (group.Key >= byFirst.Length)
                throw new ArgumentException($"A phrase must begin with a plain letter, digit or sign: \"{group.First().Text}\".", nameof(phrases));
            byFirst[group.Key] = [.. group.OrderByDescending(p => p.Text.Length)];
        }
    }

    /// <summary>Where the next phrase begins at or after <paramref name="from"/>, or -1.</summary>
    public int Next(ReadOnlySpan<char> folded, int from, out int length)
    {
        while (from < folded.Length)
        {
            var at = folded[from..].IndexOfAny(any);
            if (at < 0)
                break;
            at += from;
            length = MatchAt(folded, at);
            if (length > 0)
                return at;
            from = at + 1;
        }

        length = 0;
        return -1;
    }

    public bool In(ReadOnlySpan<char> folded) => Next(folded, 0, out _) >= 0;

    public int Count(ReadOnlySpan<char> folded)
    {
        var count = 0;
        for (var at = Next(folded, 0, out var length); at >= 0; at = Next(folded, at + length, out length))
            count++;
        return count;
    }

    private int MatchAt(ReadOnlySpan<char> folded, int at)
    {
        if (at > 0 && char.IsLetterOrDigit(folded[at - 1]) && char.IsLetterOrDigit(folded[at]))
            return 0;
        var rest = folded[at..];
        foreach (var phrase in byFirst[rest[0]])
        {
            if (rest.StartsWith(phrase.Text, StringComparison.Ordinal)
                && (phrase.Open || rest.Length == phrase.Text.Length || !char.IsLetterOrDigit(phrase.Text[^1]) || !char.IsLetterOrDigit(rest[phrase.Text.Length])))
                return phrase.Text.Length;
        }

        return 0;
    }

    private readonly record struct Phrase(string Text, bool Open);
}
