using System.Globalization;
using System.Text;
using HarfBuzzSharp;
using SkiaSharp;
using Buffer = HarfBuzzSharp.Buffer;

namespace PromptForge.Core.Bundling.Pdf;

/// <summary>Glyphs of one face, placed in ems from the start of the word.</summary>
internal sealed record Glyphs(Face Face, ushort[] Ids, SKPoint[] At);

/// <summary>A word, ready to be set at any size.</summary>
internal sealed record Word(Glyphs[] Parts, float Width);

/// <summary>Turns text into glyphs for one document. Ligatures stay off, so that what is copied out of the PDF is what was put in.</summary>
internal sealed class Shaper : IDisposable
{
    public const int UnitsPerEm = 1000;

    /// <summary>Stands for every character that no face has.</summary>
    private const char Missing = '□';

    private static readonly Feature[] Features = [.. new[] { "liga", "clig", "dlig", "calt" }.Select(f => new Feature(Tag.Parse(f), 0))];

    private readonly Dictionary<(Face Face, string Text), Word> words = [];
    private readonly SortedDictionary<int, int> missing = [];
    private readonly Buffer buffer = new();

    /// <summary>Characters that were replaced, and how often.</summary>
    public IReadOnlyDictionary<int, int> MissingCharacters => missing;

    /// <summary>The glyphs of a face that were shaped so far.</summary>
    public IEnumerable<ushort> Used(Face face) => words.Values.SelectMany(w => w.Parts).Where(p => p.Face == face).SelectMany(p => p.Ids).Distinct();

    public Word Shape(Face face, string text)
    {
        if (!words.TryGetValue((face, text), out var word))
            words[(face, text)] = word = Build(face, text);
        return word;
    }

    public float Width(TextStyle style, string text) => Shape(style.Face, text).Width * style.Size;

    public void Dispose() => buffer.Dispose();

    private Word Build(Face face, string text)
    {
        var parts = new List<Glyphs>(1);
        var part = new StringBuilder(text.Length);
        var current = face;
        float x = 0;
        var afterMissing = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsSilent(rune, afterMissing))
                continue;
            var shown = Substitute(rune);
            var found = PdfFonts.For(face, shown.Value);
            afterMissing = found is null;
            if (found is null)
            {
                missing[rune.Value] = missing.GetValueOrDefault(rune.Value) + 1;
                shown = new(Missing);
                found = PdfFonts.For(face, Missing) ?? face;
            }

            if (found != current && part.Length > 0)
                Flush();
            current = found.Value;
            part.Append(shown);
        }

        Flush();
        return new([.. parts], x);

        void Flush()
        {
            if (part.Length == 0)
                return;
            parts.Add(Set(current, part.ToString(), ref x));
            part.Clear();
        }
    }

    private Glyphs Set(Face face, string text, ref float x)
    {
        buffer.ClearContents();
        buffer.AddUtf16(text);
        buffer.Direction = Direction.LeftToRight;
        buffer.Script = Script.Latin;
        PdfFonts.Of(face).Shaping.Shape(buffer, Features);
        var infos = buffer.GetGlyphInfoSpan();
        var places = buffer.GetGlyphPositionSpan();
        var ids = new ushort[infos.Length];
        var at = new SKPoint[infos.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = (ushort)infos[i].Codepoint;
            at[i] = new(x + ((float)places[i].XOffset / UnitsPerEm), -(float)places[i].YOffset / UnitsPerEm);
            x += (float)places[i].XAdvance / UnitsPerEm;
        }

        return new(face, ids, at);
    }

    /// <summary>Marks without a shape of their own: soft hyphens and joiners; and what only colours the emoji before it.</summary>
    private static bool IsSilent(Rune rune, bool afterMissing) =>
        rune.Value is 0xAD or 0x200B or 0x200C or 0x200D or 0x2060 or 0xFEFF or (>= 0xFE00 and <= 0xFE0F)
        || (afterMissing && (rune.Value is >= 0x1F3FB and <= 0x1F3FF || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark));

    /// <summary>Signs that read the same in a shape the faces have.</summary>
    private static Rune Substitute(Rune rune) => rune.Value switch
    {
        0x2705 or 0x2714 or 0x2611 => new('✓'),
        0x274C or 0x274E or 0x2716 => new('✗'),
        0x2610 => new('□'),
        0x2011 => new('\u2010'),
        (>= 0x2000 and <= 0x200A) or 0xA0 or 0x202F or 0x205F or 0x3000 => new(' '),
        _ => rune,
    };
}
