using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace PromptForge.Core.Bundling;

/// <summary>The text of manifest.sig: four lines, and only one way to write them.</summary>
internal sealed record Seal(string KeyId, byte[] Signature)
{
    private const string Head = "promptforge-seal 1\nalgorithm: ed25519\npublic_key_id: ";
    private const string Middle = "\nsignature: ";

    public static Seal Of(ReadOnlySpan<byte> manifest, SigningKey key) => new(key.Id, key.Sign(manifest));

    public void Write(ByteBuffer to) => to.Text(Head).Text(KeyId).Text(Middle).Text(Convert.ToBase64String(Signature)).Text("\n");

    /// <summary>Accepts exactly what <see cref="Write"/> writes, so that no byte of the file can change unseen.</summary>
    public static bool TryRead(ReadOnlySpan<byte> file, [NotNullWhen(true)] out Seal? seal)
    {
        seal = null;
        if (file.Length is 0 or > 1024)
            return false;
        var text = Encoding.UTF8.GetString(file);
        if (!text.StartsWith(Head, StringComparison.Ordinal) || text.IndexOf(Middle, Head.Length, StringComparison.Ordinal) is var at && at != Head.Length + 16)
            return false;
        var signature = new byte[SigningKey.SignatureLength];
        if (!Convert.TryFromBase64String(text[(at + Middle.Length)..].TrimEnd('\n'), signature, out var length) || length != signature.Length)
            return false;
        var read = new Seal(text.Substring(Head.Length, 16), signature);
        using var again = new ByteBuffer(512);
        read.Write(again);
        if (!file.SequenceEqual(again.Written))
            return false;
        seal = read;
        return true;
    }
}
