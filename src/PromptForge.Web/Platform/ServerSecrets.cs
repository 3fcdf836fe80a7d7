using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace PromptForge.Web.Platform;

/// <summary>
/// The server's one secret (the pepper) and the keys derived from it. Every node of a deployment has the same one: given as <c>Server:Secret</c>, or, beside the
/// embedded database, made once in the data directory.
/// </summary>
public sealed class ServerSecrets
{
    private const string SecretFile = "server.key";
    private const int LeastBytes = 32;

    private readonly byte[] _secret;

    private ServerSecrets(byte[] secret) => _secret = secret;

    /// <param name="given">Base64 of at least 32 bytes.</param>
    /// <param name="development">Whether the database is this data directory's own; elsewhere a missing secret stops the start.</param>
    public static async Task<ServerSecrets> LoadAsync(string dataDirectory, string? given, bool development, TimeProvider clock, CancellationToken ct)
    {
        if (!string.IsNullOrWhiteSpace(given))
        {
            return new(Read(given));
        }

        if (!development)
        {
            throw new PlatformException("SERVER_SECRET_MISSING",
                "API keys are stored under a secret that every node shares, and none is given. Set Server__Secret to the base64 of 32 random bytes (openssl rand -base64 32) on every node.");
        }

        var data = DataDirectory.Open(dataDirectory);
        if (!data.Holds(SecretFile))
        {
            using var alone = await data.LockAsync(clock, ct);
            data.Make(SecretFile);
        }

        return new(Base64Url.DecodeFromChars(data.Read(SecretFile)));
    }

    /// <summary>A 32-byte key that is good for one purpose and tells nothing about the others.</summary>
    public byte[] Key(string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, _secret, LeastBytes, info: Encoding.UTF8.GetBytes("promptforge/" + purpose));

    private static byte[] Read(string given)
    {
        try
        {
            if (Convert.FromBase64String(given.Trim()) is { Length: >= LeastBytes } secret)
            {
                return secret;
            }
        }
        catch (FormatException)
        {
            // Reported below, without the text: it is a secret even when it is a bad one.
        }

        throw new PlatformException("SERVER_SECRET_INVALID", "Server__Secret is not the base64 of at least 32 bytes. Make one with: openssl rand -base64 32");
    }
}
