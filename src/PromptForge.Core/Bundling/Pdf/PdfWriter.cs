using System.Globalization;
using System.Text;
using Markdig;
using Markdig.Syntax;

namespace PromptForge.Core.Bundling.Pdf;

/// <summary>prompt.pdf, set from prompt.md.</summary>
internal static class PdfWriter
{
    private const int ListedMissing = 24;

    private static readonly MarkdownPipeline Markdown =
        new MarkdownPipelineBuilder().UsePipeTables().UseTaskLists().UseEmphasisExtras(Markdig.Extensions.EmphasisExtras.EmphasisExtraOptions.Strikethrough).DisableHtml().Build();

    public static byte[] Write(BundleContent content)
    {
        using var markdown = new ByteBuffer();
        PromptMarkdown.Write(content, markdown);
        var text = Encoding.UTF8.GetString(markdown.Written);
        if (!text.IsNormalized())
            text = text.Normalize();

        using var shaper = new Shaper();
        var words = BundleWords.In(content.Language);
        var layout = new BlockLayout(shaper, words);
        var rows = layout.Layout(Parse(text));
        if (shaper.MissingCharacters.Count > 0)
            layout.Note(string.Format(CultureInfo.InvariantCulture, words.NoGlyph, List(shaper.MissingCharacters)));

        var pages = Paginator.Split(rows);
        using var painter = new PagePainter(shaper, content, words);
        return painter.Paint(pages);
    }

    // The parser refuses text that is nested without end, as no person writes it; it is then set as it stands.
    private static MarkdownDocument Parse(string text)
    {
        try
        {
            return Markdig.Markdown.Parse(text, Markdown);
        }
        catch (ArgumentException)
        {
            return Markdig.Markdown.Parse(string.Concat(text.Split('\n').Select(l => "    " + l + "\n")), Markdown);
        }
    }

    private static string List(IReadOnlyDictionary<int, int> missing) =>
        string.Join(", ", missing.Take(ListedMissing).Select(m => string.Create(CultureInfo.InvariantCulture, $"U+{m.Key:X4} ({m.Value})"))) + (missing.Count > ListedMissing ? " …" : "");
}
