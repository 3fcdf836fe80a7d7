using SkiaSharp;

namespace PromptForge.Core.Bundling.Pdf;

/// <summary>A word at its place in a row.</summary>
internal readonly record struct Placed(float X, Word Word, TextStyle Style)
{
    public float Right => X + (Word.Width * Style.Size);
}

/// <summary>A straight line in a row; <paramref name="Y"/> counts from the row's top.</summary>
internal readonly record struct Rule(float X, float Width, float Y, float Thickness, SKColor Color);

/// <summary>A ground behind all rows that share it, drawn as one shape on each page.</summary>
internal sealed record Panel(float X, float Width, SKColor Fill, SKColor? Bar = null, float Radius = 0);

/// <summary>The smallest thing that stands on one page: a line of text, or a line of all cells of a table row.</summary>
internal sealed class Row
{
    public float Height { get; set; }

    /// <summary>White space above, except at the top of a page.</summary>
    public float Before { get; set; }

    /// <summary>The text's baseline, from the row's top.</summary>
    public float Baseline { get; init; }

    public bool KeepWithNext { get; set; }

    /// <summary>Begins a page.</summary>
    public bool OnNewPage { get; init; }

    public List<Placed> Text { get; init; } = [];
    public List<Rule> Rules { get; init; } = [];
    public IReadOnlyList<Panel> Panels { get; init; } = [];

    /// <summary>Rows to set again when this one is the first on a new page: a table's head.</summary>
    public IReadOnlyList<Row>? Head { get; init; }
}
