using System.Buffers.Binary;
using System.IO.Compression;
using PromptForge.Core.Bundling;

namespace PromptForge.Core.Tests.Bundling;

public sealed class HostileZipTests
{
    private static readonly SealedBundle Bundle = BundleSamples.Small();

    [Theory]
    [InlineData("../prompt.txt")]
    [InlineData("..\\prompt.txt")]
    [InlineData("/etc/passwd")]
    [InlineData("C:prompt.txt")]
    [InlineData("folder/prompt.txt")]
    [InlineData("folder/")]
    [InlineData("..")]
    [InlineData("prompt.txt\u0000.exe")]
    [InlineData("a\nb")]
    public void A_name_that_leads_elsewhere_is_refused(string name) => Refused("ZIP_UNSAFE_NAME", Make(zip => Add(zip, name)));

    [Theory]
    [InlineData("prompt.txt")]
    [InlineData("PROMPT.TXT")]
    public void A_name_that_comes_twice_is_refused(string second) => Refused("ZIP_DUPLICATE", Make(zip =>
    {
        Add(zip, "prompt.txt");
        Add(zip, second);
    }));

    [Fact]
    public void Too_many_entries_are_refused() => Refused("ZIP_TOO_MANY_ENTRIES", Make(zip =>
    {
        for (var i = 0; i < 5000; i++)
            Add(zip, $"f{i}");
    }));

    [Fact]
    public void An_archive_in_the_archive_is_refused() => Refused("ZIP_NESTED", Make(zip => Add(zip, "more.zip")));

    [Fact]
    public void A_link_and_a_device_are_refused()
    {
        Refused("ZIP_LINK", Make(zip => Add(zip, "prompt.txt").ExternalAttributes = unchecked((int)0xA1FF_0000)));
        Refused("ZIP_SPECIAL_FILE", Make(zip => Add(zip, "prompt.txt").ExternalAttributes = 0x21B6_0000));
    }

    [Fact]
    public void A_bomb_is_refused_before_it_is_unpacked()
    {
        var bomb = Make(zip =>
        {
            for (var i = 0; i < 4; i++)
            {
                using var entry = zip.CreateEntry($"f{i}", CompressionLevel.SmallestSize).Open();
                for (var mb = 0; mb < 8; mb++)
                    entry.Write(new byte[1 << 20]);
            }
        });
        var before = GC.GetAllocatedBytesForCurrentThread();
        Refused("ZIP_TOO_LARGE", bomb);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    [Fact]
    public void A_bomb_that_lies_about_its_size_is_refused()
    {
        var bomb = Make(zip =>
        {
            using var entry = zip.CreateEntry("prompt.txt", CompressionLevel.SmallestSize).Open();
            for (var mb = 0; mb < 64; mb++)
                entry.Write(new byte[1 << 20]);
        });
        BinaryPrimitives.WriteUInt32LittleEndian(bomb.AsSpan(Central(bomb) + 24), 100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Refused("ZIP_BROKEN", bomb);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    public void Entries_that_share_their_bytes_are_refused()
    {
        var zip = Make(zip =>
        {
            Add(zip, "a");
            Add(zip, "b");
        });
        var second = Central(zip) + 46 + 1;
        BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan(second + 42), 0);
        Refused("ZIP_BROKEN", zip);
    }

    [Fact]
    public void Encryption_and_unknown_packing_are_refused()
    {
        var encrypted = Bundle.Zip.ToArray();
        encrypted[Central(encrypted) + 8] |= 1;
        Refused("ZIP_ENCRYPTED", encrypted);

        var packed = Bundle.Zip.ToArray();
        packed[Central(packed) + 10] = 12;
        Refused("ZIP_METHOD", packed);
    }

    [Fact]
    public void What_is_no_zip_is_refused()
    {
        Refused("ZIP_BROKEN", []);
        Refused("ZIP_BROKEN", "PK\u0005\u0006"u8.ToArray());
        Refused("ZIP_BROKEN", "a plain text"u8.ToArray());
        Refused("ZIP_BROKEN", Bundle.Zip[..(Bundle.Zip.Length / 2)].ToArray());
        Refused("ZIP_BROKEN", [.. "MZ prepended"u8, .. Bundle.Zip.Span]);
        Refused("ZIP_TOO_LARGE", new byte[BundleVerifier.MaxBytes + 1]);
    }

    [Fact]
    public void A_bundle_that_was_packed_again_is_told_apart_from_one_that_was_changed()
    {
        var again = Make(zip =>
        {
            foreach (var file in Bundle.Files)
            {
                using var entry = zip.CreateEntry(file.Name, CompressionLevel.Optimal).Open();
                entry.Write(file.Content.Span);
            }
        });
        var report = BundleVerifier.VerifyZip(again, BundleSamples.Issuers);
        Assert.Equal((BundleVerdict.ContainerChanged, 1), (report.Verdict, report.ExitCode));
        Assert.All(report.Files, f => Assert.Equal(FileState.Intact, f.State));

        byte[] trailing = [.. Bundle.Zip.Span, 0];
        Assert.Equal(BundleVerdict.ContainerChanged, BundleVerifier.VerifyZip(trailing, BundleSamples.Issuers).Verdict);
    }

    [Fact]
    public void Cut_anywhere_it_is_refused_and_never_throws()
    {
        for (var length = 0; length < Bundle.Zip.Length; length++)
            Assert.NotEqual(0, BundleVerifier.VerifyZip(Bundle.Zip[..length], BundleSamples.Issuers).ExitCode);
    }

    [Fact]
    public void Any_value_in_any_byte_of_the_directory_is_survived()
    {
        var zip = Bundle.Zip.ToArray();
        for (var at = Central(zip); at < zip.Length; at++)
        {
            var right = zip[at];
            foreach (var wrong in new byte[] { 0x00, 0x01, 0x7F, 0x80, 0xFF })
            {
                zip[at] = wrong;
                Assert.Equal(wrong == right, BundleVerifier.VerifyZip(zip, BundleSamples.Issuers).ExitCode == 0);
            }

            zip[at] = right;
        }
    }

    private static void Refused(string code, byte[] zip)
    {
        var report = BundleVerifier.VerifyZip(zip, BundleSamples.Issuers);
        Assert.Equal((BundleVerdict.NotABundle, 2), (report.Verdict, report.ExitCode));
        Assert.Equal(code, Assert.Single(report.Faults).Code);
    }

    private static byte[] Make(Action<ZipArchive> fill)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            fill(zip);
        return stream.ToArray();
    }

    private static ZipArchiveEntry Add(ZipArchive zip, string name)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.NoCompression);
        using var content = entry.Open();
        content.Write("x"u8);
        return entry;
    }

    private static int Central(ReadOnlySpan<byte> zip) => BinaryPrimitives.ReadInt32LittleEndian(zip[(zip.LastIndexOf("PK\u0005\u0006"u8) + 16)..]);
}
