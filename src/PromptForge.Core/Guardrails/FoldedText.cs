using System.Buffers;

namespace PromptForge.Core.Guardrails;

/// <summary>
/// A text as the word lists see it: lower case, without diacritics, with plain quotes, hyphens and spaces. Character i of the folded text stands for
/// character i of the original, so that a place found in one is a place in the other.
/// </summary>
internal readonly ref struct FoldedText : IDisposable
{
    private const int TableSize = 0x250;
    private static readonly char[] Table = BuildTable();
    private readonly char[] rented;

    private FoldedText(char[] rented, int length)
    {
        this.rented = rented;
        Span = rented.AsSpan(0, length);
    }

    public ReadOnlySpan<char> Span { get; }

    public static FoldedText Of(ReadOnlySpan<char> text)
    {
        var rented = ArrayPool<char>.Shared.Rent(Math.Max(text.Length, 1));
        Fold(text, rented);
        return new(rented, text.Length);
    }

    public static string Fold(string text)
    {
        var folded = new char[text.Length];
        Fold(text, folded);
        return new(folded);
    }

    public void Dispose() => ArrayPool<char>.Shared.Return(rented);

    private static void Fold(ReadOnlySpan<char> text, Span<char> into)
    {
        var at = 0;
        while (at < text.Length)
        {
            System.Text.Ascii.ToLower(text[at..], into[at..], out var written);
            at += written;
            while (at < text.Length && text[at] >= 0x80)
            {
                into[at] = Fold(text[at]);
                at++;
            }
        }
    }

    private static char Fold(char c) => c < TableSize ? Table[c] : c switch
    {
        >= '\u2010' and <= '\u2015' or '\u2212' => '-',
        '\u2018' or '\u2019' or '\u201A' or '\u2032' => '\'',
        '\u201C' or '\u201D' or '\u201E' => '"',
        >= '\u2000' and <= '\u200A' or '\u202F' => ' ',
        _ => char.ToLowerInvariant(c),
    };

    private static char[] BuildTable()
    {
        var table = new char[TableSize];
        for (var c = 0; c < TableSize; c++)
            table[c] = char.ToLowerInvariant((char)c);
        table['\u00A0'] = ' ';
        table['\u00AD'] = '-';
        table['\u00AB'] = table['\u00BB'] = '"';
        table['\u00B7'] = table['\u00A6'] = ' ';
        foreach (var (letters, plain) in (ReadOnlySpan<(string, char)>)
            [("àáâãäåāăą", 'a'), ("çćĉċč", 'c'), ("ďđ", 'd'), ("èéêëēĕėęě", 'e'), ("ĝğġģ", 'g'), ("ìíîïĩīĭį", 'i'), ("ñńņň", 'n'),
             ("òóôõöøōŏő", 'o'), ("ŕŗř", 'r'), ("śŝşšș", 's'), ("ţťŧț", 't'), ("ùúûüũūŭůűų", 'u'), ("ýÿŷ", 'y'), ("źżž", 'z'), ("łľļ", 'l')])
        {
            foreach (var letter in letters)
            {
                table[letter] = plain;
                var upper = char.ToUpperInvariant(letter);
                if (upper < TableSize)
                    table[upper] = plain;
            }
        }

        return table;
    }
}
