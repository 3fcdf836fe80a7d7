using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using PromptForge.Core.ApiKeys;
using PromptForge.Web.Platform;

namespace PromptForge.Web.ApiKeys;

/// <summary>Makes keys and turns them into what is stored of them.</summary>
internal sealed class KeySecrets(ServerSecrets secrets)
{
    private readonly byte[] _pepper = secrets.Key("api-key");

    public static string Make(bool test) => ApiKeyText.Make(test, RandomNumberGenerator.GetBytes(ApiKeyText.IdentLength), RandomNumberGenerator.GetBytes(ApiKeyText.SecretBytes));

    public KeyHash HashOf(ReadOnlySpan<char> key)
    {
        Span<byte> text = stackalloc byte[ApiKeyText.Length];
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_pepper, text[..Encoding.ASCII.GetBytes(key, text)], hash);
        return MemoryMarshal.Read<KeyHash>(hash);
    }
}

/// <summary>The HMAC of a key: what the database knows it by, and the cache too. Where two are compared, how long it takes tells nothing of the key.</summary>
internal readonly record struct KeyHash(UInt128 First, UInt128 Second)
{
    public byte[] ToBytes() => MemoryMarshal.AsBytes(new ReadOnlySpan<KeyHash>(in this)).ToArray();
}
