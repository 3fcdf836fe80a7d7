using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Guardrails;

/// <summary>Replaces personal data so that a reader still sees what kind of value stood there, and that two places held the same one.</summary>
public static class Anonymiser
{
    /// <summary>
    /// E-mail: first letter and a stub of the domain. Card: the last four digits. Everything else: [KIND_xxxxxxxx], where the eight hex digits are the same
    /// for the same value. Text that is already anonymised comes back unchanged.
    /// </summary>
    /// <param name="salt">Keeps the eight digits from being looked up in a list of all telephone numbers; give each organisation its own.</param>
    public static string Anonymise(string text, ReadOnlySpan<byte> salt = default)
    {
        var finds = Pii.Find(text);
        if (finds.Count == 0)
            return text;
        var result = new StringBuilder(text.Length);
        var at = 0;
        foreach (var find in finds)
        {
            result.Append(text, at, find.Start - at);
            Mask(find.Kind, text.AsSpan(find.Start, find.Length), salt, result);
            at = find.End;
        }

        return result.Append(text, at, text.Length - at).ToString();
    }

    private static void Mask(PiiKind kind, ReadOnlySpan<char> value, ReadOnlySpan<byte> salt, StringBuilder into)
    {
        if (kind == PiiKind.Email)
        {
            var host = value[(value.IndexOf('@') + 1)..];
            into.Append(value[0]).Append("***@").Append(host[0]).Append("***").Append(host[host.LastIndexOf('.')..]);
            return;
        }

        if (kind == PiiKind.CreditCard)
        {
            into.Append("**** ").Append(value[^4..]);
            return;
        }

        into.Append('[').Append(Codes<PiiKind>.Of(kind).ToUpperInvariant()).Append('_').Append(Hash(value, salt).ToString("x8", System.Globalization.CultureInfo.InvariantCulture)).Append(']');
    }

    /// <summary>Over letters and digits only, so that "0722 111 222" and "0722111222" are one value.</summary>
    private static uint Hash(ReadOnlySpan<char> value, ReadOnlySpan<byte> salt)
    {
        var plain = new StringBuilder(value.Length);
        foreach (var c in value)
            if (char.IsLetterOrDigit(c))
                plain.Append(char.ToUpperInvariant(c));
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(salt, Encoding.UTF8.GetBytes(plain.ToString()), hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash);
    }
}
