using Markdig.Extensions.TaskLists;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace PromptForge.Core.Bundling.Pdf;

/// <summary>Markdown inlines -> a flow of styled text.</summary>
internal sealed class InlineReader(Shaper shaper)
{
    private const int MaxDepth = 32;

    public TextFlow Read(ContainerInline? inline, TextStyle style)
    {
        var flow = new TextFlow(shaper);
        if (inline is not null)
            Read(inline, style, flow, 0);
        return flow;
    }

    private static void Read(ContainerInline container, TextStyle style, TextFlow flow, int depth)
    {
        // Deeper than anyone writes: the text goes on in one style, and the stack does not.
        if (depth > MaxDepth)
        {
            foreach (var leaf in container.Descendants<LeafInline>())
                Leaf(leaf, style, flow);
            return;
        }

        foreach (var inline in container)
        {
            switch (inline)
            {
                case EmphasisInline emphasis:
                    Read(emphasis, Emphasised(style, emphasis), flow, depth + 1);
                    break;
                case LinkInline link:
                    Link(link, style, flow, depth);
                    break;
                case ContainerInline inner:
                    Read(inner, style, flow, depth + 1);
                    break;
                case LeafInline leaf:
                    Leaf(leaf, style, flow);
                    break;
            }
        }
    }

    private static void Leaf(LeafInline leaf, TextStyle style, TextFlow flow)
    {
        switch (leaf)
        {
            case LiteralInline literal:
                flow.Add(literal.Content.ToString(), style);
                break;
            case CodeInline code:
                flow.Add(code.Content, style.Code());
                break;
            case LineBreakInline:
                flow.Break();
                break;
            case HtmlEntityInline entity:
                flow.Add(entity.Transcoded.ToString(), style);
                break;
            case HtmlInline html:
                flow.Add(html.Tag, style);
                break;
            case AutolinkInline link:
                flow.Add(link.Url, style with { Color = PdfStyle.Accent, Link = Openable(link.IsEmail ? "mailto:" + link.Url : link.Url) });
                break;
            case TaskList task:
                flow.Add(task.Checked ? "✓" : "□", style with { Color = PdfStyle.Accent });
                break;
        }
    }

    // Pictures are not fetched: their text and address are printed instead.
    private static void Link(LinkInline link, TextStyle style, TextFlow flow, int depth)
    {
        var target = Openable(link.Url);
        Read(link, link.IsImage ? style.Slanted() : target is null ? style : style with { Color = PdfStyle.Accent, Link = target }, flow, depth + 1);
        if (!string.IsNullOrEmpty(link.Url) && (link.IsImage || target is null))
            flow.Add($" ({link.Url})", style with { Color = PdfStyle.Muted });
    }

    private static TextStyle Emphasised(TextStyle style, EmphasisInline emphasis) => emphasis.DelimiterChar switch
    {
        '~' => style with { Struck = true },
        _ when emphasis.DelimiterCount >= 2 => style.Bolder(),
        _ => style.Slanted(),
    };

    /// <summary>Only what a reader expects a document to open; no script, no file.</summary>
    private static string? Openable(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http" or "mailto" ? uri.AbsoluteUri : null;
}
