using System.Security.Cryptography;

namespace PromptForge.Web.Platform;

/// <summary>AES-256-GCM: nonce, ciphertext and tag in one piece, which opens only together with what it was bound to.</summary>
internal sealed class Sealing(byte[] key)
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    public byte[] Seal(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> boundTo = default)
    {
        var whole = new byte[NonceBytes + plain.Length + TagBytes];
        RandomNumberGenerator.Fill(whole.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(whole.AsSpan(0, NonceBytes), plain, whole.AsSpan(NonceBytes, plain.Length), whole.AsSpan(NonceBytes + plain.Length), boundTo);
        return whole;
    }

    /// <exception cref="CryptographicException">It was not sealed with this key, not bound to this, or was changed.</exception>
    public byte[] Open(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> boundTo = default)
    {
        if (whole.Length < NonceBytes + TagBytes)
        {
            throw new CryptographicException("What is to be opened is too short to have been sealed.");
        }

        var plain = new byte[whole.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(key, TagBytes);
        aes.Decrypt(whole[..NonceBytes], whole.Slice(NonceBytes, plain.Length), whole[(NonceBytes + plain.Length)..], plain, boundTo);
        return plain;
    }
}
