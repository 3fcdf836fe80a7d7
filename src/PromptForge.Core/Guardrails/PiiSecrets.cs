using System.Buffers;

namespace PromptForge.Core.Guardrails;

/// <summary>Keys and passwords: known issuers' prefixes, private key headers, and assignments of a random-looking value.</summary>
internal static class PiiSecrets
{
    private const int LongestToken = 512;
    private const int LongestKey = 16_384;

    // Prefix and the least number of characters after it.
    private static readonly (string Prefix, int Least)[] Issued =
    [
        ("sk-", 20), ("sk_live_", 16), ("sk_test_", 16), ("rk_live_", 16), ("rk_test_", 16), ("pk_live_", 16), ("whsec_", 16), ("pf_live_", 30), ("pf_test_", 30),
        ("ghp_", 30), ("gho_", 30), ("ghu_", 30), ("ghs_", 30), ("ghr_", 30), ("github_pat_", 30), ("glpat-", 18), ("xoxb-", 20), ("xoxp-", 20), ("xoxa-", 20), ("xoxs-", 20),
        ("AKIA", 16), ("ASIA", 16), ("AIza", 30), ("ya29.", 20), ("npm_", 30), ("SG.", 40), ("hf_", 30), ("dop_v1_", 40), ("shpat_", 30), ("eyJ", 30),
    ];

    public static readonly string[] Prefixes = [.. Issued.Select(i => i.Prefix + "*")];
    private const string Header = "-----BEGIN";

    private static readonly SearchValues<char> Token = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.+/=");
    private static readonly SearchValues<char> ValueEnd = SearchValues.Create(" \t\r\n\"'`,;<>|");

    public static readonly string[] Names =
        ["password", "passwd", "passphrase", "pwd", "parola", "secret", "client_secret", "api_key", "apikey", "api-key", "api key", "access_key", "access_token", "auth_token", "private_key", "token"];

    public static void Find(ReadOnlySpan<char> text, PhraseHit hit, List<PiiFind> finds)
    {
        if (hit.Mark == Mark.SecretPrefix)
            FromPrefix(text, hit.Start, finds);
        else if (hit.Mark == Mark.SecretName)
            Assigned(text, hit.End, finds);
    }

    public static void FindPrivateKeys(ReadOnlySpan<char> text, List<PiiFind> finds)
    {
        for (int from = 0, at; (at = text[from..].IndexOf(Header)) >= 0;)
            from = PrivateKey(text, from + at, finds);
    }

    /// <returns>Where to go on looking.</returns>
    private static int PrivateKey(ReadOnlySpan<char> text, int at, List<PiiFind> finds)
    {
        var rest = text[at..Math.Min(text.Length, at + LongestKey)];
        var head = rest[..Math.Min(rest.Length, 80)];
        var line = head.IndexOf('\n') is var n and >= 0 ? head[..n] : head;
        if (!line.Contains("PRIVATE KEY", StringComparison.Ordinal))
            return at + Header.Length;
        var close = rest.IndexOf("-----END");
        var length = close < 0 ? line.Length : close + (rest[close..].IndexOf('\n') is var m and >= 0 ? m : rest.Length - close);
        finds.Add(new(PiiKind.Secret, at, length));
        return at + length;
    }

    private static void FromPrefix(ReadOnlySpan<char> text, int at, List<PiiFind> finds)
    {
        if (at > 0 && text[at - 1] == '_')
            return;
        var rest = text[at..Math.Min(text.Length, at + LongestToken)];
        var length = rest.IndexOfAnyExcept(Token);
        var token = (length < 0 ? rest : rest[..length]).TrimEnd(".-=/");
        foreach (var (prefix, least) in Issued)
        {
            if (!token.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            var value = token[prefix.Length..];
            if (value.Length >= least && value.ContainsAnyInRange('0', '9') && (prefix != "eyJ" || token.Count('.') == 2))
            {
                finds.Add(new(PiiKind.Secret, at, token.Length));
                return;
            }
        }
    }

    /// <summary>"password: ...", "api_key = ...": a secret only if the value looks drawn at random, so that "token: access" stays text.</summary>
    private static void Assigned(ReadOnlySpan<char> text, int after, List<PiiFind> finds)
    {
        var at = after;
        while (at < text.Length && at - after < 3 && text[at] is '"' or '\'' or ' ')
            at++;
        if (at >= text.Length || text[at] is not (':' or '='))
            return;
        at++;
        while (at < text.Length && text[at] is ' ' or '"' or '\'' or '`')
            at++;
        var length = text[at..Math.Min(text.Length, at + LongestToken)].IndexOfAny(ValueEnd);
        var value = length < 0 ? text[at..Math.Min(text.Length, at + LongestToken)] : text.Slice(at, length);
        if (value.Length >= 8 && LooksRandom(value))
            finds.Add(new(PiiKind.Secret, at, value.Length));
    }

    private static bool LooksRandom(ReadOnlySpan<char> value)
    {
        var (upper, lower, digit, other) = (false, false, false, false);
        Span<byte> seen = stackalloc byte[128];
        seen.Clear();
        foreach (var c in value)
        {
            upper |= char.IsAsciiLetterUpper(c);
            lower |= char.IsAsciiLetterLower(c);
            digit |= char.IsAsciiDigit(c);
            other |= !char.IsAsciiLetterOrDigit(c);
            if (c < 128 && seen[c] < byte.MaxValue)
                seen[c]++;
        }

        if (!digit || value.StartsWith("http", StringComparison.OrdinalIgnoreCase))
            return false;
        var classes = (upper ? 1 : 0) + (lower ? 1 : 0) + 1 + (other ? 1 : 0);
        var entropy = 0.0;
        foreach (var n in seen)
            if (n > 0)
                entropy -= (double)n / value.Length * Math.Log2((double)n / value.Length);
        return classes >= 3 ? entropy >= 2.5 : value.Length >= 16 && entropy >= 3.2 && classes >= 2;
    }
}
