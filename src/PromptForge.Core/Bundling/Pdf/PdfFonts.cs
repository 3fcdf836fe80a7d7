using System.Collections;
using System.Runtime.InteropServices;
using HarfBuzzSharp;
using SkiaSharp;

namespace PromptForge.Core.Bundling.Pdf;

/// <summary>A face, loaded once for the life of the process and never changed afterwards, so that any thread may use it.</summary>
internal sealed class LoadedFace
{
    /// <summary>Beyond it no face has a glyph.</summary>
    private const int Covered = 0x10000;

    private readonly BitArray covered;

    private readonly byte[] file;

    private LoadedFace(byte[] file, SKTypeface typeface, HarfBuzzSharp.Font shaping)
    {
        this.file = file;
        Shaping = shaping;
        using var font = new SKFont(typeface);
        var glyphs = font.GetGlyphs([.. Enumerable.Range(0, Covered)]);
        covered = new(Covered);
        for (var i = 0; i < Covered; i++)
            covered[i] = glyphs[i] != 0;
    }

    /// <summary>Scaled to 1000 units an em.</summary>
    public HarfBuzzSharp.Font Shaping { get; }

    public bool Has(int codepoint) => codepoint < Covered && covered[codepoint];

    /// <summary>The face with these glyphs only, to embed in one document.</summary>
    public SKTypeface With(IEnumerable<ushort> glyphs) => Typeface(FaceSubset.Of(file, glyphs));

    public static LoadedFace Load(string name)
    {
        using var resource = typeof(LoadedFace).Assembly.GetManifestResourceStream($"Fonts.{name}.ttf")
            ?? throw new InvalidOperationException($"The font {name} is not in the assembly.");
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        using var typeface = Typeface(bytes);
        using var blob = Copy(bytes);
        using var face = new HarfBuzzSharp.Face(blob, 0);
        face.MakeImmutable();
        var font = new HarfBuzzSharp.Font(face);
        font.SetFunctionsOpenType();
        font.SetScale(Shaper.UnitsPerEm, Shaper.UnitsPerEm);
        return new(bytes, typeface, font);
    }

    private static SKTypeface Typeface(byte[] bytes)
    {
        using var data = SKData.CreateCopy(bytes);
        return SKTypeface.FromData(data) ?? throw new InvalidOperationException("A font of the assembly cannot be read.");
    }

    // Blob.FromStream keeps a pointer into managed memory that nobody pins; the collector moves it and shaping crashes.
    private static Blob Copy(byte[] bytes)
    {
        var pinned = GCHandle.Alloc(bytes, GCHandleType.Pinned);
        try
        {
            return new(pinned.AddrOfPinnedObject(), bytes.Length, MemoryMode.Duplicate);
        }
        finally
        {
            pinned.Free();
        }
    }
}

internal static class PdfFonts
{
    private static readonly string[] Files =
        ["Inter-Regular", "Inter-SemiBold", "Inter-Italic", "Inter-SemiBoldItalic", "JetBrainsMono-Regular", "JetBrainsMono-Bold"];

    private static readonly Lazy<LoadedFace[]> Faces = new(() => [.. Files.Select(LoadedFace.Load)]);

    public static LoadedFace Of(Face face) => Faces.Value[(int)face];

    /// <summary>The face that has a glyph: the wanted one, or the upright one of the other family.</summary>
    public static Face? For(Face wanted, int codepoint)
    {
        if (Of(wanted).Has(codepoint))
            return wanted;
        var other = wanted is Face.Mono or Face.MonoBold ? Face.Text : Face.Mono;
        return Of(other).Has(codepoint) ? other : null;
    }
}
