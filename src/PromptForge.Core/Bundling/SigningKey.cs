using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using NSec.Cryptography;

namespace PromptForge.Core.Bundling;

/// <summary>The issuer's private Ed25519 key. Never printed: <see cref="ToString"/> gives the public id.</summary>
public sealed class SigningKey : IDisposable
{
    public const int SeedLength = 32;
    public const int SignatureLength = 64;

    private readonly Key key;

    private SigningKey(Key key)
    {
        this.key = key;
        PublicKey = key.PublicKey.Export(KeyBlobFormat.RawPublicKey);
        Id = IssuerKey.IdOf(PublicKey.Span);
    }

    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>First 16 hex digits of the SHA-256 of the public key.</summary>
    public string Id { get; }

    public static SigningKey Generate() =>
        new(Key.Create(SignatureAlgorithm.Ed25519, new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport }));

    /// <exception cref="ArgumentException">The seed is not 32 bytes long.</exception>
    public static SigningKey FromSeed(ReadOnlySpan<byte> seed) => seed.Length == SeedLength
        ? new(Key.Import(SignatureAlgorithm.Ed25519, seed, KeyBlobFormat.RawPrivateKey,
            new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport }))
        : throw new ArgumentException($"An Ed25519 seed has {SeedLength} bytes.", nameof(seed));

    /// <summary>The secret itself: 32 bytes that <see cref="FromSeed"/> takes.</summary>
    public byte[] ExportSeed() => key.Export(KeyBlobFormat.RawPrivateKey);

    /// <summary>What verifiers need to know of this key.</summary>
    public IssuerKey Issuer(string name) => new(name, PublicKey);

    public byte[] Sign(ReadOnlySpan<byte> data) => SignatureAlgorithm.Ed25519.Sign(key, data);

    public void Dispose() => key.Dispose();

    public override string ToString() => Id;
}

/// <summary>An issuer that a verifier knows: a name and the public half of its key.</summary>
public sealed class IssuerKey
{
    public const string Scheme = "promptforge-ed25519";
    public const int KeyLength = 32;

    private readonly PublicKey key;

    /// <exception cref="ArgumentException">Not a public Ed25519 key.</exception>
    public IssuerKey(string name, ReadOnlyMemory<byte> publicKey)
    {
        if (publicKey.Length != KeyLength || !NSec.Cryptography.PublicKey.TryImport(
                SignatureAlgorithm.Ed25519, publicKey.Span, KeyBlobFormat.RawPublicKey, out var imported) || imported is null)
        {
            throw new ArgumentException($"A public Ed25519 key has {KeyLength} bytes.", nameof(publicKey));
        }

        Name = OneLine(name);
        PublicKey = publicKey;
        Id = IdOf(publicKey.Span);
        key = imported;
    }

    public string Name { get; }
    public ReadOnlyMemory<byte> PublicKey { get; }
    public string Id { get; }

    /// <summary>Reads one line of issuer.pub: the scheme, the key in base64 and the issuer's name.</summary>
    public static bool TryParse(string line, [NotNullWhen(true)] out IssuerKey? issuer)
    {
        issuer = null;
        var parts = line.Trim().Split(' ', 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Span<byte> raw = stackalloc byte[KeyLength];
        if (parts.Length < 2 || parts[0] != Scheme || !Convert.TryFromBase64String(parts[1], raw, out var length) || length != KeyLength
            || !NSec.Cryptography.PublicKey.TryImport(SignatureAlgorithm.Ed25519, raw, KeyBlobFormat.RawPublicKey, out _))
        {
            return false;
        }

        issuer = new(parts.Length == 3 ? parts[2] : "", raw.ToArray());
        return true;
    }

    /// <summary>Reads a whole issuer.pub: one issuer a line; empty lines and lines that begin with '#' are passed over.</summary>
    public static Outcome<ImmutableArray<IssuerKey>> ParseAll(string text, string where)
    {
        var issuers = ImmutableArray.CreateBuilder<IssuerKey>();
        var faults = new List<Fault>();
        var number = 0;
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (TryParse(line, out var issuer))
                issuers.Add(issuer);
            else
                faults.Add(new("ISSUER_KEY_INVALID", $"{where}:{number}", $"An issuer's line reads: {Scheme} <public key in base64> <name>."));
        }

        return faults.Count > 0 ? faults : issuers.ToImmutable();
    }

    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) => SignatureAlgorithm.Ed25519.Verify(key, data, signature);

    /// <summary>The line that <see cref="TryParse"/> reads.</summary>
    public override string ToString() => $"{Scheme} {Convert.ToBase64String(PublicKey.Span)} {Name}".TrimEnd();

    internal static string IdOf(ReadOnlySpan<byte> publicKey)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(publicKey, hash);
        return Convert.ToHexStringLower(hash[..8]);
    }

    private static string OneLine(string name) => string.Concat(name.Where(c => !char.IsControl(c))).Trim();
}
