namespace PromptForge.Core.Bundling;

/// <summary>Says whether a bundle is what its issuer sealed, and if not, which file is to blame. Reads, never writes.</summary>
public static class BundleVerifier
{
    /// <summary>A larger zip, or one that unpacks to more, is refused unread.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>Reads at most <see cref="MaxBytes"/> of a zip and verifies it.</summary>
    public static async Task<BundleReport> VerifyZipAsync(Stream zip, IReadOnlyCollection<IssuerKey> issuers, CancellationToken cancellation)
    {
        using var copy = new MemoryStream();
        var chunk = new byte[64 * 1024];
        int read;
        while ((read = await zip.ReadAsync(chunk, cancellation)) > 0)
        {
            copy.Write(chunk, 0, read);
            if (copy.Length > MaxBytes)
                return BundleReport.Refused(new("ZIP_TOO_LARGE", "", $"The file is larger than {MaxBytes >> 20} MB."));
        }

        return VerifyZip(copy.GetBuffer().AsMemory(0, (int)copy.Length), issuers);
    }

    /// <summary>Verifies a zip: its files, and that the archive around them is byte for byte the one that was made.</summary>
    public static BundleReport VerifyZip(ReadOnlyMemory<byte> zip, IReadOnlyCollection<IssuerKey> issuers)
    {
        var files = ZipReader.Read(zip);
        if (!files.Ok)
            return BundleReport.Refused(files.Faults[0]);
        var check = new BundleCheck(files.Value, issuers);
        check.Files();
        check.Container("", zip.Span);
        return check.Report();
    }

    /// <summary>Verifies an unpacked bundle; the zip may lie beside its files.</summary>
    public static BundleReport VerifyFiles(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, IReadOnlyCollection<IssuerKey> issuers)
    {
        var check = new BundleCheck(files, issuers);
        check.Files();
        return check.Report();
    }

    /// <summary>
    /// Verifies a bundle that <see cref="BundleWriter"/> has just made: every file's hash, the bundle checksum, what manifest and checksum file list, and the seal,
    /// all from the bytes of the zip that will be stored. Only the archive around the files is not read and written again.
    /// </summary>
    public static BundleReport VerifySealed(SealedBundle bundle, IReadOnlyCollection<IssuerKey> issuers)
    {
        foreach (var file in bundle.Files)
            if (!bundle.Zip.Span.Overlaps(file.Content.Span))
                return BundleReport.Refused(new("CONTAINER_CHANGED", file.Name, "The file is not a part of the zip that it is said to be in."));
        return VerifyFiles(bundle.Files.ToDictionary(f => f.Name, f => f.Content), issuers);
    }

    /// <summary>Verifies a bundle that was just made or read back from the store.</summary>
    public static BundleReport Verify(SealedBundle bundle, IReadOnlyCollection<IssuerKey> issuers) => VerifyZip(bundle.Zip, issuers);
}
