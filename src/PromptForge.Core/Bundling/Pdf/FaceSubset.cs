using System.Buffers.Binary;

namespace PromptForge.Core.Bundling.Pdf;

/// <summary>
/// A TrueType face with the outlines of some glyphs only. Glyph ids stay, unused outlines become empty, and the layout tables, which shaping has already used, go.
/// A PDF is less than half as large for it.
/// </summary>
internal static class FaceSubset
{
    private const int DirectoryEntry = 16;
    private const int Header = 12;

    private static readonly string[] Kept = ["OS/2", "cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "post"];

    public static byte[] Of(byte[] font, IEnumerable<ushort> glyphs)
    {
        var tables = Tables(font);
        var (glyf, loca) = Outlines(font, tables, glyphs);
        var parts = Kept.Where(tables.ContainsKey).Select(tag => (Tag: tag, Bytes: tag switch { "glyf" => glyf, "loca" => loca, _ => font.AsMemory(tables[tag]).ToArray() })).ToList();

        var result = new byte[Header + (DirectoryEntry * parts.Count) + parts.Sum(p => Padded(p.Bytes.Length))];
        font.AsSpan(0, 4).CopyTo(result);
        BinaryPrimitives.WriteUInt16BigEndian(result.AsSpan(4), (ushort)parts.Count);
        var power = System.Numerics.BitOperations.Log2((uint)parts.Count);
        BinaryPrimitives.WriteUInt16BigEndian(result.AsSpan(6), (ushort)(16 << power));
        BinaryPrimitives.WriteUInt16BigEndian(result.AsSpan(8), (ushort)power);
        BinaryPrimitives.WriteUInt16BigEndian(result.AsSpan(10), (ushort)((16 * parts.Count) - (16 << power)));

        var at = Header + (DirectoryEntry * parts.Count);
        var entry = Header;
        var head = 0;
        foreach (var (tag, bytes) in parts)
        {
            bytes.CopyTo(result, at);
            if (tag == "head")
                BinaryPrimitives.WriteUInt32BigEndian(result.AsSpan((head = at) + 8), 0);
            System.Text.Encoding.ASCII.GetBytes(tag, result.AsSpan(entry));
            BinaryPrimitives.WriteUInt32BigEndian(result.AsSpan(entry + 4), Sum(result.AsSpan(at, Padded(bytes.Length))));
            BinaryPrimitives.WriteInt32BigEndian(result.AsSpan(entry + 8), at);
            BinaryPrimitives.WriteInt32BigEndian(result.AsSpan(entry + 12), bytes.Length);
            at += Padded(bytes.Length);
            entry += DirectoryEntry;
        }

        BinaryPrimitives.WriteUInt32BigEndian(result.AsSpan(head + 8), unchecked(0xB1B0AFBA - Sum(result)));
        return result;
    }

    private static Dictionary<string, Range> Tables(ReadOnlySpan<byte> font)
    {
        var tables = new Dictionary<string, Range>();
        for (var i = 0; i < BinaryPrimitives.ReadUInt16BigEndian(font[4..]); i++)
        {
            var entry = font[(Header + (DirectoryEntry * i))..];
            var at = BinaryPrimitives.ReadInt32BigEndian(entry[8..]);
            tables[System.Text.Encoding.ASCII.GetString(entry[..4])] = at..(at + BinaryPrimitives.ReadInt32BigEndian(entry[12..]));
        }

        return tables;
    }

    private static (byte[] Glyf, byte[] Loca) Outlines(byte[] font, Dictionary<string, Range> tables, IEnumerable<ushort> glyphs)
    {
        var count = BinaryPrimitives.ReadUInt16BigEndian(font.AsSpan(tables["maxp"])[4..]);
        var wide = BinaryPrimitives.ReadInt16BigEndian(font.AsSpan(tables["head"])[50..]) != 0;
        var source = font.AsMemory(tables["glyf"]);
        var starts = font.AsMemory(tables["loca"]);
        var keep = new SortedSet<ushort> { 0 };
        var open = new Stack<ushort>(glyphs);
        while (open.TryPop(out var id))
        {
            if (id < count && keep.Add(id))
                Components(Outline(id).Span, open);
        }

        var glyf = new List<byte>(source.Length / 2);
        var loca = new byte[starts.Length];
        for (var id = 0; id <= count; id++)
        {
            if (wide)
                BinaryPrimitives.WriteInt32BigEndian(loca.AsSpan(id * 4), glyf.Count);
            else
                BinaryPrimitives.WriteUInt16BigEndian(loca.AsSpan(id * 2), (ushort)(glyf.Count / 2));
            if (id == count || !keep.Contains((ushort)id))
                continue;
            glyf.AddRange(Outline(id).Span);
            while (glyf.Count % 4 != 0)
                glyf.Add(0);
        }

        return ([.. glyf], loca);

        ReadOnlyMemory<byte> Outline(int id) => source[Start(id)..Start(id + 1)];

        int Start(int id) => wide ? BinaryPrimitives.ReadInt32BigEndian(starts.Span[(id * 4)..]) : BinaryPrimitives.ReadUInt16BigEndian(starts.Span[(id * 2)..]) * 2;
    }

    /// <summary>An accented letter is often made of two other glyphs: they have to stay as well.</summary>
    private static void Components(ReadOnlySpan<byte> outline, Stack<ushort> to)
    {
        const int words = 0x1, scale = 0x8, more = 0x20, scales = 0x40, matrix = 0x80;
        if (outline.Length < 10 || BinaryPrimitives.ReadInt16BigEndian(outline) >= 0)
            return;
        var at = 10;
        int flags;
        do
        {
            flags = BinaryPrimitives.ReadUInt16BigEndian(outline[at..]);
            to.Push(BinaryPrimitives.ReadUInt16BigEndian(outline[(at + 2)..]));
            at += 4 + ((flags & words) != 0 ? 4 : 2) + ((flags & scale) != 0 ? 2 : (flags & scales) != 0 ? 4 : (flags & matrix) != 0 ? 8 : 0);
        }
        while ((flags & more) != 0);
    }

    private static uint Sum(ReadOnlySpan<byte> padded)
    {
        uint sum = 0;
        for (; padded.Length >= 4; padded = padded[4..])
            sum = unchecked(sum + BinaryPrimitives.ReadUInt32BigEndian(padded));
        return sum;
    }

    private static int Padded(int length) => (length + 3) & ~3;
}
