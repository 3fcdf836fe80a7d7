using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using PromptForge.Core.Bundling;

namespace PromptForge.Core.Tests.Bundling;

public sealed class BundleWriterTests
{
    [Fact]
    public void Every_subset_of_formats_keeps_the_canonical_order_and_verifies()
    {
        for (var formats = 0; formats <= (int)BundleFormats.All; formats++)
        {
            var bundle = BundleSamples.Small((BundleFormats)formats);
            var wanted = BundleFiles.Canonical.Where(n => n switch
            {
                BundleFiles.PromptJson or BundleFiles.Telemetry => (formats & (int)BundleFormats.Json) != 0,
                BundleFiles.PromptMd => (formats & (int)BundleFormats.Md) != 0,
                BundleFiles.PromptPdf => (formats & (int)BundleFormats.Pdf) != 0,
                _ => true,
            });
            Assert.Equal([.. wanted, BundleFiles.Checksum, BundleFiles.Seal], bundle.Files.Select(f => f.Name));
            Assert.Equal(0, BundleVerifier.Verify(bundle, BundleSamples.Issuers).ExitCode);
        }
    }

    [Fact]
    public void The_bundle_checksum_is_the_one_the_specification_describes()
    {
        var bundle = BundleSamples.Small();
        var hashes = bundle.Files.SkipLast(2).Select(f => Convert.ToHexStringLower(SHA256.HashData(f.Content.Span)));
        var expected = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', hashes))));

        Assert.Equal(expected, bundle.Checksum);
        Assert.Equal("# bundle " + expected, bundle.Find(BundleFiles.Checksum)!.Text().Split('\n')[^2]);
        Assert.Equal($"bundle-M07-{expected[7..19]}.zip", bundle.ZipName);
    }

    [Fact]
    public void The_same_run_gives_the_same_bytes_in_every_culture_and_time_zone()
    {
        var run = BundleSamples.Run(output: Samples.OutputRo);
        var first = BundleWriter.Write(run, BundleFormats.All, BundleSamples.Key);
        var before = CultureInfo.CurrentCulture;
        var odd = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        odd.NumberFormat = new NumberFormatInfo { NegativeSign = "~", NumberDecimalSeparator = ",", NumberGroupSeparator = "." };
        odd.DateTimeFormat.DateSeparator = "!";
        CultureInfo.CurrentCulture = odd;
        try
        {
            var again = BundleWriter.Write(run with { CreatedAt = run.CreatedAt.ToOffset(TimeSpan.FromHours(3)) }, BundleFormats.All, BundleSamples.Key);
            Assert.True(first.Zip.Span.SequenceEqual(again.Zip.Span));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_run_read_back_from_jsonb_gives_the_same_bytes()
    {
        var run = BundleSamples.Run();
        run.Inputs["detail"] = new System.Text.Json.Nodes.JsonObject { ["b"] = 1.50m, ["a"] = "ș" };
        var stored = run with
        {
            Inputs = System.Text.Json.Nodes.JsonNode.Parse("""{"detail":{"a":"ș","b":1.5},"price":"25000 EUR","proofs":["audit 2025","studiu de caz: „Țeava și fierăria”"],"perceived_risk":"delivery uncertainty at Acme"}""")!.AsObject(),
            Telemetry = run.Telemetry with { CostUsd = 0.0193m, TtaSeconds = 4.3m },
        };

        var bundle = BundleWriter.Write(run, BundleFormats.Json, BundleSamples.Key);
        Assert.Equal(bundle.Checksum, BundleWriter.Write(stored, BundleFormats.Json, BundleSamples.Key).Checksum);
    }

    [Fact]
    public void Telemetry_holds_nothing_that_the_client_or_the_model_wrote()
    {
        var bundle = BundleWriter.Write(BundleSamples.Run(output: Samples.OutputRo), BundleFormats.Json, BundleSamples.Key);
        var telemetry = bundle.Find(BundleFiles.Telemetry)!.Text();

        foreach (var text in new[] { BundleSamples.Secret, "25000", "audit 2025", "Țeava", "escaladare", "guarantee", "41 words", "acme", "Acme" })
            Assert.DoesNotContain(text, telemetry, StringComparison.Ordinal);
        Assert.Contains("\"tokens_in\": 2100", telemetry, StringComparison.Ordinal);
        Assert.Contains("\"cost_usd\": 0.0193,", telemetry, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_json_file_is_utf8_with_lf_and_snake_case()
    {
        var bundle = BundleWriter.Write(BundleSamples.Run(output: Samples.OutputRo), BundleFormats.Json, BundleSamples.Key);
        foreach (var file in bundle.Files.Where(f => f.Name.EndsWith(".json", StringComparison.Ordinal)))
        {
            Assert.DoesNotContain('\r', file.Text());
            Assert.EndsWith("}\n", file.Text(), StringComparison.Ordinal);
            using var document = JsonDocument.Parse(file.Content);
            Assert.All(Names(document.RootElement), n => Assert.Matches("^[a-z][a-z0-9_]*$", n));
        }

        static IEnumerable<string> Names(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().SelectMany(p => Names(p.Value).Prepend(p.Name)),
            JsonValueKind.Array => element.EnumerateArray().SelectMany(Names),
            _ => [],
        };
    }

    [Fact]
    public void The_manifest_has_the_shape_that_readers_rely_on()
    {
        var manifest = BundleSamples.Small().Find(BundleFiles.Manifest)!.Text();
        var shape = Regex.Replace(manifest, "[0-9a-f]{64}", "<64 hex>");
        shape = Regex.Replace(shape, "\"bytes\": [0-9]+", "\"bytes\": <n>").Replace($"\"{BundleWriter.GeneratorVersion}\"", "\"<program>\"", StringComparison.Ordinal);
        Assert.Equal(Samples.ManifestShape, shape);
    }

    [Fact]
    public void A_live_run_has_its_output_in_txt_json_and_md()
    {
        var bundle = BundleWriter.Write(BundleSamples.Run(output: "Linia întâi\r\n\r\nLinia a doua"), BundleFormats.Md | BundleFormats.Json, BundleSamples.Key);

        Assert.EndsWith("\n\n=== OUTPUT ===\n\nLinia întâi\n\nLinia a doua\n", bundle.Find(BundleFiles.PromptTxt)!.Text(), StringComparison.Ordinal);
        Assert.EndsWith("\n# Output\n\nLinia întâi\n\nLinia a doua\n", bundle.Find(BundleFiles.PromptMd)!.Text(), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(bundle.Find(BundleFiles.PromptJson)!.Content);
        Assert.Equal("Linia întâi\r\n\r\nLinia a doua", json.RootElement.GetProperty("output").GetString());
        Assert.Equal(["claims", "faq"], json.RootElement.GetProperty("parsed_output").EnumerateObject().Select(p => p.Name));
        Assert.Equal(["module M07.goal", "axis urgency=crisis"],
            json.RootElement.GetProperty("prompt").GetProperty("sections")[0].GetProperty("lines")[0].GetProperty("causes").EnumerateArray().Select(c => c.GetString()));
    }

    [Fact]
    public void In_markdown_the_clients_values_are_fenced_and_names_are_plain_text()
    {
        var run = BundleSamples.Content("## CONTEXT_7D\n<inputs>\n<a>\n    # not a heading ```` \n</a>\n</inputs>\n\n## PROCESS\n1. x\n") with { OrgName = "A | *B*\n# C" };
        var md = BundleWriter.Write(run, BundleFormats.Md, BundleSamples.Key).Find(BundleFiles.PromptMd)!.Text();

        Assert.Contains("\n`````xml\n<inputs>\n", md, StringComparison.Ordinal);
        Assert.Contains("\n</inputs>\n`````\n\n## PROCESS\n", md, StringComparison.Ordinal);
        Assert.Contains("A \\| \\*B\\* \\# C", md, StringComparison.Ordinal);
    }
}
