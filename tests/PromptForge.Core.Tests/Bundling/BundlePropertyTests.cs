using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;

namespace PromptForge.Core.Tests.Bundling;

public sealed class BundlePropertyTests
{
    private static readonly string[] Pieces =
    [
        "ș", "Țț", "ﬁ", "🚀", "👩‍👩‍👧", "שלום", "مرحبا", "你好", "\u202E", "\u0301", "\uD800", "\uDC00", "\0", "\u0007", "\t", "\r\n", "\n", "\n\n", " ", "\u00A0",
        "# ", "## PROCESS", "- ", "1. ", "> ", "| a | b |\n| --- | ---: |\n| c | d |\n", "```", "~~~json\n", "`", "**", "_", "~~", "[x](https://a.b)", "![y](z)",
        "<script>", "<inputs>\n", "\n</inputs>\n", "&copy;", "\\", "---", "{\"a\":1}", "{{ x }}", "\"", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ];

    private static readonly Gen<string> Text = Gen.Select(Gen.OneOf(Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]), Gen.String[0, 12]).Array[0, 60], string.Concat);

    [Fact]
    public void Whatever_the_text_a_bundle_is_whole_reproducible_and_valid() => Gen.Select(Text, Text, Text, Gen.Bool).Sample((prompt, output, input, romanian) =>
    {
        var run = BundleSamples.Content(prompt, output, romanian ? Language.Ro : Language.En, new JsonObject { ["price"] = input, [Scalar(input)] = new JsonArray(input, 1.10m, null, true) });
        var first = BundleWriter.Write(run, BundleFormats.All, BundleSamples.Key);

        Assert.True(first.Zip.Span.SequenceEqual(BundleWriter.Write(run, BundleFormats.All, BundleSamples.Key).Zip.Span));
        Assert.Equal(BundleVerdict.Valid, BundleVerifier.Verify(first, BundleSamples.Issuers).Verdict);
        using var json = JsonDocument.Parse(first.Find(BundleFiles.PromptJson)!.Content);
        Assert.Equal(Scalar(output), json.RootElement.GetProperty("output").GetString());
        Assert.Equal(Scalar(prompt), json.RootElement.GetProperty("prompt").GetProperty("text").GetString());
        Assert.Equal(Scalar(input), json.RootElement.GetProperty("inputs").GetProperty("price").GetString());
        foreach (var name in new[] { BundleFiles.PromptTxt, BundleFiles.PromptMd })
            _ = new UTF8Encoding(false, true).GetString(first.Find(name)!.Content.Span);
    }, iter: 150);

    [Fact]
    public void A_changed_byte_of_a_full_bundle_is_found_wherever_it_is()
    {
        var bundle = BundleWriter.Write(BundleSamples.Run(Language.Ro, Samples.OutputRo), BundleFormats.All, BundleSamples.Key);
        Gen.Select(Gen.Int[0, bundle.Zip.Length - 1], Gen.Byte[1, 255]).Sample((at, by) =>
        {
            var changed = bundle.Zip.ToArray();
            changed[at] ^= by;
            return BundleVerifier.VerifyZip(changed, BundleSamples.Issuers).ExitCode != 0;
        }, iter: 400);
    }

    [Fact]
    public void Anything_given_to_the_verifier_gets_an_answer() => Gen.Byte.Array[0, 400].Sample(bytes =>
    {
        byte[] zip = [.. bytes, .. "PK\u0005\u0006"u8, .. bytes];
        Assert.NotEqual(0, BundleVerifier.VerifyZip(zip, BundleSamples.Issuers).ExitCode);
        var files = new Dictionary<string, ReadOnlyMemory<byte>> { [BundleFiles.Manifest] = bytes, [BundleFiles.Checksum] = bytes, [BundleFiles.Seal] = bytes };
        Assert.NotEqual(0, BundleVerifier.VerifyFiles(files, BundleSamples.Issuers).ExitCode);
    });

    /// <summary>What UTF-8 makes of half a surrogate pair.</summary>
    private static string Scalar(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
