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
/// Finds the whole phrases of many lists in one pass over folded text. Word starts are found 32 characters at a time; at each one the first three characters
/// choose a bucket, the fourth says whether to open it, and its phrases hold their first eight side by side, so that hardly any text is compared in vain.
/// A phrase that ends in '*' also matches longer words that begin with it.
/// </summary>
/// <remarks>Every text is searched for some five hundred phrases in every run; this is the hottest loop of scoring.</remarks>
internal sealed class PhraseIndex
{
    private const int Block = 32;
    private const int BucketBits = 12;

    // For each bucket one bit a fourth character (its lowest five bits): most words are refused here, by one read.
    private readonly uint[] fourths = new uint[1 << BucketBits];

    // The phrases of bucket b stand from starts[b] up to starts[b + 1].
    private readonly ushort[] starts = new ushort[(1 << BucketBits) + 1];
    private readonly Phrase[] phrases;

    public PhraseIndex(params IEnumerable<(Mark Mark, IEnumerable<string> Phrases)> lists)
    {
        phrases = [.. lists.SelectMany(l => l.Phrases.Select(p => (Text: FoldedText.Fold(p.TrimEnd('*')), l.Mark, Open: p.EndsWith('*')))).Distinct()
            .Select(p => new Phrase(p.Text, p.Mark, p.Open)).OrderBy(p => p.Bucket).ThenByDescending(p => p.Text.Length)];
        foreach (var phrase in phrases)
        {
            if (phrase.Text.Length == 0 || !IsWord(phrase.Text[0]))
                throw new ArgumentException($"A phrase begins with a letter or a digit: \"{phrase.Text}\".", nameof(lists));
            starts[phrase.Bucket + 1]++;
            fourths[phrase.Bucket] |= phrase.Text.Length > 3 ? 1u << phrase.Text[3] : uint.MaxValue;
        }

        for (var b = 1; b < starts.Length; b++)
            starts[b] += starts[b - 1];
    }

    /// <summary>What follows the first character within its word, as the two lowest bits: of which of the next two characters the word consists too.</summary>
    private static ReadOnlySpan<ulong> OfWord => [0xFFFF, 0xFFFF_FFFF, 0xFFFF, 0xFFFF_FFFF_FFFF];

    /// <summary>Letters and digits of any script; signs are none, whatever their place in Unicode.</summary>
    public static bool IsWord(char c) => (uint)(c - 'a') <= 'z' - 'a' || (uint)(c - '0') <= 9 || (uint)(c - 0x80) < 0x2000 - 0x80;

    /// <summary>Appends every hit in order of place; of several phrases at one place the longest of each mark.</summary>
    public void Find(ReadOnlySpan<char> folded, List<PhraseHit> hits)
    {
        // One bit a character: this block in the lower half, and the next one, where its last word may go on, in the upper.
        var words = (ulong)Words(folded, 0);
        var inWord = 0u;
        for (var at = 0; at < folded.Length; at += Block)
        {
            words |= (ulong)Words(folded, at + Block) << Block;
            var block = (uint)words;
            for (var first = block & ~((block << 1) | inWord); first != 0; first &= first - 1)
            {
                var i = BitOperations.TrailingZeroCount(first);
                TryAt(folded, at + i, (int)(words >> (i + 1)) & 3, hits);
            }

            inWord = block >> (Block - 1);
            words >>= Block;
        }
    }

    private void TryAt(ReadOnlySpan<char> folded, int at, int follow, List<PhraseHit> hits)
    {
        var rest = folded[at..];
        var head = Head(rest);
        var bucket = Bucket(head, follow);
        if ((fourths[bucket] & (1u << head[3])) == 0)
            return;
        var found = 0u;
        for (int i = starts[bucket], end = starts[bucket + 1]; i < end; i++)
        {
            ref readonly var phrase = ref phrases[i];
            if ((head & phrase.Mask) == phrase.Head && (found & (1u << (int)phrase.Mark)) == 0 && rest.StartsWith(phrase.Text, StringComparison.Ordinal) && phrase.EndsAt(rest))
            {
                found |= 1u << (int)phrase.Mark;
                hits.Add(new(phrase.Mark, at, phrase.Text.Length));
            }
        }
    }

    /// <summary>One bit for each of the 32 characters from <paramref name="at"/>: whether it belongs to a word.</summary>
    private static uint Words(ReadOnlySpan<char> text, int at)
    {
        if (at >= text.Length)
            return 0;
        var units = MemoryMarshal.Cast<char, ushort>(text[at..]);
        if (units.Length >= Block)
            return Words(units);
        Span<ushort> filled = stackalloc ushort[Block];
        filled.Clear();
        units.CopyTo(filled);
        return Words((ReadOnlySpan<ushort>)filled);
    }

    private static uint Words(ReadOnlySpan<ushort> units)
    {
        var (low, high) = (Words(Vector256.Create(units)), Words(Vector256.Create(units[Vector256<ushort>.Count..])));
        return Vector256.Narrow(low, high).ExtractMostSignificantBits();
    }

    private static Vector256<ushort> Words(Vector256<ushort> c)
    {
        var letters = Vector256.LessThanOrEqual(c - Vector256.Create((ushort)'a'), Vector256.Create((ushort)('z' - 'a')));
        var digits = Vector256.LessThanOrEqual(c - Vector256.Create((ushort)'0'), Vector256.Create((ushort)9));
        var others = Vector256.LessThan(c - Vector256.Create((ushort)0x80), Vector256.Create((ushort)(0x2000 - 0x80)));
        return letters | digits | others;
    }

    /// <summary>The first eight characters; a shorter text is filled up with zeros.</summary>
    private static Vector128<ushort> Head(ReadOnlySpan<char> text)
    {
        var units = MemoryMarshal.Cast<char, ushort>(text);
        if (units.Length >= Vector128<ushort>.Count)
            return Vector128.Create(units);
        Span<ushort> filled = stackalloc ushort[Vector128<ushort>.Count];
        filled.Clear();
        units.CopyTo(filled);
        return Vector128.Create((ReadOnlySpan<ushort>)filled);
    }

    // A multiplicative hash of the first three characters, as far as they belong to the first word: a shorter word may end in any sign.
    private static int Bucket(Vector128<ushort> head, int follow) => (int)(((head.AsUInt64()[0] & OfWord[follow]) * 0x9E37_79B9_7F4A_7C15) >> (64 - BucketBits));

    private readonly struct Phrase(string text, Mark mark, bool open)
    {
        public Vector128<ushort> Head { get; } = PhraseIndex.Head(text);

        /// <summary>All ones for each character that <see cref="Head"/> takes from the phrase.</summary>
        public Vector128<ushort> Mask { get; } = PhraseIndex.Head(new string('\uFFFF', Math.Min(text.Length, Vector128<ushort>.Count)));

        public string Text { get; } = text;

        public Mark Mark { get; } = mark;

        public int Bucket => PhraseIndex.Bucket(Head, (int)(Words(Text, 0) >> 1) & 3);

        public bool EndsAt(ReadOnlySpan<char> rest) => open || rest.Length == Text.Length || !IsWord(Text[^1]) || !IsWord(rest[Text.Length]);
    }
}
