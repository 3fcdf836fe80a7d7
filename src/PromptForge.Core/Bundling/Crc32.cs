using System.Buffers.Binary;

namespace PromptForge.Core.Bundling;

/// <summary>The CRC-32 of the zip format, eight bytes a step.</summary>
internal static class Crc32
{
    private static readonly uint[] Table = Build();

    public static uint Of(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        while (data.Length >= 8)
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(data) ^ crc;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            crc = Table[(7 * 256) + (byte)low] ^ Table[(6 * 256) + (byte)(low >> 8)] ^ Table[(5 * 256) + (byte)(low >> 16)] ^ Table[(4 * 256) + (low >> 24)]
                ^ Table[(3 * 256) + (byte)high] ^ Table[(2 * 256) + (byte)(high >> 8)] ^ Table[256 + (byte)(high >> 16)] ^ Table[high >> 24];
            data = data[8..];
        }

        foreach (var b in data)
            crc = Table[(byte)(crc ^ b)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[] Build()
    {
        var table = new uint[8 * 256];
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
