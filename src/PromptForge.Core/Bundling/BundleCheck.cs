namespace PromptForge.Core.Bundling;

/// <summary>One verification in progress: what was found so far.</summary>
internal sealed class BundleCheck
{
    private readonly Dictionary<string, ReadOnlyMemory<byte>> files;
    private readonly IReadOnlyCollection<IssuerKey> issuers;
    private readonly List<Fault> faults = [];
    private readonly List<VerifiedFile> states = [];
    private readonly BundleManifest? manifest;
    private BundleVerdict verdict = BundleVerdict.Valid;
    private string? issuer;
    private string? checksum;

    public BundleCheck(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, IReadOnlyCollection<IssuerKey> issuers)
    {
        this.files = new(files, StringComparer.Ordinal);
        this.issuers = issuers;
        manifest = this.files.TryGetValue(BundleFiles.Manifest, out var bytes) ? BundleManifest.Read(bytes) : null;
    }

    public void Files()
    {
        if (manifest is null)
        {
            WithoutManifest();
            return;
        }

        foreach (var listed in manifest.Files)
            Listed(listed);
        var own = BundleJson.Hash(files[BundleFiles.Manifest].Span);
        if (states.TrueForAll(f => f.State != FileState.Missing))
            checksum = ChecksumFile.BundleChecksum(states.Select(f => f.Actual!).Append(own));
        var holds = SealHolds();
        Records(own, holds);
        Added();
    }

    /// <summary>Writes the zip again from its files; any other byte in headers, comments or behind the end shows.</summary>
    public void Container(string name, ReadOnlySpan<byte> zip)
    {
        if (manifest is null || Same(zip))
            return;
        // A changed file changes the archive too; that is told once.
        if (faults.Count == 0 || faults.TrueForAll(f => f.Code == "ISSUER_UNKNOWN"))
            Found(BundleVerdict.ContainerChanged, new("CONTAINER_CHANGED", name, "The zip archive itself was changed or packed again; every file in it is intact."));
    }

    public BundleReport Report() => new()
    {
        Verdict = verdict,
        Faults = [.. faults],
        Files = [.. states],
        Manifest = manifest,
        Checksum = checksum,
        Issuer = verdict == BundleVerdict.NotABundle ? null : issuer,
    };

    private void WithoutManifest()
    {
        var present = files.ContainsKey(BundleFiles.Manifest);
        if (!files.ContainsKey(BundleFiles.Seal) || !files.ContainsKey(BundleFiles.Checksum))
        {
            Found(BundleVerdict.NotABundle, new("NOT_A_BUNDLE", "", $"A bundle holds {BundleFiles.Manifest}, {BundleFiles.Checksum} and {BundleFiles.Seal}."));
        }
        else if (present)
        {
            states.Add(new(BundleFiles.Manifest, FileState.Changed, null, BundleJson.Hash(files[BundleFiles.Manifest].Span)));
            Found(BundleVerdict.FileChanged, new("FILE_CHANGED", BundleFiles.Manifest, "It cannot be read as a manifest any more."));
        }
        else
        {
            Missing(BundleFiles.Manifest, null, "It is missing.");
        }
    }

    private void Listed(ListedFile listed)
    {
        if (!files.TryGetValue(listed.Name, out var content))
        {
            Missing(listed.Name, listed.Sha256, "It is missing.");
            return;
        }

        var actual = BundleJson.Hash(content.Span);
        var intact = actual == listed.Sha256 && content.Length == listed.Bytes;
        states.Add(new(listed.Name, intact ? FileState.Intact : FileState.Changed, listed.Sha256, actual));
        if (!intact)
            Found(BundleVerdict.FileChanged, new("FILE_CHANGED", listed.Name, "It is not the file that the manifest lists."));
    }

    /// <summary>True or false: the known issuer did, or did not, sign this manifest. Null: nobody can tell.</summary>
    private bool? SealHolds()
    {
        if (!files.TryGetValue(BundleFiles.Seal, out var file))
            return null;
        if (!Seal.TryRead(file.Span, out var seal) || seal.KeyId != manifest!.PublicKeyId)
        {
            Broken(BundleFiles.Seal, "the signature file was changed");
            return null;
        }

        var known = issuers.Where(i => i.Id == seal.KeyId).ToList();
        if (known.Count == 0)
        {
            Found(BundleVerdict.UnknownIssuer, new("ISSUER_UNKNOWN", BundleFiles.Seal,
                $"The public key {seal.KeyId} is not among those given, so who sealed this bundle stays open."));
            return null;
        }

        issuer = known.Find(i => i.Verify(files[BundleFiles.Manifest].Span, seal.Signature))?.Name;
        return issuer is not null;
    }

    // Where manifest and checksum file disagree the seal says which is right; without it, whichever of the two still agrees with itself.
    private void Records(string own, bool? sealHolds)
    {
        var hashes = manifest!.Files.Select(f => (f.Name, f.Sha256)).Append((BundleFiles.Manifest, own)).ToList();
        using var expected = new ByteBuffer(1024);
        ChecksumFile.Write(hashes, expected);
        var present = files.TryGetValue(BundleFiles.Checksum, out var file);
        var agrees = file.Span.SequenceEqual(expected.Written);
        var consistent = agrees || ChecksumFile.AgreesWithItself(file.Span);

        var manifestIntact = sealHolds == true || agrees || !consistent;
        states.Add(new(BundleFiles.Manifest, manifestIntact ? FileState.Intact : FileState.Changed, manifestIntact ? own : null, own));
        if (sealHolds == false)
            Broken(manifestIntact ? BundleFiles.Seal : BundleFiles.Manifest, $"the key {manifest.PublicKeyId} did not sign this manifest");
        if (!manifestIntact)
            Found(BundleVerdict.FileChanged, new("FILE_CHANGED", BundleFiles.Manifest, "It is not the manifest that the checksum file lists."));

        var checksumIntact = agrees || (sealHolds != true && consistent);
        if (!present)
            Missing(BundleFiles.Checksum, BundleJson.Hash(expected.Written), "It is missing.");
        else
            states.Add(new(BundleFiles.Checksum, checksumIntact ? FileState.Intact : FileState.Changed, null, BundleJson.Hash(file.Span)));
        if (present && !checksumIntact)
            Found(BundleVerdict.FileChanged, new("FILE_CHANGED", BundleFiles.Checksum, "It does not list what the manifest lists."));

        if (!files.TryGetValue(BundleFiles.Seal, out var seal))
            Missing(BundleFiles.Seal, null, "It is missing; without it nobody can tell who issued this bundle.");
        else
            states.Add(new(BundleFiles.Seal, faults.Exists(f => f is { Code: "SEAL_BROKEN", Where: BundleFiles.Seal }) ? FileState.Changed : FileState.Intact, null, BundleJson.Hash(seal.Span)));
    }

    private void Added()
    {
        foreach (var (name, content) in files.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            if (states.Exists(f => f.Name == name))
                continue;
            if (checksum is not null && name == BundleFiles.ZipName(manifest!.ModuleId, checksum))
            {
                Container(name, content.Span);
                continue;
            }

            states.Add(new(name, FileState.Added, null, BundleJson.Hash(content.Span)));
            Found(BundleVerdict.FileAdded, new("FILE_ADDED", name, "The manifest does not list it."));
        }
    }

    private bool Same(ReadOnlySpan<byte> zip)
    {
        string[] names = [.. manifest!.Files.Select(f => f.Name), BundleFiles.Manifest, BundleFiles.Checksum, BundleFiles.Seal];
        var length = ZipImage.EndLength;
        foreach (var name in names)
        {
            if (!files.TryGetValue(name, out var content))
                return false;
            length += ZipImage.LocalLength + ZipImage.CentralLength + (2 * name.Length) + content.Length;
        }

        if (length != zip.Length)
            return false;
        using var buffer = new ByteBuffer(length);
        var image = new ZipImage(buffer, manifest.CreatedAt);
        foreach (var name in names)
        {
            image.Begin(name);
            buffer.Raw(files[name].Span);
            image.End();
        }

        image.Finish();
        return zip.SequenceEqual(buffer.Written);
    }

    private void Missing(string name, string? expected, string message)
    {
        states.Add(new(name, FileState.Missing, expected, null));
        Found(BundleVerdict.FileMissing, new("FILE_MISSING", name, message));
    }

    private void Broken(string name, string why) => Found(BundleVerdict.SealBroken, new("SEAL_BROKEN", name, $"The seal is broken: {why}."));

    private void Found(BundleVerdict found, Fault fault)
    {
        verdict = found > verdict ? found : verdict;
        faults.Add(fault);
    }
}
