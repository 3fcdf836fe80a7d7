using Markdig.Extensions.Tables;
using Markdig.Syntax;

namespace PromptForge.Core.Bundling.Pdf;

/// <summary>Sets a table: cells wrap, long rows go on over the page's end, the head is set again on each page.</summary>
internal sealed class TableLayout(Shaper shaper, InlineReader inlines)
{
    /// <summary>Rows of at most this many lines stay in one piece.</summary>
    private const int Unbroken = 8;

    private const float LeastColumn = 26;

    public void Layout(Table table, Frame frame, Action<Row> add)
    {
        var source = table.OfType<TableRow>().ToList();
        var columns = Math.Min(source.Count == 0 ? 0 : source.Max(r => r.Count), 24);
        if (columns == 0)
            return;
        var cells = source.Select(r => Enumerable.Range(0, columns).Select(c => Read(r, c)).ToArray()).ToList();
        var widths = Widths(cells, columns, frame.Width);

        List<Row>? head = null;
        for (var r = 0; r < source.Count; r++)
        {
            var isHead = source[r].IsHeader && head is null;
            var rows = Set(table, cells[r], widths, frame, isHead, head);
            foreach (var row in rows)
                add(row);
            if (isHead)
                head = rows;
        }
    }

    private static List<Row> Set(Table table, TextFlow[] cells, float[] widths, Frame frame, bool isHead, List<Row>? head)
    {
        var style = isHead ? PdfStyle.CellHead : PdfStyle.Cell;
        var leading = style.Size * PdfStyle.TightLeading;
        var lines = cells.Select((c, i) => c.Lines(widths[i] - (2 * PdfStyle.CellPadX))).ToList();
        var count = Math.Max(1, lines.Max(l => l.Count));
        var total = widths.Sum();
        var panels = isHead ? [.. frame.Panels, new Panel(frame.X, total, PdfStyle.Ground)] : frame.Panels;
        var rows = new List<Row>(count);
        for (var n = 0; n < count; n++)
        {
            var top = n == 0 ? PdfStyle.CellPadY : 0;
            var bottom = n == count - 1 ? PdfStyle.CellPadY : 0;
            var row = new Row
            {
                Height = top + leading + bottom,
                Baseline = top + BlockLayout.Baseline(leading, style),
                Panels = panels,
                Head = isHead ? null : head,
                KeepWithNext = isHead || (n < count - 1 && (count <= Unbroken || n == 0 || n == count - 2)),
            };
            var x = frame.X;
            for (var c = 0; c < cells.Length; c++)
            {
                if (n < lines[c].Count)
                    Place(row, lines[c][n], x, widths[c], c < table.ColumnDefinitions.Count ? table.ColumnDefinitions[c].Alignment : null);
                x += widths[c];
            }

            if (n == count - 1)
                row.Rules.Add(new(frame.X, total, row.Height, isHead ? 0.9f : 0.5f, isHead ? PdfStyle.Muted : PdfStyle.Hairline));
            rows.Add(row);
        }

        return rows;
    }

    private static void Place(Row row, List<Placed> line, float x, float width, TableColumnAlign? align)
    {
        var room = width - (2 * PdfStyle.CellPadX) - line[^1].Right;
        var shift = x + PdfStyle.CellPadX + (align switch { TableColumnAlign.Right => room, TableColumnAlign.Center => room / 2, _ => 0 });
        foreach (var placed in line)
            row.Text.Add(placed with { X = shift + placed.X });
    }

    private TextFlow Read(TableRow row, int column)
    {
        var flow = new TextFlow(shaper);
        if (column >= row.Count || row[column] is not TableCell cell)
            return flow;
        var style = row.IsHeader ? PdfStyle.CellHead : PdfStyle.Cell;
        foreach (var block in cell.OfType<LeafBlock>())
            flow = inlines.Read(block.Inline, style);
        return flow;
    }

    /// <summary>As wide as the text wants where that fits; else each column its widest word, and the rest by need.</summary>
    private static float[] Widths(List<TextFlow[]> cells, int columns, float available)
    {
        var least = new float[columns];
        var most = new float[columns];
        foreach (var row in cells)
        {
            for (var c = 0; c < columns; c++)
            {
                var (word, line) = row[c].Measure();
                least[c] = Math.Max(least[c], word);
                most[c] = Math.Max(most[c], line);
            }
        }

        for (var c = 0; c < columns; c++)
        {
            least[c] = Math.Max(Math.Min(least[c], available / Math.Min(columns, 3)), LeastColumn) + (2 * PdfStyle.CellPadX);
            most[c] = Math.Max(most[c] + (2 * PdfStyle.CellPadX) + 0.5f, least[c]);
        }

        return most.Sum() <= available ? Spread(most, available) : least.Sum() >= available
            ? [.. least.Select(w => w * available / least.Sum())]
            : Share(least, most, available);
    }

    // Narrow columns get what they ask for, the narrowest first, as long as it is no more than their share; the wide ones divide the rest.
    private static float[] Share(float[] least, float[] most, float available)
    {
        var widths = (float[])least.Clone();
        var order = Enumerable.Range(0, most.Length).OrderBy(c => most[c]).ToList();
        var left = available - least.Sum();
        while (order.Count > 0)
        {
            var c = order[0];
            var wish = most[c] - least[c];
            if (wish > left / order.Count)
                break;
            widths[c] = most[c];
            left -= wish;
            order.RemoveAt(0);
        }

        var need = order.Sum(c => most[c] - least[c]);
        foreach (var c in order)
            widths[c] += (most[c] - least[c]) * left / need;
        return widths;
    }

    // Few columns: the last one takes what is left. Many (a row of figures): all alike.
    private static float[] Spread(float[] widths, float available)
    {
        var left = available - widths.Sum();
        if (widths.Length < 4)
            widths[^1] += left;
        else
            widths = [.. widths.Select(w => w + (left / widths.Length))];
        return widths;
    }
}
