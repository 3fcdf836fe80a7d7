using System.Text;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using UglyToad.PdfPig;
using UglyToad.PdfPig.Content;
using UglyToad.PdfPig.DocumentLayoutAnalysis.TextExtractor;

namespace PromptForge.Core.Tests.Bundling;

public sealed class BundlePdfTests
{
    private const double SixteenMillimetres = 16 / 25.4 * 72;

    private static readonly string Long = string.Concat(Enumerable.Range(1, 120).Select(i => $"| rândul {i} | o celulă destul de lungă încât să treacă pe rândul următor, cu ș, ț, ă, î și â |\n"));

    [Fact]
    public void Text_comes_out_as_it_went_in_diacritics_and_all()
    {
        using var pdf = Open(BundleSamples.Run(Language.Ro, Samples.OutputRo));
        var text = Text(pdf);

        foreach (var phrase in new[] { "Inversarea riscului și a încrederii", "„Țeava și fierăria”", "Oficiul final: office, fișier, afiș, flux.", "Șefa echipei de livrare", "ținta este −25 %", "\"cap_eur\": 7500" })
            Assert.Contains(phrase, text, StringComparison.Ordinal);
        Assert.DoesNotContain(text, c => c is >= '\uFB00' and <= '\uFB06');
    }

    [Theory]
    [InlineData(Language.En, "page {0} of {1}")]
    [InlineData(Language.Ro, "pagina {0} din {1}")]
    public void Every_page_says_what_it_is_of_and_which_of_how_many(Language language, string number)
    {
        var run = BundleSamples.Run(language, "| a | b |\n| --- | --- |\n" + Long);
        using var pdf = Open(run);
        Assert.True(pdf.NumberOfPages >= 4);
        foreach (var page in pdf.GetPages())
        {
            var text = ContentOrderTextExtractor.GetText(page);
            Assert.Contains($"acme-kyc · FinTech · M07 {run.Module.In(language).Name}", text, StringComparison.Ordinal);
            Assert.Contains(string.Format(null, number, page.Number, pdf.NumberOfPages), text, StringComparison.Ordinal);
            Assert.Contains(run.RunId.ToString(), text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_table_that_goes_on_has_its_head_again_and_loses_no_row()
    {
        using var pdf = Open(BundleSamples.Run(Language.Ro, "| capul | tabelului |\n| --- | --- |\n" + Long));
        var pages = pdf.GetPages().Select(p => ContentOrderTextExtractor.GetText(p)).Where(t => t.Contains("rândul 5", StringComparison.Ordinal) || t.Contains("o celulă", StringComparison.Ordinal)).ToList();
        Assert.True(pages.Count >= 3);
        Assert.All(pages, p => Assert.Contains("tabelului", p, StringComparison.Ordinal));
        var all = string.Join('\n', pages);
        Assert.All(Enumerable.Range(1, 120), i => Assert.Contains($"rândul {i} ", all + " ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false, false, "")]
    [InlineData(true, false, "TRIAL")]
    [InlineData(false, true, "SIMULATED")]
    [InlineData(true, true, "TRIAL · SIMULATED")]
    public void The_watermark_is_on_every_page(bool trial, bool simulated, string mark)
    {
        var run = BundleSamples.Run(Language.Ro, Long);
        using var pdf = Open(run with { Trial = trial, Telemetry = run.Telemetry with { Simulated = simulated } });
        Assert.True(pdf.NumberOfPages > 1);
        foreach (var page in pdf.GetPages())
        {
            var slanted = string.Concat(page.Letters.Where(l => l.TextOrientation == TextOrientation.Other).Select(l => l.Value));
            Assert.Equal(mark.Replace(" ", "", StringComparison.Ordinal), slanted.Replace(" ", "", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Nothing_stands_outside_the_margins_not_even_words_without_end()
    {
        var endless = new string('W', 4000);
        using var pdf = Open(BundleSamples.Content(
            $"## ROLE_GOAL\n{endless}\n\n> {endless}\n\n- {endless}\n  - https://example.com/{new string('a', 900)}?b={new string('c', 900)}\n\n| {endless} | b |\n| --- | --- |\n| `{endless}` | {endless} |\n\n```\n{endless}\n```\n"));
        foreach (var page in pdf.GetPages())
        {
            Assert.Equal((595, 842), ((int)Math.Round(page.Width), (int)Math.Round(page.Height)));
            foreach (var letter in page.Letters.Where(l => l.TextOrientation == TextOrientation.Horizontal))
            {
                Assert.InRange(letter.StartBaseLine.X, SixteenMillimetres - 0.5, page.Width - SixteenMillimetres + 0.5);
                Assert.InRange(letter.EndBaseLine.X, SixteenMillimetres - 0.5, page.Width - SixteenMillimetres + 0.5);
                Assert.InRange(letter.StartBaseLine.Y, SixteenMillimetres - 0.5, page.Height - SixteenMillimetres + 0.5);
            }
        }

        Assert.Equal(7 * endless.Length, Text(pdf).Count(c => c == 'W'));
    }

    [Theory]
    [InlineData("🚀", "U+1F680 (1)")]
    [InlineData("👩‍👩‍👧‍👦", "U+1F466 (1), U+1F467 (1), U+1F469 (2)")]
    [InlineData("你好你", "U+4F60 (2), U+597D (1)")]
    [InlineData("שלום", "U+05D5 (1)")]
    [InlineData("a\u202Eb", "U+202E (1)")]
    [InlineData("\u0007", "U+0007 (1)")]
    public void A_character_without_a_glyph_is_a_box_and_is_listed(string text, string listed)
    {
        using var pdf = Open(BundleSamples.Content($"## ROLE_GOAL\nx {text} y\n"));
        var all = Text(pdf).ReplaceLineEndings(" ");
        Assert.Contains('□', all);
        Assert.Contains(listed, all, StringComparison.Ordinal);
        Assert.Contains("Printed as □", all, StringComparison.Ordinal);
    }

    [Fact]
    public void Decomposed_letters_checks_and_odd_spaces_are_printed_as_what_they_mean()
    {
        using var pdf = Open(BundleSamples.Content("## ROLE_GOAL\ns\u0326i t\u0326ara\u0306 ✅ ❌ ☑ ☐ 25\u00A0000\u202FEUR non\u2011stop so\u00ADft\n"));
        var text = Text(pdf);
        Assert.Contains("și țară", text.Normalize(), StringComparison.Ordinal);
        Assert.Contains("25 000 EUR", text, StringComparison.Ordinal);
        Assert.Contains("soft", text, StringComparison.Ordinal);
        Assert.Contains('✓', text);
        Assert.DoesNotContain("Printed as", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_web_and_mail_addresses_become_links()
    {
        using var pdf = Open(BundleSamples.Content("## ROLE_GOAL\n[bun](https://example.com/a?b=ș) [poștă](mailto:a@b.ro) [rău](javascript:alert(1)) [fișier](file:///etc/passwd)\n"));
        var links = pdf.GetPages().SelectMany(p => p.GetHyperlinks()).Select(l => l.Uri).ToList();
        Assert.Equal(["https://example.com/a?b=%C8%99", "mailto:a@b.ro"], links);
        Assert.Contains("rău (javascript:alert(1))", Text(pdf), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(">")]
    [InlineData("- ")]
    [InlineData("[")]
    [InlineData("**a ")]
    [InlineData("`")]
    [InlineData("| ")]
    [InlineData("<a")]
    [InlineData("1. ")]
    public void Text_nested_without_end_still_prints(string piece)
    {
        var run = BundleSamples.Run(output: string.Concat(Enumerable.Repeat(piece, 3000)) + "\n\nthe end\n");
        using var pdf = Open(run);
        Assert.True(pdf.NumberOfPages >= 1);
    }

    [Theory]
    [InlineData("> ", 60)]
    [InlineData("> - ", 25)]
    [InlineData("1. ", 60)]
    [InlineData("*a **b ", 200)]
    [InlineData("[", 500)]
    public void Deep_nesting_loses_no_word(string piece, int times)
    {
        using var pdf = Open(BundleSamples.Content("## ROLE_GOAL\n" + string.Concat(Enumerable.Repeat(piece, times)) + "innermost" + (piece[0] == '*' ? string.Concat(Enumerable.Repeat("** *", times)) : "") + "\n"));
        Assert.Contains("innermost", Text(pdf), StringComparison.Ordinal);
        Assert.DoesNotContain("Markdig", Text(pdf), StringComparison.Ordinal);
    }

    [Fact]
    public void Dates_and_bytes_come_from_the_run_alone()
    {
        var run = BundleSamples.Run(Language.Ro, Samples.OutputRo);
        var all = Enumerable.Range(0, 16).AsParallel().WithDegreeOfParallelism(8).Select(_ => Bytes(run)).ToList();
        Assert.All(all, b => Assert.True(all[0].AsSpan().SequenceEqual(b)));
        using var pdf = PdfDocument.Open(all[0]);
        Assert.Equal("D:20261123102031+00'00'", pdf.Information.CreationDate);
        Assert.Equal("PromptForge", pdf.Information.Producer);
        Assert.Contains(run.RunId.ToString(), pdf.Information.Subject!, StringComparison.Ordinal);
    }

    private static byte[] Bytes(BundleContent run) => BundleWriter.Write(run, BundleFormats.Pdf, BundleSamples.Key).Find(BundleFiles.PromptPdf)!.Content.ToArray();

    private static PdfDocument Open(BundleContent run) => PdfDocument.Open(Bytes(run));

    private static string Text(PdfDocument pdf)
    {
        var text = new StringBuilder();
        foreach (var page in pdf.GetPages())
            text.AppendLine(ContentOrderTextExtractor.GetText(page));
        return text.ToString();
    }
}
