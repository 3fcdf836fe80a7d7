using System.Buffers;

namespace PromptForge.Core.Guardrails;

/// <summary>Card and bank account numbers, government ids, telephone numbers and IPv4 addresses: everything that is recognised by its digits.</summary>
internal static class PiiNumbers
{
    private const int LongestRun = 48;
    private static readonly SearchValues<char> Separators = SearchValues.Create(" -./()\u00A0");

    /// <summary>Looks at each run of digits and single separators once; a run that continues a word is an identifier and left alone.</summary>
    public static void Find(ReadOnlySpan<char> text, List<PiiFind> finds)
    {
        var from = 0;
        while (from < text.Length)
        {
            var at = text[from..].IndexOfAnyInRange('0', '9');
            if (at < 0)
                return;
            at += from;
            if (Iban(text, at, finds, out var end) || Nino(text, at, finds, out end))
            {
                from = end;
                continue;
            }

            end = RunEnd(text, at);
            if (end - at >= 7 && !Continues(text, at, end))
                Classify(text, at, end, finds);
            from = end;
        }
    }

    private static int RunEnd(ReadOnlySpan<char> text, int at)
    {
        var end = at + 1;
        for (var i = at + 1; i < text.Length && i - at < LongestRun; i++)
        {
            if (char.IsAsciiDigit(text[i]))
                end = i + 1;
            else if (!Separators.Contains(text[i]) || i - end > 1)
                break;
        }

        // The digits of one number may be longer than any number known here: skip them whole.
        while (end < text.Length && char.IsAsciiDigit(text[end]))
            end++;
        return end;
    }

    private static bool Continues(ReadOnlySpan<char> text, int at, int end) =>
        (at > 0 && (char.IsLetter(text[at - 1]) || text[at - 1] is '_' or '#' or '=' or '/' or '@'
            || (text[at - 1] is '-' or '.' or ',' && at > 1 && char.IsLetterOrDigit(text[at - 2]))))
        || (end < text.Length && (char.IsLetter(text[end]) || text[end] is '_' || (text[end] is '-' && end + 1 < text.Length && char.IsLetter(text[end + 1]))));

    private static void Classify(ReadOnlySpan<char> text, int start, int end, List<PiiFind> finds)
    {
        var run = text[start..end];
        Span<char> digits = stackalloc char[LongestRun];
        var count = 0;
        foreach (var c in run)
            if (char.IsAsciiDigit(c) && count < LongestRun)
                digits[count++] = c;
        digits = digits[..count];

        var international = start > 0 && (text[start - 1] == '+' || (text[start - 1] == '(' && start > 1 && text[start - 2] == '+'));
        if (count == 13 && run.Length == 13 && IsCnp(digits))
            finds.Add(new(PiiKind.GovId, start, run.Length));
        else if (count is >= 13 and <= 19 && !international && HasOneSeparator(run, " -") && IsCard(digits))
            finds.Add(new(PiiKind.CreditCard, start, run.Length));
        else if (run.Length == 11 && count == 9 && run[3] == '-' && run[6] == '-' && IsSsn(digits))
            finds.Add(new(PiiKind.GovId, start, run.Length));
        else if (run.Count('.') == 3 && run.Length <= 15 && !IsVersion(text[..start]) && IsIp(run))
            finds.Add(new(PiiKind.Ip, start, run.Length));
        else if (international ? count is >= 8 and <= 15 : IsNationalPhone(run, digits, text, start))
            finds.Add(new(PiiKind.Phone, international ? start - 1 : start, run.Length + (international ? 1 : 0)));
    }

    private static bool IsNationalPhone(ReadOnlySpan<char> run, ReadOnlySpan<char> digits, ReadOnlySpan<char> text, int start)
    {
        if (run.Contains("00", StringComparison.Ordinal) && run.StartsWith("00") && digits.Length is >= 11 and <= 15 && digits[2] != '0')
            return true;
        // Romania and the United Kingdom: a leading zero, then 9 or 10 digits, in groups of at least two.
        if (digits[0] == '0' && digits.Length is 10 or 11 && digits[0] == '0' && digits[1] is '1' or '2' or '3' or '7' && Groups(run) <= 5 && run.IndexOf("..") < 0)
            return digits.Length == 10 || digits[1] is '1' or '2' or '7';
        // North America: 3-3-4 with visible separators.
        return digits.Length == 10 && digits[0] is >= '2' && digits[3] is >= '2' && Groups(run) == 3
            && (run.Length == 12 && run[3] is '-' or '.' && run[7] == run[3] || (start > 0 && text[start - 1] == '(' && run[3] == ')'));
    }

    private static int Groups(ReadOnlySpan<char> run)
    {
        var groups = 0;
        for (var i = 0; i < run.Length; i++)
            if (char.IsAsciiDigit(run[i]) && (i == 0 || !char.IsAsciiDigit(run[i - 1])))
                groups++;
        return groups;
    }

    private static bool HasOneSeparator(ReadOnlySpan<char> run, ReadOnlySpan<char> allowed)
    {
        var separator = '\0';
        foreach (var c in run)
        {
            if (char.IsAsciiDigit(c))
                continue;
            if (!allowed.Contains(c) || (separator != '\0' && separator != c))
                return false;
            separator = c;
        }

        return separator == '\0' || Groups(run) is >= 3 and <= 5;
    }

    private static bool IsCard(ReadOnlySpan<char> digits)
    {
        var known = digits[0] switch
        {
            '4' => digits.Length is 13 or 16 or 19,
            '5' => digits.Length == 16 && digits[1] is >= '1' and <= '5' || digits.Length is >= 13 and <= 19 && digits[1] is '0' or '6' or '7' or '8',
            '3' => digits[1] is '4' or '7' ? digits.Length == 15 : digits[1] is '0' or '6' or '8' or '9' ? digits.Length is >= 14 and <= 19 : digits[1] == '5' && digits.Length is >= 16 and <= 19,
            '6' => digits.Length is >= 16 and <= 19 && digits[1] is '0' or '2' or '4' or '5' or '3' or '7',
            '2' => digits.Length == 16 && digits[1] is >= '2' and <= '7',
            _ => false,
        };
        return known && digits.ContainsAnyExcept(digits[0]) && Luhn(digits);
    }

    private static bool Luhn(ReadOnlySpan<char> digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var d = digits[^(i + 1)] - '0';
            if (i % 2 == 1)
                d = d > 4 ? (d * 2) - 9 : d * 2;
            sum += d;
        }

        return sum % 10 == 0;
    }

    /// <summary>Romanian personal numeric code: sex and century, birth date, county, serial, check digit.</summary>
    private static bool IsCnp(ReadOnlySpan<char> d)
    {
        ReadOnlySpan<char> weights = "279146358279";
        if (d[0] == '0')
            return false;
        var (month, day, county) = (Two(d, 3), Two(d, 5), Two(d, 7));
        if (month is 0 or > 12 || day is 0 or > 31 || county is 0 || (county > 52 && county != 70))
            return false;
        var sum = 0;
        for (var i = 0; i < 12; i++)
            sum += (d[i] - '0') * (weights[i] - '0');
        var check = sum % 11;
        return (check == 10 ? 1 : check) == d[12] - '0';

        static int Two(ReadOnlySpan<char> d, int at) => ((d[at] - '0') * 10) + d[at + 1] - '0';
    }

    private static bool IsSsn(ReadOnlySpan<char> d) =>
        d[0] != '9' && !d.StartsWith("000") && !d.StartsWith("666") && !(d[3] == '0' && d[4] == '0') && !d[5..].SequenceEqual("0000");

    private static bool IsIp(ReadOnlySpan<char> run)
    {
        foreach (var part in run.Split('.'))
        {
            var group = run[part];
            if (group.Length is 0 or > 3 || group.ContainsAnyExceptInRange('0', '9') || (group.Length > 1 && group[0] == '0') || int.Parse(group, System.Globalization.CultureInfo.InvariantCulture) > 255)
                return false;
        }

        // Loopback, "any" and documentation of a mask name no machine of anybody.
        return !run.StartsWith("127.") && !run.StartsWith("0.") && !run.StartsWith("255.");
    }

    private static bool IsVersion(ReadOnlySpan<char> before)
    {
        before = before.TrimEnd();
        return before.EndsWith("version", StringComparison.OrdinalIgnoreCase) || before.EndsWith("versiunea", StringComparison.OrdinalIgnoreCase)
            || before.EndsWith("release", StringComparison.OrdinalIgnoreCase) || (before.Length > 0 && before[^1] is 'v' or 'V');
    }

    private static bool Iban(ReadOnlySpan<char> text, int at, List<PiiFind> finds, out int end)
    {
        end = at;
        var start = at - 2;
        if (start < 0 || !char.IsAsciiLetterUpper(text[start]) || !char.IsAsciiLetterUpper(text[start + 1]) || (start > 0 && char.IsLetterOrDigit(text[start - 1]))
            || at + 1 >= text.Length || !char.IsAsciiDigit(text[at + 1]))
        {
            return false;
        }

        Span<char> iban = stackalloc char[34];
        var (count, i, last) = (0, start, start);
        while (i < text.Length && count < iban.Length)
        {
            var c = text[i];
            if (char.IsAsciiDigit(c) || char.IsAsciiLetterUpper(c))
                (iban[count++], last) = (c, i + 1);
            else if (c is not (' ' or '\u00A0') || (i + 1 < text.Length && text[i + 1] is ' ' or '\n'))
                break;
            i++;
        }

        // Words in capitals may follow the account number: give up groups from the end until the check digits agree.
        for (var length = count; length >= 15; length--)
        {
            if (Mod97(iban[..length]))
            {
                end = EndOf(text, start, length);
                if (end < text.Length && char.IsLetterOrDigit(text[end]))
                    continue;
                finds.Add(new(PiiKind.Iban, start, end - start));
                return true;
            }
        }

        end = at;
        return false;

        static int EndOf(ReadOnlySpan<char> text, int start, int characters)
        {
            var i = start;
            for (; characters > 0; i++)
                if (char.IsLetterOrDigit(text[i]))
                    characters--;
            return i;
        }
    }

    private static bool Mod97(ReadOnlySpan<char> iban)
    {
        var remainder = 0;
        for (var i = 0; i < iban.Length; i++)
        {
            var c = iban[(i + 4) % iban.Length];
            remainder = char.IsAsciiDigit(c) ? ((remainder * 10) + c - '0') % 97 : ((remainder * 100) + c - 'A' + 10) % 97;
        }

        return remainder == 1;
    }

    /// <summary>United Kingdom national insurance number, such as QQ 12 34 56 C with an allowed prefix.</summary>
    private static bool Nino(ReadOnlySpan<char> text, int at, List<PiiFind> finds, out int end)
    {
        end = at;
        var start = at > 0 && text[at - 1] == ' ' ? at - 3 : at - 2;
        if (start < 0 || (start > 0 && char.IsLetterOrDigit(text[start - 1])))
            return false;
        var (a, b) = (text[start], text[start + 1]);
        if (!char.IsAsciiLetterUpper(a) || !char.IsAsciiLetterUpper(b) || "DFIQUV".Contains(a) || "DFIQUVO".Contains(b) || text.Slice(start, 2) is "BG" or "GB" or "NK" or "KN" or "TN" or "NT" or "ZZ")
            return false;
        var (digits, i) = (0, at);
        for (; i < text.Length && digits < 6; i++)
        {
            if (char.IsAsciiDigit(text[i]))
                digits++;
            else if (text[i] != ' ' || digits % 2 != 0)
                return false;
        }

        if (i < text.Length && text[i] == ' ')
            i++;
        if (digits < 6 || i >= text.Length || text[i] is < 'A' or > 'D' || (i + 1 < text.Length && char.IsLetterOrDigit(text[i + 1])))
            return false;
        end = i + 1;
        finds.Add(new(PiiKind.GovId, start, end - start));
        return true;
    }
}
