using System.Diagnostics;
using System.Globalization;
using System.Text;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;
using PromptForge.Core.Prompting;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;

namespace PromptForge.Bench;

/// <summary>A whole bundle with a PDF of nine pages, sealed, by a process that has made one before.</summary>
internal static class PdfBench
{
    private const int Pages = 9;

    public static void Run(ProductCatalog catalog, Report report)
    {
        var module = catalog.FindModule("M07")!;
        var inputs = Samples.Inputs(module);
        var sevenD = SevenDParser.Normalize(new SevenDRequest { Domain = "fintech" }, catalog).Value;
        var contract = PromptContract.Of(catalog, module, sevenD.Set, Language.En, inputs);
        var prompt = new PromptCompiler(catalog).Compile(module, sevenD.Set, inputs, Language.En);
        var (score, hits) = (Rubric.ScorePrompt(prompt.Text, contract), GuardrailScanner.ScanPrompt(prompt.Text, contract));
        using var key = SigningKey.Generate();

        var output = new StringBuilder();
        while (PagesOf(Write().Content) < Pages)
            output.Append(CultureInfo.InvariantCulture, $"## Step {output.Length}\n\nAn answer of a usual length, with **emphasis**, `code` and a list:\n\n- one point with some words to it\n- another point\n\n| Metric | Target |\n| --- | --- |\n| Cost | 12 EUR |\n\n");
        for (var i = 0; i < 20; i++)
            Write();

        var took = new double[21];
        var pages = 0;
        for (var i = 0; i < took.Length; i++)
        {
            var began = Stopwatch.GetTimestamp();
            var pdf = Write();
            took[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            pages = PagesOf(pdf.Content);
        }

        Array.Sort(took);
        Report.Note(string.Create(CultureInfo.InvariantCulture, $"the PDF has {pages} pages; slowest of {took.Length}: {took[^1]:0.0} ms"));
        report.AtMost("pdf: a bundle with nine pages of PDF, ms, warm, middle", took[took.Length / 2], 100);

        SealedFile Write() => BundleWriter.Write(Contents.Of(module, sevenD, inputs, prompt, score, hits, output.Length == 0 ? null : output.ToString()), BundleFormats.Md | BundleFormats.Json | BundleFormats.Pdf, key)
            .Files.Single(f => f.Name == BundleFiles.PromptPdf);
    }

    private static int PagesOf(ReadOnlyMemory<byte> pdf) => pdf.Span.Count("/Type /Page\n"u8);
}
