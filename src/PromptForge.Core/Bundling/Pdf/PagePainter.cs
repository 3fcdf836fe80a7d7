using System.Globalization;
using SkiaSharp;

namespace PromptForge.Core.Bundling.Pdf;

/// <summary>Pages -> PDF bytes.</summary>
internal sealed class PagePainter(Shaper shaper, BundleContent content, BundleWords words) : IDisposable
{
    private readonly Dictionary<Face, SKTypeface> faces = [];
    private readonly Dictionary<(Face, float), SKFont> fonts = [];
    private readonly string mark = (content.Trial, content.Telemetry.Simulated) switch
    {
        (true, true) => "TRIAL · SIMULATED",
        (true, false) => "TRIAL",
        (false, true) => "SIMULATED",
        _ => "",
    };
    private readonly SKPaint paint = new() { IsAntialias = true };

    public byte[] Paint(List<List<Set>> pages)
    {
        var at = content.CreatedAt.UtcDateTime;
        var metadata = new SKDocumentPdfMetadata
        {
            Title = $"{content.Module.In(content.Language).Name} · {content.Project}",
            Author = content.OrgName,
            Subject = $"{content.Module.Id} {content.Module.Version} · {content.RunId}",
            Creator = $"PromptForge {BundleWriter.GeneratorVersion}",
            Producer = "PromptForge",
            Creation = at,
            Modified = at,
            RasterDpi = SKDocumentPdfMetadata.DefaultRasterDpi,
            EncodingQuality = SKDocumentPdfMetadata.DefaultEncodingQuality,
        };
        ShapeAll(pages.Count);
        using var stream = new MemoryStream();
        using (var document = SKDocument.CreatePdf(stream, metadata))
        {
            for (var i = 0; i < pages.Count; i++)
            {
                using var canvas = document.BeginPage(PdfStyle.PageWidth, PdfStyle.PageHeight);
                Panels(canvas, pages[i]);
                foreach (var (row, top) in pages[i])
                    Line(canvas, row, top);
                Running(canvas, i + 1, pages.Count);
                Watermark(canvas);
                document.EndPage();
            }

            document.Close();
        }

        return stream.ToArray();
    }

    public void Dispose()
    {
        foreach (var font in fonts.Values)
            font.Dispose();
        foreach (var face in faces.Values)
            face.Dispose();
        paint.Dispose();
    }

    /// <summary>Rows on one ground get one shape, so that no seam shows between them.</summary>
    private void Panels(SKCanvas canvas, List<Set> page)
    {
        var open = new List<(Panel Panel, float Top, float Bottom)>();
        foreach (var (row, top) in page)
        {
            foreach (var panel in row.Panels)
            {
                var known = open.FindIndex(o => ReferenceEquals(o.Panel, panel) && (top - o.Bottom) < 40);
                if (known >= 0)
                    open[known] = open[known] with { Bottom = top + row.Height };
                else
                    open.Add((panel, top, top + row.Height));
            }
        }

        foreach (var (panel, top, bottom) in open)
        {
            Fill(canvas, new(panel.X, top, panel.X + panel.Width, bottom), panel.Fill, panel.Radius);
            if (panel.Bar is { } bar)
                Fill(canvas, new(panel.X, top, panel.X + 2.4f, bottom), bar, 0);
        }
    }

    private void Line(SKCanvas canvas, Row row, float top)
    {
        foreach (var rule in row.Rules)
            Fill(canvas, new(rule.X, top + rule.Y - (rule.Thickness / 2), rule.X + rule.Width, top + rule.Y + (rule.Thickness / 2)), rule.Color, 0);
        if (row.Text.Count == 0)
            return;
        var baseline = top + row.Baseline;
        foreach (var stretch in Stretches(row.Text, t => t.Style.Shaded))
        {
            var size = stretch[0].Style.Size;
            Fill(canvas, new(stretch[0].X - 1.6f, baseline - (size * 0.92f), stretch[^1].Right + 1.6f, baseline + (size * 0.3f)), PdfStyle.InlineGround, 2);
        }

        foreach (var stretch in Stretches(row.Text, t => t.Style.Struck))
            Fill(canvas, new(stretch[0].X, baseline - (stretch[0].Style.Size * 0.3f), stretch[^1].Right, baseline - (stretch[0].Style.Size * 0.3f) + 0.6f), stretch[0].Style.Color, 0);
        foreach (var stretch in Stretches(row.Text, t => t.Style.Link is not null))
        {
            var area = new SKRect(stretch[0].X, baseline - (stretch[0].Style.Size * 0.95f), stretch[^1].Right, baseline + (stretch[0].Style.Size * 0.3f));
            Fill(canvas, new(area.Left, baseline + 1.3f, area.Right, baseline + 1.8f), PdfStyle.Accent.WithAlpha(0x80), 0);
            canvas.DrawUrlAnnotation(area, stretch[0].Style.Link!);
        }

        Text(canvas, row.Text, baseline);
    }

    /// <summary>Neighbours with the same look become one run: fewer objects, and text that is selected in one piece.</summary>
    private void Text(SKCanvas canvas, List<Placed> text, float baseline)
    {
        var ids = new List<ushort>(64);
        var at = new List<SKPoint>(64);
        (Face Face, float Size, SKColor Color) look = default;
        foreach (var placed in text)
        {
            foreach (var part in placed.Word.Parts)
            {
                var next = (part.Face, placed.Style.Size, placed.Style.Color);
                if (next != look && ids.Count > 0)
                    Draw();
                look = next;
                ids.AddRange(part.Ids);
                foreach (var point in part.At)
                    at.Add(new(placed.X + (point.X * placed.Style.Size), baseline + (point.Y * placed.Style.Size)));
            }
        }

        Draw();

        void Draw()
        {
            if (ids.Count == 0)
                return;
            using var builder = new SKTextBlobBuilder();
            builder.AddPositionedRun(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ids), Font(look.Face, look.Size), System.Runtime.InteropServices.CollectionsMarshal.AsSpan(at));
            using var blob = builder.Build();
            paint.Color = look.Color;
            if (blob is not null)
                canvas.DrawText(blob, 0, 0, paint);
            ids.Clear();
            at.Clear();
        }
    }

    private string Head => $"{content.Project} · {content.DomainName} · {content.Module.Id} {content.Module.In(content.Language).Name}";

    private string Run => content.RunId.ToString();

    private string Foot(int page, int pages) => string.Format(CultureInfo.InvariantCulture, words.Page, page, pages);

    // The faces are cut to the glyphs in use once the first page is painted: by then all text must have been shaped.
    private void ShapeAll(int pages)
    {
        shaper.Shape(PdfStyle.Running.Face, Head);
        shaper.Shape(PdfStyle.RunningCode.Face, Run);
        shaper.Shape(Face.Bold, mark);
        for (var page = 1; page <= pages; page++)
            shaper.Shape(PdfStyle.Running.Face, Foot(page, pages));
    }

    private void Running(SKCanvas canvas, int page, int pages)
    {
        const float left = PdfStyle.Margin, right = PdfStyle.PageWidth - PdfStyle.Margin;
        var foot = Foot(page, pages);
        Set(Head, PdfStyle.Running, left, PdfStyle.Margin + 7);
        Fill(canvas, new(left, PdfStyle.Margin + 14, right, PdfStyle.Margin + 14.5f), PdfStyle.Hairline, 0);
        Fill(canvas, new(left, PdfStyle.PageHeight - PdfStyle.Margin - 14.5f, right, PdfStyle.PageHeight - PdfStyle.Margin - 14), PdfStyle.Hairline, 0);
        Set(Run, PdfStyle.RunningCode, left, PdfStyle.PageHeight - PdfStyle.Margin - 2);
        Set(foot, PdfStyle.Running, right - shaper.Width(PdfStyle.Running, foot), PdfStyle.PageHeight - PdfStyle.Margin - 2);

        void Set(string text, TextStyle style, float x, float y) => Text(canvas, [new(x, shaper.Shape(style.Face, text), style)], y);
    }

    private void Watermark(SKCanvas canvas)
    {
        if (mark.Length == 0)
            return;
        var word = shaper.Shape(Face.Bold, mark);
        var size = Math.Min(620 / word.Width, 150);
        canvas.Save();
        canvas.Translate(PdfStyle.PageWidth / 2, PdfStyle.PageHeight / 2);
        canvas.RotateDegrees(-54.7f);
        Text(canvas, [new(-word.Width * size / 2, word, new(Face.Bold, size, PdfStyle.Watermark))], size * 0.36f);
        canvas.Restore();
    }

    private static IEnumerable<List<Placed>> Stretches(List<Placed> text, Func<Placed, bool> wanted)
    {
        var stretch = new List<Placed>();
        foreach (var placed in text)
        {
            if (stretch.Count > 0 && (!wanted(placed) || placed.Style.Link != stretch[0].Style.Link))
            {
                yield return stretch;
                stretch = [];
            }

            if (wanted(placed))
                stretch.Add(placed);
        }

        if (stretch.Count > 0)
            yield return stretch;
    }

    private SKFont Font(Face face, float size)
    {
        if (!fonts.TryGetValue((face, size), out var font))
            fonts[(face, size)] = font = new(Typeface(face), size) { Subpixel = true, Hinting = SKFontHinting.None, Edging = SKFontEdging.Antialias, LinearMetrics = true };
        return font;
    }

    private SKTypeface Typeface(Face face)
    {
        if (!faces.TryGetValue(face, out var typeface))
            faces[face] = typeface = PdfFonts.Of(face).With(shaper.Used(face));
        return typeface;
    }

    private void Fill(SKCanvas canvas, SKRect area, SKColor color, float radius)
    {
        paint.Color = color;
        if (radius > 0)
            canvas.DrawRoundRect(area, radius, radius, paint);
        else
            canvas.DrawRect(area, paint);
    }
}
