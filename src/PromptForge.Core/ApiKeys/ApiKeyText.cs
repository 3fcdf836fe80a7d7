using System.Buffers;
using System.Buffers.Text;
using System.Text;
using PromptForge.Core.Bundling;

namespace PromptForge.Core.ApiKeys;

/// <summary>
/// An API key as text: <c>pf_live_</c> or <c>pf_test_</c>, four characters that name it, a dot, 256 random bits in base64url, and a checksum over all before it (the
/// CRC-32 as six digits of base 62), so that anybody who finds one knows what it is without asking us.
/// </summary>
public static class ApiKeyText
{
    public const int Length = ChecksumAt + ChecksumDigits;
    public const int SecretBytes = 32;
    public const int IdentLength = 4;

    private const string Live = "pf_live_";
    private const string Test = "pf_test_";
    private const int PrefixLength = 8 + IdentLength;
    private const int SecretAt = PrefixLength + 1;
    private const int ChecksumAt = SecretAt + 43;
    private const int ChecksumDigits = 6;
    private const string IdentAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly SearchValues<char> IdentCharacters = SearchValues.Create(IdentAlphabet);
    private static readonly SearchValues<char> SecretCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <param name="ident">Four random bytes, of which five bits each are used.</param>
    public static string Make(bool test, ReadOnlySpan<byte> ident, ReadOnlySpan<byte> secret)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(ident.Length, IdentLength);
        ArgumentOutOfRangeException.ThrowIfNotEqual(secret.Length, SecretBytes);
        Span<char> key = stackalloc char[Length];
        (test ? Test : Live).CopyTo(key);
        for (var i = 0; i < IdentLength; i++)
            key[Live.Length + i] = IdentAlphabet[ident[i] & 31];
        key[PrefixLength] = '.';
        Base64Url.EncodeToChars(secret, key[SecretAt..]);
        Checksum(key[..ChecksumAt], key[ChecksumAt..]);
        return new(key);
    }

    /// <summary>Whether the form and the checksum are right; whether the key is known is the database's to say.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> key)
    {
        if (key.Length != Length || !HasForm(key))
            return false;
        Span<char> checksum = stackalloc char[ChecksumDigits];
        Checksum(key[..ChecksumAt], checksum);
        return checksum.SequenceEqual(key[ChecksumAt..]);
    }

    /// <summary>What may be shown of a key.</summary>
    public static string Prefix(string key) => key[..PrefixLength];

    public static bool IsTest(ReadOnlySpan<char> key) => key.StartsWith(Test, StringComparison.Ordinal);

    /// <summary>Whether a key, or enough of one to be a secret, stands anywhere in the text.</summary>
    public static bool IsWithin(ReadOnlySpan<char> text)
    {
        for (int at; (at = text.IndexOf("pf_", StringComparison.Ordinal)) >= 0; text = text[(at + 1)..])
            if (HasForm(text[at..]))
                return true;
        return false;
    }

    private static bool HasForm(ReadOnlySpan<char> key) =>
        key.Length >= ChecksumAt
        && (key.StartsWith(Live, StringComparison.Ordinal) || key.StartsWith(Test, StringComparison.Ordinal))
        && !key[Live.Length..PrefixLength].ContainsAnyExcept(IdentCharacters)
        && key[PrefixLength] == '.'
        && !key[SecretAt..ChecksumAt].ContainsAnyExcept(SecretCharacters);

    private static void Checksum(ReadOnlySpan<char> key, Span<char> digits)
    {
        Span<byte> bytes = stackalloc byte[ChecksumAt];
        Encoding.ASCII.GetBytes(key, bytes);
        var crc = Crc32.Of(bytes);
        for (var i = ChecksumDigits - 1; i >= 0; i--, crc /= 62)
            digits[i] = Digits[(int)(crc % 62)];
    }
}
