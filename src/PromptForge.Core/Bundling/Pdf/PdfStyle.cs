using SkiaSharp;

namespace PromptForge.Core.Bundling.Pdf;

internal enum Face { Text, Bold, Italic, BoldItalic, Mono, MonoBold }

/// <summary>How a stretch of text looks.</summary>
/// <param name="Link">A target that may be opened, or null.</param>
/// <param name="Shaded">Inline code: set on a light ground.</param>
internal readonly record struct TextStyle(Face Face, float Size, SKColor Color, string? Link = null, bool Shaded = false, bool Struck = false)
{
    public TextStyle Bolder() => this with { Face = Face switch { Face.Text => Face.Bold, Face.Italic => Face.BoldItalic, Face.Mono => Face.MonoBold, _ => Face } };

    public TextStyle Slanted() => this with { Face = Face switch { Face.Text => Face.Italic, Face.Bold => Face.BoldItalic, _ => Face } };

    public TextStyle Code() => this with { Face = Face is Face.Bold or Face.BoldItalic or Face.MonoBold ? Face.MonoBold : Face.Mono, Size = Size * 0.93f, Shaded = true };
}

/// <summary>The page and the typographic scale, in points.</summary>
internal static class PdfStyle
{
    public const float PageWidth = 595.276f;
    public const float PageHeight = 841.89f;

    /// <summary>16 mm.</summary>
    public const float Margin = 45.354f;

    public const float BodyTop = Margin + 30;
    public const float BodyBottom = PageHeight - Margin - 26;
    public const float BodyWidth = PageWidth - (2 * Margin);

    public const float TextLeading = 1.5f;
    public const float TightLeading = 1.42f;
    public const float HeadingLeading = 1.24f;

    public const float CellPadX = 7;
    public const float CellPadY = 4.5f;
    public const float CodePad = 8;
    public const float ListIndent = 15;

    public static readonly SKColor Ink = new(0x1C, 0x21, 0x28);
    public static readonly SKColor Muted = new(0x5A, 0x64, 0x70);
    public static readonly SKColor Accent = new(0x1F, 0x4E, 0x79);
    public static readonly SKColor Hairline = new(0xD5, 0xDB, 0xE2);
    public static readonly SKColor Ground = new(0xF4, 0xF6, 0xF8);
    public static readonly SKColor InlineGround = new(0xED, 0xF0, 0xF3);
    /// <summary>About 13 % opaque: seen on every page, in nobody's way.</summary>
    public static readonly SKColor Watermark = new(0x5A, 0x1E, 0x2E, 0x21);

    public static readonly TextStyle Body = new(Face.Text, 9.6f, Ink);
    public static readonly TextStyle Front = new(Face.Text, 8.8f, Muted);
    public static readonly TextStyle Cell = new(Face.Text, 8.7f, Ink);
    public static readonly TextStyle CellHead = new(Face.Bold, 8.2f, Muted);
    public static readonly TextStyle CodeLine = new(Face.Mono, 8.1f, Ink);
    public static readonly TextStyle Running = new(Face.Text, 7.6f, Muted);
    public static readonly TextStyle RunningCode = new(Face.Mono, 7f, Muted);

    private static readonly TextStyle[] Headings =
    [
        new(Face.Bold, 14f, Ink), new(Face.Bold, 11.4f, Accent), new(Face.Bold, 10.4f, Ink), new(Face.Bold, 9.6f, Muted),
    ];

    public static readonly TextStyle Title = new(Face.Bold, 23, Ink);

    public static readonly TextStyle Part = new(Face.Bold, 18, Ink);

    public const float BeforePart = 28;

    public static TextStyle Heading(int level) => Headings[Math.Clamp(level, 1, Headings.Length) - 1];

    public static float SpaceBefore(int level) => level switch { 1 => 20, 2 => 18, 3 => 14, _ => 11 };
}
