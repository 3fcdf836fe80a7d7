using System.Buffers.Text;
using PromptForge.Core.Bundling;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Bundles;

/// <summary>The key that seals this installation's bundles: made once in the data directory, or given by the operator.</summary>
public static class Issuer
{
    /// <summary>Where verifiers on this machine find the public half.</summary>
    public const string PublicFile = "issuer.pub";

    /// <summary>How this installation is called where nobody gave it a name.</summary>
    public const string Name = "this installation";

    private const string SecretFile = "issuer.key";

    /// <param name="given">Base64 of a 32-byte Ed25519 seed (Bundles:SigningKey); null: the one kept in <paramref name="dataDirectory"/>.</param>
    public static async Task<SigningKey> LoadAsync(string dataDirectory, string? given, TimeProvider clock, CancellationToken ct)
    {
        var data = DataDirectory.Open(dataDirectory);
        if (given is null && !data.Holds(SecretFile))
        {
            using var alone = await data.LockAsync(clock, ct);
            data.Make(SecretFile);
        }

        var text = given ?? data.Read(SecretFile);
        byte[] seed;
        try
        {
            seed = given is null ? Base64Url.DecodeFromChars(text) : Convert.FromBase64String(given);
        }
        catch (FormatException e)
        {
            throw Invalid(e);
        }

        if (seed.Length != SigningKey.SeedLength)
            throw Invalid(null);
        var key = SigningKey.FromSeed(seed);
        var line = $"{IssuerKey.Scheme} {Convert.ToBase64String(key.PublicKey.Span)} {Name}\n";
        var path = Path.Combine(data.Root, PublicFile);
        if (!File.Exists(path) || await File.ReadAllTextAsync(path, ct) != line)
            DataDirectory.WriteAtomically(path, line);
        return key;
    }

    private static PlatformException Invalid(Exception? inner) =>
        new("SIGNING_KEY_INVALID", "The signing key is not the base64 of 32 bytes. Give another one in Bundles__SigningKey, or leave it out to use the data directory's own.", inner);
}
