using System.Buffers.Binary;

namespace PromptForge.Core.Bundling;

/// <summary>
/// Writes the one zip that a set of files can have: entries stored (not deflated, so that no compressor's version shows in the bytes),
/// no extra fields, no comments, UTC time, mode 0644. The verifier writes it again and compares.
/// </summary>
internal sealed class ZipImage(ByteBuffer buffer, DateTimeOffset at)
{
    internal const uint LocalSignature = 0x04034b50;
    internal const uint CentralSignature = 0x02014b50;
    internal const uint EndSignature = 0x06054b50;
    internal const int LocalLength = 30;
    internal const int CentralLength = 46;
    internal const int EndLength = 22;

    private const ushort NeededVersion = 10;
    private const ushort MadeByUnix = 0x0314;
    private const uint RegularFile0644 = 0x81A4_0000;

    private readonly uint stamp = DosTime(at);
    private readonly List<Entry> entries = new(8);
    private int header;
    private string open = "";

    public void Begin(string name)
    {
        open = name;
        header = buffer.Length;
        var h = buffer.GetSpan(LocalLength)[..LocalLength];
        h.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(h, LocalSignature);
        BinaryPrimitives.WriteUInt16LittleEndian(h[4..], NeededVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(h[10..], stamp);
        BinaryPrimitives.WriteUInt16LittleEndian(h[26..], (ushort)name.Length);
        buffer.Advance(LocalLength);
        buffer.Text(name);
    }

    /// <summary>Closes the open entry; its content is the range.</summary>
    public Range End()
    {
        var start = header + LocalLength + open.Length;
        var content = buffer[start..];
        var crc = Crc32.Of(content);
        var h = buffer[header..(header + LocalLength)];
        BinaryPrimitives.WriteUInt32LittleEndian(h[14..], crc);
        BinaryPrimitives.WriteInt32LittleEndian(h[18..], content.Length);
        BinaryPrimitives.WriteInt32LittleEndian(h[22..], content.Length);
        entries.Add(new(open, crc, content.Length, header));
        return start..buffer.Length;
    }

    public void Finish()
    {
        var start = buffer.Length;
        foreach (var entry in entries)
        {
            var h = buffer.GetSpan(CentralLength)[..CentralLength];
            h.Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(h, CentralSignature);
            BinaryPrimitives.WriteUInt16LittleEndian(h[4..], MadeByUnix);
            BinaryPrimitives.WriteUInt16LittleEndian(h[6..], NeededVersion);
            BinaryPrimitives.WriteUInt32LittleEndian(h[12..], stamp);
            BinaryPrimitives.WriteUInt32LittleEndian(h[16..], entry.Crc);
            BinaryPrimitives.WriteInt32LittleEndian(h[20..], entry.Length);
            BinaryPrimitives.WriteInt32LittleEndian(h[24..], entry.Length);
            BinaryPrimitives.WriteUInt16LittleEndian(h[28..], (ushort)entry.Name.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(h[38..], RegularFile0644);
            BinaryPrimitives.WriteInt32LittleEndian(h[42..], entry.Header);
            buffer.Advance(CentralLength);
            buffer.Text(entry.Name);
        }

        var size = buffer.Length - start;
        var end = buffer.GetSpan(EndLength)[..EndLength];
        end.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(end, EndSignature);
        BinaryPrimitives.WriteUInt16LittleEndian(end[8..], (ushort)entries.Count);
        BinaryPrimitives.WriteUInt16LittleEndian(end[10..], (ushort)entries.Count);
        BinaryPrimitives.WriteInt32LittleEndian(end[12..], size);
        BinaryPrimitives.WriteInt32LittleEndian(end[16..], start);
        buffer.Advance(EndLength);
    }

    /// <summary>Date in the upper half, time in the lower; the format knows 1980 to 2107 and even seconds only.</summary>
    private static uint DosTime(DateTimeOffset at)
    {
        var utc = at.UtcDateTime;
        var year = Math.Clamp(utc.Year, 1980, 2107);
        return (uint)(((year - 1980) << 25) | (utc.Month << 21) | (utc.Day << 16) | (utc.Hour << 11) | (utc.Minute << 5) | (utc.Second / 2));
    }

    private readonly record struct Entry(string Name, uint Crc, int Length, int Header);
}
