namespace PromptForge.Core.Bundling.Pdf;

/// <summary>A row and the top it got on its page.</summary>
internal readonly record struct Set(Row Row, float Top);

/// <summary>Rows -> pages. What belongs together stays together unless it is taller than half a page.</summary>
internal static class Paginator
{
    private const float Room = PdfStyle.BodyBottom - PdfStyle.BodyTop;

    public static List<List<Set>> Split(List<Row> rows)
    {
        var pages = new List<List<Set>>();
        var page = new List<Set>();
        var y = PdfStyle.BodyTop;
        for (var i = 0; i < rows.Count;)
        {
            var (end, height) = Together(rows, i);
            var gap = page.Count == 0 ? 0 : rows[i].Before;
            if (page.Count > 0 && (rows[i].OnNewPage || y + gap + height > PdfStyle.BodyBottom))
            {
                Turn();
                if (rows[i].Head is { } head && head.Sum(h => h.Height) < Room / 4)
                    head.ToList().ForEach(h => Put(h, 0));
                gap = 0;
            }

            for (; i < end; i++)
            {
                if (page.Count > 0 && y + gap + rows[i].Height > PdfStyle.BodyBottom)
                {
                    Turn();
                    gap = 0;
                }

                Put(rows[i], gap);
                gap = i + 1 < rows.Count ? rows[i + 1].Before : 0;
            }
        }

        if (page.Count > 0 || pages.Count == 0)
            pages.Add(page);
        return pages;

        void Put(Row row, float gap)
        {
            y += gap;
            page.Add(new(row, y));
            y += row.Height;
        }

        void Turn()
        {
            pages.Add(page);
            page = [];
            y = PdfStyle.BodyTop;
        }
    }

    private static (int End, float Height) Together(List<Row> rows, int from)
    {
        var height = rows[from].Height;
        var end = from + 1;
        while (end < rows.Count && rows[end - 1].KeepWithNext)
        {
            var more = rows[end].Before + rows[end].Height;
            if (height + more > Room / 2)
                break;
            height += more;
            end++;
        }

        return (end, height);
    }
}
