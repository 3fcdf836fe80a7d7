using System.Buffers;
using System.Net;

namespace PromptForge.Core.Guardrails;

/// <summary>E-mail and IP addresses.</summary>
internal static class PiiContacts
{
    private const int LongestLocalPart = 64;
    private const int LongestIpV6 = 45;
    private static readonly SearchValues<char> Local = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._%+-");
    private static readonly SearchValues<char> Host = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-");
    private static readonly SearchValues<char> V6 = SearchValues.Create("0123456789abcdefABCDEF:.");

    public static void Find(ReadOnlySpan<char> text, List<PiiFind> finds)
    {
        for (int from = 0, at; (at = text[from..].IndexOf('@')) >= 0; from += at + 1)
            Email(text, from + at, finds);
        for (int from = 0, at; (at = text[from..].IndexOf(':')) >= 0;)
            from = IpV6(text, from + at, finds);
    }

    private static void Email(ReadOnlySpan<char> text, int at, List<PiiFind> finds)
    {
        var start = text[..at].LastIndexOfAnyExcept(Local) + 1;
        var after = text[(at + 1)..];
        var hostLength = after.IndexOfAnyExcept(Host);
        var host = (hostLength < 0 ? after : after[..hostLength]).TrimEnd(".-");
        var dot = host.LastIndexOf('.');
        if (at - start is 0 or > LongestLocalPart || dot <= 0 || host.Length - dot - 1 < 2 || host[(dot + 1)..].ContainsAnyExceptInRange('A', 'z'))
            return;
        finds.Add(new(PiiKind.Email, start, at + 1 + host.Length - start));
    }

    /// <returns>Where to go on looking.</returns>
    private static int IpV6(ReadOnlySpan<char> text, int colon, List<PiiFind> finds)
    {
        if (colon + 1 >= text.Length || !V6.Contains(text[colon + 1]))
            return colon + 1;
        var window = Math.Max(0, colon - 4);
        var start = window + text[window..colon].LastIndexOfAnyExcept(V6) + 1;
        var length = text[start..].IndexOfAnyExcept(V6);
        var token = (length < 0 ? text[start..] : text.Slice(start, length)).TrimEnd(":.");
        var end = start + Math.Max(token.Length, colon + 1 - start);
        var word = (start > 0 && char.IsLetterOrDigit(text[start - 1])) || (start + token.Length < text.Length && char.IsLetterOrDigit(text[start + token.Length]));
        if (!word && token.Length is >= 7 and <= LongestIpV6 && token.Count(':') >= 3 && IPAddress.TryParse(token, out var address) && !IPAddress.IsLoopback(address))
            finds.Add(new(PiiKind.Ip, start, token.Length));
        return Math.Max(end, colon + 1);
    }
}
