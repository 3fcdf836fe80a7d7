using System.Text;

namespace PromptForge.Core.Bundling.Pdf;

/// <summary>Lines of code that are wider than the page: broken at a space near the edge, else at the edge.</summary>
internal static class CodeLines
{
    private const int TabWidth = 4;

    public static IEnumerable<string> Wrap(IEnumerable<string> lines, Shaper shaper, float width)
    {
        var columns = Math.Max(16, (int)(width / shaper.Width(PdfStyle.CodeLine, "0")));
        foreach (var line in lines)
        {
            var text = Expand(line);
            while (Columns(text) > columns)
            {
                var edge = IndexOfColumn(text, columns);
                var gap = text.LastIndexOf(' ', edge - 1, Math.Min(24, edge));
                var cut = gap > 0 && text.AsSpan(0, gap).Trim().Length > 0 ? gap + 1 : edge;
                yield return text[..cut];
                text = "  " + text[cut..];
            }

            yield return text;
        }
    }

    private static string Expand(string line)
    {
        if (!line.Contains('\t', StringComparison.Ordinal))
            return line;
        var text = new StringBuilder(line.Length + 16);
        foreach (var c in line)
        {
            if (c == '\t')
                text.Append(' ', TabWidth - (text.Length % TabWidth));
            else
                text.Append(c);
        }

        return text.ToString();
    }

    // Every character counts as one column; the few that another face supplies may be a little wider.
    private static int Columns(string text) => text.EnumerateRunes().Count();

    private static int IndexOfColumn(string text, int column)
    {
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (column-- == 0)
                break;
            at += rune.Utf16SequenceLength;
        }

        return at;
    }
}
