using System.Globalization;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Guardrails;

/// <summary>
/// Finds figures stated as facts without a source. A figure is a percentage, an amount of money, a full date, a rate ("3 of 4"), a decimal or a number of
/// 1,000 and more. It is grounded when the client or the contract supplied it, when it is planned rather than observed (a target, a limit, a due date), or
/// when its sentence, table row or object carries a citation in brackets, a link, a word of the "proof" list or the prefix "Assumption:".
/// </summary>
internal static class Grounding
{
    /// <summary>The digits of every number that the client or the contract supplies.</summary>
    public static HashSet<string> Given(PromptContract contract)
    {
        var given = new HashSet<string>(StringComparer.Ordinal);
        Numbers(InputText.Join(contract.Inputs.Values), given);
        foreach (var target in contract.Module.Targets)
            Numbers(target.Target.ToString(CultureInfo.InvariantCulture), given);
        var standard = contract.Catalog.Standard(contract.Language);
        foreach (var text in (ReadOnlySpan<string>)["label", "deadline", "horizon"])
            Numbers(standard.Of(Axis.Urgency, contract.Set.Urgency.Code(), text), given);
        Numbers(standard.Of(Axis.Complexity, contract.Set.Complexity.Code(), "words"), given);
        var own = contract.Module.In(contract.Language);
        foreach (var text in own.Process.SelectMany(p => new[] { p.Step, p.Detail ?? "" }).Concat(own.Fields.Values).Concat(own.StyleRules).Append(own.Success).Concat(contract.Domain.In(contract.Language).Rules))
            Numbers(text, given);
        return given;
    }

    public static List<(int Start, int Length)> Find(ReadOnlySpan<char> text, ReadOnlySpan<char> folded, Lexicon lexicon, HashSet<string> given)
    {
        var finds = new List<(int, int)>();
        var header = new Range(0, 0);
        var fenced = false;
        var at = 0;
        while (at < text.Length)
        {
            var end = LineEnd(text, at);
            var line = text[at..end].Trim();
            if (line.StartsWith("```"))
            {
                fenced = !fenced;
                at = end + 1;
                continue;
            }

            if (fenced)
            {
                // An object of a JSON array or an item of a YAML list is one statement.
                while (end < text.Length && !Opens(text[(end + 1)..LineEnd(text, end + 1)]))
                    end = LineEnd(text, end + 1);
                Object(text, folded, at, end, lexicon, given, finds);
            }
            else if (line.StartsWith("|"))
            {
                var next = end < text.Length ? text[(end + 1)..LineEnd(text, end + 1)].Trim() : default;
                if (next.StartsWith("|-") || next.StartsWith("| -") || next.StartsWith("|:"))
                    header = at..end;
                else
                    Unit(text, folded, at, end, header, lexicon, given, finds);
            }
            else
            {
                header = 0..0;
                for (var start = at; start < end;)
                {
                    var stop = SentenceEnd(text, start, end);
                    Unit(text, folded, start, stop, header, lexicon, given, finds);
                    start = stop;
                }
            }

            at = end + 1;
        }

        return finds;
    }

    private static void Object(ReadOnlySpan<char> text, ReadOnlySpan<char> folded, int start, int end, Lexicon lexicon, HashSet<string> given, List<(int, int)> finds)
    {
        if (IsGrounded(text[start..end], folded[start..end], lexicon))
            return;
        for (var at = start; at < end; at = LineEnd(text, at) + 1)
            Figures(text, folded, at, Math.Min(LineEnd(text, at), end), new Range(0, 0), lexicon, given, finds);
    }

    private static void Unit(ReadOnlySpan<char> text, ReadOnlySpan<char> folded, int start, int end, Range header, Lexicon lexicon, HashSet<string> given, List<(int, int)> finds)
    {
        if (text[start..end].ContainsAnyInRange('0', '9') && !IsGrounded(text[start..end], folded[start..end], lexicon))
            Figures(text, folded, start, end, header, lexicon, given, finds);
    }

    private static void Figures(ReadOnlySpan<char> text, ReadOnlySpan<char> folded, int start, int end, Range header, Lexicon lexicon, HashSet<string> given, List<(int, int)> finds)
    {
        var planned = lexicon.Planned.In(folded[start..end]);
        for (var at = start; at < end;)
        {
            var digit = text[at..end].IndexOfAnyInRange('0', '9');
            if (digit < 0)
                return;
            at += digit;
            var figure = Figure.Read(text[..end], folded[..end], at, start);
            if (figure.IsFact && !planned && !(figure.IsDate && figure.IsDue(folded)) && !given.Contains(Digits(text[at..figure.End])) && !IsPlannedColumn(text, folded, start, at, header, lexicon))
                finds.Add((at, figure.End - at));
            at = figure.End;
        }
    }

    private static bool IsGrounded(ReadOnlySpan<char> unit, ReadOnlySpan<char> folded, Lexicon lexicon)
    {
        for (int from = 0, open; from < unit.Length && (open = unit[from..].IndexOf('[')) >= 0; from += open + 1)
        {
            var inside = unit[(from + open + 1)..];
            var close = inside.IndexOf(']');
            if (close > 1 && inside[..close].IndexOfAny(' ', '"') is var mark && (mark != 0 || inside[..close].Trim().Length > 1) && HasWord(inside[..close]))
                return true;
        }

        return folded.Contains("://", StringComparison.Ordinal) || lexicon.Proof.In(folded) || lexicon.Assumption.In(folded) || lexicon.Unknown.In(folded);
    }

    private static bool HasWord(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
            if (char.IsLetter(c))
                return true;
        return false;
    }

    /// <summary>Whether the table column that holds the figure is one of dates, limits or targets.</summary>
    private static bool IsPlannedColumn(ReadOnlySpan<char> text, ReadOnlySpan<char> folded, int start, int at, Range header, Lexicon lexicon)
    {
        if (header.Start.Equals(header.End))
        {
            var colon = text[start..at].IndexOf(':');
            return colon > 0 && IsPlannedName(folded.Slice(start, colon), lexicon);
        }

        var column = text[start..at].Count('|');
        var head = folded[header];
        foreach (var cell in head.Split('|'))
            if (column-- == 0)
                return IsPlannedName(head[cell], lexicon);
        return false;
    }

    private static bool IsPlannedName(ReadOnlySpan<char> name, Lexicon lexicon)
    {
        Span<char> words = stackalloc char[Math.Min(name.Length, 64)];
        name[..words.Length].Replace(words, '_', ' ');
        return lexicon.Planned.In(words) || lexicon.Due.In(words) || lexicon.Resources.In(words);
    }

    private static void Numbers(string text, HashSet<string> into)
    {
        var folded = FoldedText.Fold(text);
        for (var at = 0; at < text.Length;)
        {
            var digit = text.AsSpan(at).IndexOfAnyInRange('0', '9');
            if (digit < 0)
                return;
            at += digit;
            var end = Figure.NumberEnd(text, at);
            into.Add(Digits(text.AsSpan(at, end - at)));
            // A date and a rate are known as a whole too.
            into.Add(Digits(text.AsSpan(at, Figure.Read(text, folded, at, 0).End - at)));
            at = end;
        }
    }

    private static string Digits(ReadOnlySpan<char> number)
    {
        Span<char> digits = stackalloc char[Math.Min(number.Length, 32)];
        var count = 0;
        foreach (var c in number)
            if (char.IsAsciiDigit(c) && count < digits.Length)
                digits[count++] = c;
        return digits[..count].ToString();
    }

    private static bool Opens(ReadOnlySpan<char> line)
    {
        var trimmed = line.TrimStart();
        return trimmed.StartsWith("```") || trimmed.StartsWith("- ") || trimmed.ContainsAny('{', '}');
    }

    private static int LineEnd(ReadOnlySpan<char> text, int at)
    {
        var end = at >= text.Length ? -1 : text[at..].IndexOf('\n');
        return end < 0 ? text.Length : at + end;
    }

    private static int SentenceEnd(ReadOnlySpan<char> text, int start, int end)
    {
        for (var at = start; at + 2 < end; at++)
            if (text[at] is '.' or '!' && text[at + 1] == ' ' && char.IsUpper(text[at + 2]))
                return at + 2;
        return end;
    }
}
