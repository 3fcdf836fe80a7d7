using System.Buffers;

namespace PromptForge.Core.Guardrails;

/// <summary>Names that stand after a title, and street addresses with a house number; a name alone is not recognised, since no list of names is right.</summary>
internal static class PiiPeople
{
    public static readonly string[] Titles =
        ["mr", "mrs", "ms", "dr", "prof", "dl", "d-l", "dna", "d-na", "domnul", "domnului", "doamna", "doamnei", "domnisoara", "mister", "madam"];

    public static readonly string[] RomanianStreets =
        ["str", "strada", "strazii", "bd", "bdul", "b-dul", "bulevardul", "calea", "aleea", "soseaua", "sos", "piata", "intrarea", "splaiul"];

    public static readonly string[] EnglishStreets =
        ["street", "avenue", "road", "boulevard", "lane", "drive", "court", "square", "st", "ave", "rd", "blvd", "ln"];

    private static readonly SearchValues<char> BeforeWord = SearchValues.Create(" \n\t,;:(|>\"");

    public static void Find(ReadOnlySpan<char> text, ReadOnlySpan<char> folded, PhraseHit hit, List<PiiFind> finds)
    {
        if (hit.Mark == Mark.Title)
            Person(text, hit.Start, hit.Length, finds);
        else if (hit.Mark == Mark.RomanianStreet)
            RomanianAddress(text, folded, hit.Start, hit.Length, finds);
        else if (hit.Mark == Mark.EnglishStreet)
            EnglishAddress(text, hit.Start, hit.Length, finds);
    }

    private static void Person(ReadOnlySpan<char> text, int at, int length, List<PiiFind> finds)
    {
        // "DNA" is no title, "Dna" and "dna" are.
        if (length > 1 && char.IsUpper(text[at + 1]))
            return;
        var start = AfterMark(text, at + length);
        var end = start;
        for (var words = 0; words < 3; words++)
        {
            var next = words == 0 ? start : end + 1;
            if (next > start && (end >= text.Length || text[end] is not (' ' or '-')))
                break;
            var word = CapitalisedWord(text, next);
            if (word == 0)
                break;
            end = next + word;
        }

        if (end > start)
            finds.Add(new(PiiKind.PersonName, start, end - start));
    }

    /// <summary>"Str. Mihai Eminescu nr. 12", "Bulevardul Unirii 5".</summary>
    private static void RomanianAddress(ReadOnlySpan<char> text, ReadOnlySpan<char> folded, int at, int length, List<PiiFind> finds)
    {
        var i = AfterMark(text, at + length);
        var words = 0;
        while (words < 5 && CapitalisedWord(text, i) is var word and > 0)
        {
            words++;
            i += word;
            while (i < text.Length && text[i] is ' ' or ',' or '.')
                i++;
        }

        if (words == 0)
            return;
        if (folded[i..].StartsWith("nr", StringComparison.Ordinal))
        {
            i += 2;
            while (i < text.Length && text[i] is ' ' or '.')
                i++;
        }

        var digits = i < text.Length ? text[i..].IndexOfAnyExceptInRange('0', '9') : 0;
        digits = digits < 0 ? text.Length - i : digits;
        if (digits is >= 1 and <= 4 && (i + digits >= text.Length || text[i + digits] is not ('%' or ':' or '-')))
            finds.Add(new(PiiKind.Address, at, i + digits - at));
    }

    /// <summary>"221B Baker Street", "10 Downing St.": house number and capitalised words before the street's kind.</summary>
    private static void EnglishAddress(ReadOnlySpan<char> text, int at, int length, List<PiiFind> finds)
    {
        if (!char.IsUpper(text[at]))
            return;
        var i = at;
        for (var words = 0; words <= 4; words++)
        {
            if (i == 0 || text[i - 1] != ' ')
                return;
            var start = text[..(i - 1)].LastIndexOfAny(BeforeWord) + 1;
            var word = text[start..(i - 1)];
            if (word.IsEmpty)
                return;
            if (char.IsAsciiDigit(word[0]))
            {
                if (words > 0 && word.Length <= 6 && !word[..^1].ContainsAnyExceptInRange('0', '9') && char.IsAsciiLetterOrDigit(word[^1]))
                    finds.Add(new(PiiKind.Address, start, at + length - start));
                return;
            }

            if (CapitalisedWord(text, start) != word.Length)
                return;
            i = start;
        }
    }

    private static int AfterMark(ReadOnlySpan<char> text, int end)
    {
        if (end < text.Length && text[end] == '.')
            end++;
        return end < text.Length && text[end] is ' ' or '\u00A0' ? end + 1 : end;
    }

    /// <summary>The length of a word such as "Ionescu" or "O'Neill" at <paramref name="at"/>; 0 where there is none. Words in capitals do not count.</summary>
    private static int CapitalisedWord(ReadOnlySpan<char> text, int at)
    {
        if (at >= text.Length || !char.IsUpper(text[at]) || (at > 0 && char.IsLetterOrDigit(text[at - 1])))
            return 0;
        var i = at + 1;
        var lower = 0;
        while (i < text.Length && (char.IsLetter(text[i]) || (text[i] == '\'' && i + 1 < text.Length && char.IsLetter(text[i + 1]))))
            lower += char.IsLower(text[i++]) ? 1 : 0;
        return lower >= 2 ? i - at : 0;
    }
}
