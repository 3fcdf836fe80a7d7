using System.Text;

namespace PromptForge.Core.Bundling;

/// <summary>checksum.sha256: what <c>sha256sum -c</c> reads, and one comment line with the bundle checksum.</summary>
internal static class ChecksumFile
{
    private const string LastLine = "# bundle ";
    private const int HexLength = 64;

    public static void Write(IEnumerable<(string Name, string Sha256)> files, ByteBuffer to)
    {
        var hashes = new List<string>(8);
        foreach (var (name, sha256) in files)
        {
            hashes.Add(sha256);
            to.Text(sha256).Text("  ").Text(name).Text("\n");
        }

        to.Text(LastLine).Text(BundleChecksum(hashes)).Text("\n");
    }

    /// <summary>SHA-256 over the files' hex hashes in canonical order, joined with LF, none at the end.</summary>
    public static string BundleChecksum(IEnumerable<string> hashes)
    {
        using var joined = new ByteBuffer(512);
        foreach (var hash in hashes)
            (joined.Length == 0 ? joined : joined.Text("\n")).Text(hash);
        return "sha256:" + BundleJson.Hash(joined.Written);
    }

    /// <summary>Whether a file has this form and its last line follows from the others: then no byte of it alone was changed.</summary>
    public static bool AgreesWithItself(ReadOnlySpan<byte> file)
    {
        if (file.Length > 4096)
            return false;
        var listed = new List<(string Name, string Sha256)>();
        foreach (var line in Encoding.UTF8.GetString(file).Split('\n'))
        {
            if (line.Length > HexLength + 2 && line[0] != '#')
                listed.Add((line[(HexLength + 2)..], line[..HexLength]));
        }

        using var again = new ByteBuffer(1024);
        Write(listed, again);
        return listed.Count > 0 && file.SequenceEqual(again.Written);
    }
}
