using System.Buffers;

namespace PromptForge.Core.Guardrails;

/// <summary>A number in a text and what kind of statement it makes.</summary>
internal readonly record struct Figure(int Start, int End, bool IsFact, bool IsDate)
{
    private static readonly SearchValues<string> Months = SearchValues.Create(
        ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
         "ianuarie", "februarie", "martie", "aprilie", "mai", "iunie", "iulie", "septembrie", "octombrie", "noiembrie", "decembrie"], StringComparison.Ordinal);

    private static readonly string[] Units = ["%", " %", " percent", " per cent", " la suta", " procente", " eur", " usd", " ron", " gbp", " lei", " euro", " dollars", "€", " €", "£", "$"];
    private static readonly string[] Rates = [" of ", " out of ", " din ", " in "];
    private static readonly string[] References =
        ["section", "article", "art.", "clause", "page", "chapter", "paragraph", "version", "step", "appendix", "annex", "sectiunea", "articolul", "pagina", "pasul", "versiunea", "iso", "no.", "nr."];

    private static readonly string[] DueWords = ["by ", "until ", "before ", "on ", "from ", "pana la ", "pana in ", "inainte de ", "la ", "pe ", "din "];

    /// <param name="floor">Start of the unit: nothing before it is looked at.</param>
    public static Figure Read(ReadOnlySpan<char> text, ReadOnlySpan<char> folded, int at, int floor)
    {
        var date = DateEnd(text, at);
        if (date > at && date != NumberEnd(text, at))
            return new(at, date, true, true);
        var end = NumberEnd(text, at);
        if (at > floor && (char.IsLetter(text[at - 1]) || text[at - 1] is '_' or '#' or '/' || (text[at - 1] == '-' && at > floor + 1 && char.IsLetter(text[at - 2]))))
            return new(at, end, false, false);
        if (end < text.Length && (text[end] == '_' || (char.IsLetter(text[end]) && !folded[end..].StartsWith("eur"))))
            return new(at, end, false, false);
        var number = text[at..end];
        var after = folded[end..];
        if (NamedMonth(after, out var length))
            return new(at, end + length, true, true);
        foreach (var unit in Units)
            if (after.StartsWith(unit, StringComparison.Ordinal))
                return new(at, end, true, false);
        if (at > floor && text[at - 1] is '€' or '$' or '£')
            return new(at, end, true, false);
        foreach (var rate in Rates)
            if (after.StartsWith(rate, StringComparison.Ordinal) && after.Length > rate.Length && char.IsAsciiDigit(after[rate.Length]))
                return new(at, NumberEnd(text, end + rate.Length), true, false);
        if (IsReference(folded[floor..at]))
            return new(at, end, false, false);
        var grouped = number.ContainsAny('.', ',');
        var large = !grouped && number.Length >= 4 && !(number.Length == 4 && number[..2] is "19" or "20");
        return new(at, end, large || (grouped && number.Count('.') + number.Count(',') == 1), false);
    }

    /// <summary>Whether the words before a date make it a plan ("by 2026-03-31").</summary>
    public bool IsDue(ReadOnlySpan<char> folded)
    {
        var before = folded[Math.Max(0, Start - 14)..Start];
        foreach (var word in DueWords)
            if (before.EndsWith(word, StringComparison.Ordinal))
                return true;
        return false;
    }

    public static int NumberEnd(ReadOnlySpan<char> text, int at)
    {
        var i = at;
        while (i < text.Length && (char.IsAsciiDigit(text[i]) || (text[i] is '.' or ',' && i + 1 < text.Length && char.IsAsciiDigit(text[i + 1]))))
            i++;
        return i;
    }

    /// <summary>The end of an ISO or dotted date at <paramref name="at"/>, else of the number.</summary>
    public static int DateEnd(ReadOnlySpan<char> text, int at)
    {
        var t = text[at..];
        if (t.Length >= 10 && Digits(t[..4]) && t[4] is '-' or '/' && Digits(t.Slice(5, 2)) && t[7] == t[4] && Digits(t.Slice(8, 2)))
            return at + 10;
        if (t.Length >= 10 && Digits(t[..2]) && t[2] is '.' or '/' && Digits(t.Slice(3, 2)) && t[5] == t[2] && Digits(t.Slice(6, 4)))
            return at + 10;
        return NumberEnd(text, at);
    }

    private static bool Digits(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');

    /// <summary>" May 2025" after a day.</summary>
    private static bool NamedMonth(ReadOnlySpan<char> after, out int length)
    {
        length = 0;
        if (after.Length < 6 || after[0] != ' ')
            return false;
        var space = after[1..].IndexOf(' ');
        if (space is < 3 or > 10 || after[1..].IndexOfAny(Months) != 0 || after.Length < space + 6 || !Digits(after.Slice(space + 2, 4)))
            return false;
        length = space + 6;
        return true;
    }

    private static bool IsReference(ReadOnlySpan<char> before)
    {
        before = before.TrimEnd();
        foreach (var word in References)
            if (before.EndsWith(word, StringComparison.Ordinal))
                return true;
        return false;
    }
}
