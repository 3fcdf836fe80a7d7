using Markdig.Extensions.Tables;
using Markdig.Extensions.TaskLists;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace PromptForge.Core.Bundling.Pdf;

/// <summary>Where a block may stand: its left edge, its width, and the grounds behind it.</summary>
internal sealed record Frame(float X, float Width, TextStyle Style, IReadOnlyList<Panel> Panels)
{
    /// <summary>As long as there is room to be narrower in.</summary>
    public Frame Indent(float by) => Width - by < 140 ? this : this with { X = X + by, Width = Width - by };

    public Frame On(Panel panel) => this with { Panels = [.. Panels, panel] };
}

/// <summary>Markdown blocks -> rows, without pages.</summary>
internal sealed class BlockLayout(Shaper shaper, BundleWords words)
{
    private const float Paragraph = 7;
    /// <summary>Code of at most this many lines stays on one page.</summary>
    private const int Unbroken = 14;

    private readonly List<Row> rows = [];
    private readonly InlineReader inlines = new(shaper);
    private float space;
    private int parts;

    public List<Row> Layout(MarkdownDocument document)
    {
        var page = new Frame(PdfStyle.Margin, PdfStyle.BodyWidth, PdfStyle.Body, []);
        foreach (var block in document)
            Block(block, parts < 2 ? page with { Style = PdfStyle.Front } : page, 0);
        return rows;
    }

    public void Note(string text)
    {
        space = 18;
        var flow = new TextFlow(shaper);
        flow.Add(text, PdfStyle.Front);
        Text(flow, new(PdfStyle.Margin, PdfStyle.BodyWidth, PdfStyle.Front, []), PdfStyle.TightLeading);
    }

    /// <summary>Text as it is, line by line, on a ground.</summary>
    public void Code(IEnumerable<string> lines, Frame frame)
    {
        var panel = new Panel(frame.X, frame.Width, PdfStyle.Ground, Radius: 3);
        var inside = frame.On(panel) with { Style = PdfStyle.CodeLine };
        space = Math.Max(space, 8);
        Pad(inside, PdfStyle.CodePad, keep: true);
        var leading = PdfStyle.CodeLine.Size * PdfStyle.TextLeading;
        var wrapped = CodeLines.Wrap(lines, shaper, frame.Width - (2 * PdfStyle.CodePad)).ToList();
        foreach (var line in wrapped)
        {
            var x = frame.X + PdfStyle.CodePad;
            var row = new Row { Height = leading, Baseline = Baseline(leading, PdfStyle.CodeLine), Panels = inside.Panels, KeepWithNext = wrapped.Count <= Unbroken };
            if (line.Length > 0)
                row.Text.Add(new(x, shaper.Shape(Face.Mono, line), PdfStyle.CodeLine));
            Add(row);
        }

        rows[^1].KeepWithNext = true;
        Pad(inside, PdfStyle.CodePad, keep: false);
        space = 8;
    }

    private void Block(Block block, Frame frame, int depth)
    {
        switch (block)
        {
            case HeadingBlock heading:
                Heading(heading, frame);
                break;
            case ParagraphBlock paragraph:
                space = Math.Max(space, Paragraph);
                Text(inlines.Read(paragraph.Inline, frame.Style), frame, frame.Style == PdfStyle.Front ? PdfStyle.TightLeading : PdfStyle.TextLeading);
                space = Paragraph;
                break;
            case ListBlock list:
                List(list, frame, depth);
                break;
            case QuoteBlock quote:
                Quote(quote, frame, depth);
                break;
            case Table table:
                space = Math.Max(space, 10);
                new TableLayout(shaper, inlines).Layout(table, frame, Add);
                space = 12;
                break;
            case LeafBlock { Lines.Count: >= 0 } leaf when leaf is CodeBlock or HtmlBlock:
                Code(Lines(leaf), frame);
                break;
            case ThematicBreakBlock:
                space = 14;
                Add(new() { Height = 1, Rules = { new(frame.X, frame.Width, 0.5f, 0.6f, PdfStyle.Hairline) }, Panels = frame.Panels });
                space = 14;
                break;
            case ContainerBlock container:
                foreach (var child in container)
                    Block(child, frame, depth + 1);
                break;
        }
    }

    private void Heading(HeadingBlock heading, Frame frame)
    {
        var top = heading.Level == 1 && frame.Panels.Count == 0;
        parts += top ? 1 : 0;
        var title = top && parts == 1;
        var part = top && !title ? Part(heading) : null;
        var style = title ? PdfStyle.Title : part is null ? PdfStyle.Heading(heading.Level) : PdfStyle.Part;
        space = Math.Max(space, part is null ? PdfStyle.SpaceBefore(heading.Level) : PdfStyle.BeforePart);
        var from = rows.Count;
        if (part is not null)
        {
            Add(new()
            {
                Height = 13,
                OnNewPage = part == words.Output,
                Rules = { new(frame.X, frame.Width, 0, 0.6f, PdfStyle.Hairline), new(frame.X, 34, 0, 2.2f, PdfStyle.Accent) },
            });
        }

        Text(inlines.Read(heading.Inline, style), frame, PdfStyle.HeadingLeading);
        for (var i = from; i < rows.Count; i++)
            rows[i].KeepWithNext = true;
        space = title ? 4 : heading.Level <= 2 ? 6 : 4;
    }

    /// <summary>The document's own parts begin with a bar; a first-order heading inside an answer does not.</summary>
    private string? Part(HeadingBlock heading) =>
        heading.Inline?.FirstChild is LiteralInline { NextSibling: null } literal && literal.Content.ToString() is var text && (text == words.Prompt || text == words.Output) ? text : null;

    private void List(ListBlock list, Frame frame, int depth)
    {
        var number = list.IsOrdered && int.TryParse(list.OrderedStart, out var start) ? start : 1;
        var last = number + list.Count - 1;
        var indent = list.IsOrdered ? Math.Max(PdfStyle.ListIndent, shaper.Width(frame.Style, $"{last}.") + 6) : PdfStyle.ListIndent;
        space = depth > 0 ? 2.5f : Math.Max(space, Paragraph - 1);
        foreach (var item in list.OfType<ListItemBlock>())
        {
            var from = rows.Count;
            var inside = frame.Indent(indent);
            var between = rows.Count == 0 ? 0 : space;
            foreach (var child in item)
                Block(child, inside, depth + 1);
            if (rows.Count == from)
                Add(new() { Height = frame.Style.Size * PdfStyle.TextLeading, Baseline = Baseline(frame.Style.Size * PdfStyle.TextLeading, frame.Style), Panels = frame.Panels });

            var first = rows[from];
            first.Before = Math.Min(first.Before, Math.Max(between, 2.5f));
            var marker = list.IsOrdered ? $"{number++}." : depth % 2 == 0 ? "•" : "–";
            var style = frame.Style with { Color = PdfStyle.Accent, Face = list.IsOrdered ? Face.Bold : Face.Text };
            if (item.FirstOrDefault() is not ParagraphBlock { Inline.FirstChild: TaskList })
                first.Text.Insert(0, new(list.IsOrdered ? inside.X - 5 - shaper.Width(style, marker) : frame.X + 3, shaper.Shape(style.Face, marker), style));
            space = 2.5f;
        }

        space = Paragraph;
    }

    private void Quote(QuoteBlock quote, Frame frame, int depth)
    {
        var inside = frame.Indent(12).On(new(frame.X, frame.Width, PdfStyle.Ground, PdfStyle.Accent));
        inside = inside with { Width = Math.Max(inside.Width - 10, 120) };
        space = Math.Max(space, 9);
        Pad(inside, 6, keep: true);
        space = 0;
        foreach (var child in quote)
        {
            var from = rows.Count;
            Block(child, inside, depth + 1);
            if (from < rows.Count && child == quote[0])
                rows[from].Before = 0;
        }

        rows[^1].KeepWithNext = true;
        space = 0;
        Pad(inside, 6, keep: false);
        space = 9;
    }

    private void Text(TextFlow flow, Frame frame, float leading)
    {
        var height = frame.Style.Size * leading;
        var lines = flow.Lines(frame.Width);
        for (var i = 0; i < lines.Count; i++)
        {
            var size = lines[i].Max(t => t.Style.Size);
            var own = Math.Max(height, size * leading);
            var row = new Row { Height = own, Baseline = Baseline(own, lines[i][0].Style with { Size = size }), Panels = frame.Panels, KeepWithNext = lines.Count > 1 && (i == 0 || i == lines.Count - 2) };
            foreach (var placed in lines[i])
                row.Text.Add(placed with { X = frame.X + placed.X });
            Add(row);
        }
    }

    private void Pad(Frame frame, float height, bool keep) => Add(new() { Height = height, Panels = frame.Panels, KeepWithNext = keep });

    private void Add(Row row)
    {
        row.Before = rows.Count == 0 ? 0 : space;
        space = 0;
        rows.Add(row);
    }

    /// <summary>Puts the letters in the optical middle of their line.</summary>
    public static float Baseline(float height, TextStyle style) => (height / 2) + (style.Size * 0.35f);

    private static IEnumerable<string> Lines(LeafBlock leaf)
    {
        for (var i = 0; i < leaf.Lines.Count; i++)
            yield return leaf.Lines.Lines[i].Slice.ToString();
    }
}
