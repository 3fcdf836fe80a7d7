using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PromptForge.Core.Bundling;

/// <summary>The CRC-32 of the zip format, sixteen bytes a step.</summary>
internal static class Crc32
{
    private const int Step = 16;

    private static readonly uint[] Table = Build();

    public static uint Of(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        ref var table = ref MemoryMarshal.GetArrayDataReference(Table);
        while (data.Length >= Step)
        {
            var a = BinaryPrimitives.ReadUInt32LittleEndian(data) ^ crc;
            var b = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            var c = BinaryPrimitives.ReadUInt32LittleEndian(data[8..]);
            var d = BinaryPrimitives.ReadUInt32LittleEndian(data[12..]);
            crc = Four(ref table, 12, a) ^ Four(ref table, 8, b) ^ Four(ref table, 4, c) ^ Four(ref table, 0, d);
            data = data[Step..];
        }

        foreach (var octet in data)
            crc = Table[(byte)(crc ^ octet)] ^ (crc >> 8);
        return ~crc;
    }

    // A byte selects within one of the sixteen tables, so the index cannot leave the array.
    private static uint Four(ref uint table, int first, uint word) =>
        Unsafe.Add(ref table, ((first + 3) * 256) + (byte)word)
        ^ Unsafe.Add(ref table, ((first + 2) * 256) + (byte)(word >> 8))
        ^ Unsafe.Add(ref table, ((first + 1) * 256) + (byte)(word >> 16))
        ^ Unsafe.Add(ref table, (first * 256) + (int)(word >> 24));

    private static uint[] Build()
    {
        var table = new uint[Step * 256];
        for (var i = 0u; i < 256; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? 0xEDB88320u ^ (crc >> 1) : crc >> 1;
            table[i] = crc;
        }

        for (var i = 256; i < table.Length; i++)
            table[i] = table[(byte)table[i - 256]] ^ (table[i - 256] >> 8);
        return table;
    }
}
