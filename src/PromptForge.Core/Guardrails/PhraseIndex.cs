using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PromptForge.Core.Guardrails;

/// <summary>What a phrase was listed for.</summary>
internal enum Mark { Any, Hedging, Promise, DomainName, DomainClient, AxisName, Title, RomanianStreet, EnglishStreet, SecretName, SecretPrefix }

internal readonly record struct PhraseHit(Mark Mark, int Start, int Length)
{
    public int End => Start + Length;
}

/// <summary>
/// Finds the whole phrases of many lists in one pass over folded text: word starts are found 32 characters at a time, and at each one the first three
/// characters decide whether any phrase is compared at all. A phrase that ends in '*' also matches longer words that begin with it.
/// </summary>
internal sealed class PhraseIndex
{
    private const int Buckets = 4096;
    private readonly Phrase[]?[] buckets = new Phrase[Buckets][];

    public PhraseIndex(params IEnumerable<(Mark Mark, IEnumerable<string> Phrases)> lists)
    {
        var phrases = lists.SelectMany(l => l.Phrases.Select(p => new Phrase(FoldedText.Fold(p.TrimEnd('*')), l.Mark, p.EndsWith('*')))).Distinct();
        foreach (var bucket in phrases.GroupBy(p => Bucket(p.Text, 0)))
        {
            if (bucket.Any(p => p.Text.Length == 0 || !IsWord(p.Text[0])))
                throw new ArgumentException($"A phrase begins with a letter or a digit: \"{bucket.First().Text}\".", nameof(lists));
            buckets[bucket.Key] = [.. bucket.OrderByDescending(p => p.Text.Length)];
        }
    }

    /// <summary>Letters and digits of any script; signs are none, whatever their place in Unicode.</summary>
    public static bool IsWord(char c) => (uint)(c - 'a') <= 'z' - 'a' || (uint)(c - '0') <= 9 || (uint)(c - 0x80) < 0x2000 - 0x80;

    /// <summary>Appends every hit in order of place; of several phrases at one place the longest of each mark.</summary>
    public void Find(ReadOnlySpan<char> folded, List<PhraseHit> hits)
    {
        var at = 0;
        var before = 0u;
        if (Vector256.IsHardwareAccelerated)
        {
            var units = MemoryMarshal.Cast<char, ushort>(folded);
            for (; at + 32 <= folded.Length; at += 32)
            {
                var words = Words(Vector256.Create(units[at..])) is var low && Words(Vector256.Create(units[(at + 16)..])) is var high
                    ? Vector256.Narrow(low, high).ExtractMostSignificantBits()
                    : 0;
                var starts = words & ~((words << 1) | before);
                before = words >> 31;
                for (; starts != 0; starts &= starts - 1)
                    TryAt(folded, at + BitOperations.TrailingZeroCount(starts), hits);
            }
        }

        for (var inWord = before != 0; at < folded.Length; at++)
        {
            var word = IsWord(folded[at]);
            if (word && !inWord)
                TryAt(folded, at, hits);
            inWord = word;
        }
    }

    private static Vector256<ushort> Words(Vector256<ushort> c)
    {
        var letters = Vector256.LessThanOrEqual(c - Vector256.Create((ushort)'a'), Vector256.Create((ushort)('z' - 'a')));
        var digits = Vector256.LessThanOrEqual(c - Vector256.Create((ushort)'0'), Vector256.Create((ushort)9));
        var others = Vector256.LessThan(c - Vector256.Create((ushort)0x80), Vector256.Create((ushort)(0x2000 - 0x80)));
        return letters | digits | others;
    }

    private void TryAt(ReadOnlySpan<char> folded, int at, List<PhraseHit> hits)
    {
        if (buckets[Bucket(folded, at)] is not { } bucket)
            return;
        var rest = folded[at..];
        var found = 0u;
        foreach (var phrase in bucket)
        {
            if ((found & (1u << (int)phrase.Mark)) == 0 && rest.StartsWith(phrase.Text, StringComparison.Ordinal) && phrase.EndsAt(rest))
            {
                found |= 1u << (int)phrase.Mark;
                hits.Add(new(phrase.Mark, at, phrase.Text.Length));
            }
        }
    }

    private static int Bucket(ReadOnlySpan<char> text, int at)
    {
        var b = at + 1 < text.Length && IsWord(text[at + 1]) ? text[at + 1] : 0;
        var c = b != 0 && at + 2 < text.Length && IsWord(text[at + 2]) ? text[at + 2] : 0;
        return ((text[at] * 961) + (b * 31) + c) & (Buckets - 1);
    }

    private sealed record Phrase(string Text, Mark Mark, bool Open)
    {
        public bool EndsAt(ReadOnlySpan<char> rest) => Open || rest.Length == Text.Length || !IsWord(Text[^1]) || !IsWord(rest[Text.Length]);
    }
}
