using PromptForge.Core.Bundling;

namespace PromptForge.Core.Tests.Bundling;

public sealed class BundleVerifierTests
{
    private static readonly SealedBundle Bundle = BundleSamples.Small();

    [Fact]
    public void An_untouched_bundle_is_valid_as_zip_and_as_folder()
    {
        foreach (var report in new[] { Zip(Bundle.Zip), Folder(Files()) })
        {
            Assert.Equal(BundleVerdict.Valid, report.Verdict);
            Assert.Empty(report.Faults);
            Assert.All(report.Files, f => Assert.Equal(FileState.Intact, f.State));
            Assert.Equal(Bundle.Files.Select(f => f.Name), report.Files.Select(f => f.Name));
            Assert.Equal("PromptForge test", report.Issuer);
            Assert.Equal(Bundle.Checksum, report.Checksum);
            Assert.Equal("Acme & Fiii SRL", report.Manifest!.OrgName);
            Assert.Equal(0, report.ExitCode);
        }
    }

    [Fact]
    public void A_change_of_any_byte_of_any_file_is_found_and_the_file_is_named()
    {
        foreach (var file in Bundle.Files)
        {
            for (var at = 0; at < file.Content.Length; at++)
            {
                var files = Files();
                files[file.Name] = Flip(file.Content, at);

                var report = Folder(files);
                Assert.True(report.ExitCode == 1 && Names(report, file.Name), $"{file.Name}[{at}]: {report.Verdict} {string.Join("; ", report.Faults)}");

                var stranger = BundleVerifier.VerifyFiles(files, []);
                Assert.True(stranger.ExitCode == 1 || (file.Name == BundleFiles.Seal && stranger.ExitCode == 2), $"{file.Name}[{at}] without the issuer's key: {stranger.Verdict}");
            }
        }
    }

    [Fact]
    public void A_prompt_is_not_read_from_a_bundle_whose_two_copies_of_it_differ()
    {
        var files = Bundle.Files.ToDictionary(f => f.Name, f => (ReadOnlyMemory<byte>)f.Content);
        var whole = PromptRecord.Read(files);
        files[BundleFiles.PromptTxt] = "totally other\n"u8.ToArray();
        var changed = PromptRecord.Read(files);
        files.Remove(BundleFiles.PromptTxt);

        Assert.True(whole.Ok);
        Assert.Equal((PromptRecord.Code, BundleFiles.PromptTxt), (Assert.Single(changed.Faults).Code, changed.Faults[0].Where));
        Assert.True(PromptRecord.Read(files).Ok);
    }

    [Fact]
    public void A_change_of_any_byte_of_the_zip_is_found()
    {
        var open = BundleVerifier.VerifyZip(Bundle.Zip, []);
        Assert.Equal(BundleVerdict.UnknownIssuer, open.Verdict);
        for (var at = 0; at < Bundle.Zip.Length; at++)
        {
            var changed = Flip(Bundle.Zip, at);
            Assert.True(Zip(changed).ExitCode != 0, $"byte {at}");
            Assert.True(BundleVerifier.VerifyZip(changed, []).Verdict != BundleVerdict.UnknownIssuer, $"byte {at} without the issuer's key");
        }
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        foreach (var file in Bundle.Files)
        {
            var files = Files();
            files.Remove(file.Name);
            var report = Folder(files);
            Assert.Equal((BundleVerdict.FileMissing, 1), (report.Verdict, report.ExitCode));
            Assert.Contains(report.Faults, f => f.Code == "FILE_MISSING" && f.Where == file.Name);
            Assert.Contains(report.Files, f => f.Name == file.Name && f.State == FileState.Missing);
        }
    }

    [Fact]
    public void An_added_file_is_named()
    {
        var files = Files();
        files["prompt.pdf"] = "%PDF-"u8.ToArray();
        files["README"] = default;
        var report = Folder(files);

        Assert.Equal((BundleVerdict.FileAdded, 1), (report.Verdict, report.ExitCode));
        Assert.Equal(["README", "prompt.pdf"], report.Faults.Select(f => f.Where));
    }

    [Fact]
    public void A_renamed_file_is_both_missing_and_added()
    {
        var files = Files();
        files["Prompt.txt"] = files[BundleFiles.PromptTxt];
        files.Remove(BundleFiles.PromptTxt);
        Assert.Equal(["FILE_MISSING prompt.txt", "FILE_ADDED Prompt.txt"], Folder(files).Faults.Select(f => $"{f.Code} {f.Where}"));
    }

    [Fact]
    public void Two_files_that_changed_places_are_both_named()
    {
        var files = Files();
        (files[BundleFiles.PromptTxt], files[BundleFiles.PromptMd]) = (files[BundleFiles.PromptMd], files[BundleFiles.PromptTxt]);
        Assert.Equal(["prompt.txt", "prompt.md"], Folder(files).Faults.Select(f => f.Where));
    }

    [Fact]
    public void A_bundle_made_anew_around_changed_text_is_not_the_issuers()
    {
        using var forger = SigningKey.Generate();
        var forged = BundleWriter.Write(BundleSamples.Content("## ROLE_GOAL\nOther.\n"), BundleFormats.Md, forger);
        Assert.Equal((BundleVerdict.UnknownIssuer, 2), (Zip(forged.Zip).Verdict, Zip(forged.Zip).ExitCode));

        var files = Files();
        foreach (var file in forged.Files)
            files[file.Name] = file.Content;
        files[BundleFiles.Seal] = Bundle.Find(BundleFiles.Seal)!.Content;
        Assert.Equal(BundleVerdict.SealBroken, Folder(files).Verdict);
    }

    [Fact]
    public void A_manifest_that_names_the_issuers_key_but_was_signed_by_another_breaks_the_seal()
    {
        using var forger = SigningKey.Generate();
        var manifest = Bundle.Find(BundleFiles.Manifest)!;
        using var seal = new ByteBuffer();
        (Seal.Of(manifest.Content.Span, forger) with { KeyId = BundleSamples.Key.Id }).Write(seal);
        var files = Files();
        files[BundleFiles.Seal] = seal.Written.ToArray();

        var report = Folder(files);
        Assert.Equal((BundleVerdict.SealBroken, 1), (report.Verdict, report.ExitCode));
        Assert.Null(report.Issuer);
    }

    [Fact]
    public void Without_the_issuers_key_integrity_is_told_and_the_issuer_is_open()
    {
        var report = BundleVerifier.VerifyZip(Bundle.Zip, [SigningKey.Generate().Issuer("another")]);
        Assert.Equal((BundleVerdict.UnknownIssuer, 2), (report.Verdict, report.ExitCode));
        Assert.All(report.Files, f => Assert.Equal(FileState.Intact, f.State));
        Assert.Null(report.Issuer);
    }

    [Fact]
    public void The_zip_may_lie_beside_its_files_and_must_be_theirs()
    {
        var files = Files();
        files[Bundle.ZipName] = Bundle.Zip;
        Assert.Equal(BundleVerdict.Valid, Folder(files).Verdict);
        files[Bundle.ZipName] = Flip(Bundle.Zip, Bundle.Zip.Length - 1);
        Assert.Equal(BundleVerdict.ContainerChanged, Folder(files).Verdict);
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("")]
    public void Anything_else_is_not_a_bundle(string name)
    {
        var files = new Dictionary<string, ReadOnlyMemory<byte>>();
        if (name.Length > 0)
            files[name] = "x"u8.ToArray();
        var report = Folder(files);
        Assert.Equal((BundleVerdict.NotABundle, 2), (report.Verdict, report.ExitCode));
    }

    [Fact]
    public async Task A_stream_is_read_to_the_limit_and_no_further()
    {
        var report = await BundleVerifier.VerifyZipAsync(new MemoryStream(Bundle.Zip.ToArray()), BundleSamples.Issuers, TestContext.Current.CancellationToken);
        Assert.Equal(BundleVerdict.Valid, report.Verdict);

        var endless = new MemoryStream(new byte[BundleVerifier.MaxBytes + 1]);
        report = await BundleVerifier.VerifyZipAsync(endless, BundleSamples.Issuers, TestContext.Current.CancellationToken);
        Assert.Equal("ZIP_TOO_LARGE", report.Faults[0].Code);
    }

    [Fact]
    public void A_line_of_issuer_pub_can_be_read_back()
    {
        var issuer = BundleSamples.Issuers[0];
        Assert.True(IssuerKey.TryParse(issuer.ToString(), out var read));
        Assert.Equal((issuer.Id, "PromptForge test"), (read.Id, read.Name));
        Assert.Equal(16, issuer.Id.Length);
        Assert.Equal(BundleSamples.Key.ExportSeed(), SigningKey.FromSeed(BundleSamples.Key.ExportSeed()).ExportSeed());

        var both = IssuerKey.ParseAll($"# keys\n\n{issuer}\r\npromptforge-ed25519 AAAA= short\n", "issuer.pub");
        Assert.Equal("issuer.pub:4", Assert.Single(both.Faults).Where);
        Assert.Throws<ArgumentException>(() => SigningKey.FromSeed(new byte[31]));
    }

    internal static byte[] Flip(ReadOnlyMemory<byte> content, int at)
    {
        var changed = content.ToArray();
        changed[at] ^= 0x20;
        return changed;
    }

    private static Dictionary<string, ReadOnlyMemory<byte>> Files() => Bundle.Files.ToDictionary(f => f.Name, f => f.Content);

    [Fact]
    public void What_was_just_sealed_is_verified_from_the_bytes_that_will_be_stored()
    {
        var sealedNow = BundleVerifier.VerifySealed(Bundle, BundleSamples.Issuers);
        var readBack = BundleVerifier.Verify(Bundle, BundleSamples.Issuers);
        Assert.Equal((BundleVerdict.Valid, Bundle.Checksum, readBack.Issuer), (sealedNow.Verdict, sealedNow.Checksum, sealedNow.Issuer));
        Assert.Equal(readBack.Files, sealedNow.Files);

        foreach (var file in Bundle.Files)
        {
            var zip = Bundle.Zip.ToArray();
            Assert.True(Bundle.Zip.Span.Overlaps(file.Content.Span, out var at));
            zip[at] ^= 1;
            var changed = Bundle with { Zip = zip, Files = [.. Bundle.Files.Select(f => f with { Content = Bundle.Zip.Span.Overlaps(f.Content.Span, out var start) ? zip.AsMemory(start, f.Content.Length) : default })] };
            Assert.Equal(1, BundleVerifier.VerifySealed(changed, BundleSamples.Issuers).ExitCode);
        }

        var elsewhere = Bundle with { Zip = Bundle.Zip.ToArray() };
        Assert.Equal("CONTAINER_CHANGED", Assert.Single(BundleVerifier.VerifySealed(elsewhere, BundleSamples.Issuers).Faults).Code);
    }

    private static BundleReport Zip(ReadOnlyMemory<byte> zip) => BundleVerifier.VerifyZip(zip, BundleSamples.Issuers);

    private static BundleReport Folder(Dictionary<string, ReadOnlyMemory<byte>> files) => BundleVerifier.VerifyFiles(files, BundleSamples.Issuers);

    private static bool Names(BundleReport report, string file) => report.Faults.Any(f => f.Where == file);
}
