using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace PromptForge.Core.Bundling;

/// <summary>Reads a zip from a stranger: flat, plain, small, nothing written anywhere; all else is refused with a stable code.</summary>
internal static class ZipReader
{
    /// <summary>A bundle has 8 files; the rest is room to name what was added.</summary>
    public const int MaxEntries = 32;

    private const ushort Encrypted = 0x2041;
    private const uint UnixTypeMask = 0xF000;
    private const uint UnixRegular = 0x8000;
    private const uint UnixLink = 0xA000;

    public static Outcome<Dictionary<string, ReadOnlyMemory<byte>>> Read(ReadOnlyMemory<byte> zip)
    {
        if (zip.Length > BundleVerifier.MaxBytes)
            return Refuse("ZIP_TOO_LARGE", $"is larger than {BundleVerifier.MaxBytes >> 20} MB");
        var bytes = zip.Span;
        var end = bytes.LastIndexOf("PK\u0005\u0006"u8);
        if (end < 0 || bytes.Length - end < ZipImage.EndLength)
            return Refuse("ZIP_BROKEN", "is not a zip archive");
        var last = bytes[end..];
        var count = U16(last, 10);
        long at = U32(last, 16);
        if (U16(last, 4) != 0 || U16(last, 6) != 0 || U16(last, 8) != count || at + U32(last, 12) != end)
            return Refuse("ZIP_BROKEN", "has a broken directory");
        if (count > MaxEntries)
            return Refuse("ZIP_TOO_MANY_ENTRIES", $"holds {count} entries; a bundle has 8");

        var files = new Dictionary<string, ReadOnlyMemory<byte>>(count, StringComparer.OrdinalIgnoreCase);
        long floor = 0;
        var left = BundleVerifier.MaxBytes;
        for (var i = 0; i < count; i++)
        {
            if (at + ZipImage.CentralLength > end || U32(bytes[(int)at..], 0) != ZipImage.CentralSignature)
                return Refuse("ZIP_BROKEN", "has a broken directory");
            var central = bytes[(int)at..];
            int nameLength = U16(central, 28), tail = U16(central, 30) + U16(central, 32);
            if (at + ZipImage.CentralLength + nameLength + tail > end)
                return Refuse("ZIP_BROKEN", "has a broken directory");
            at += ZipImage.CentralLength + nameLength + tail;

            var entry = new Entry(central, nameLength);
            if (Unsafe(entry) is { } fault)
                return fault;
            if (entry.Size > left)
                return Refuse("ZIP_TOO_LARGE", $"unpacks to more than {BundleVerifier.MaxBytes >> 20} MB");
            if (!Locate(zip, entry, ref floor, end, out var stored))
                return Refuse("ZIP_BROKEN", $"has a broken entry {Show(entry.Name)}");
            if (entry.Method == 0 ? entry.Size != entry.Packed : !Inflate(stored, (int)entry.Size, out stored))
                return Refuse("ZIP_BROKEN", $"declares a false size for {Show(entry.Name)}");
            if (!files.TryAdd(entry.Name, stored))
                return Refuse("ZIP_DUPLICATE", $"holds {Show(entry.Name)} twice");
            left -= (int)entry.Size;
        }

        return files;
    }

    private static Fault? Unsafe(Entry entry)
    {
        var name = entry.Name;
        if (name.Length is 0 or > 255 || name is "." or ".." || name.AsSpan().IndexOfAny("/\\:") >= 0 || name.Any(c => char.IsControl(c) || c == '\uFFFD'))
            return Refuse("ZIP_UNSAFE_NAME", $"holds {Show(name)}; a bundle's files stand at the top, under plain names");
        if ((entry.Flags & Encrypted) != 0)
            return Refuse("ZIP_ENCRYPTED", $"has {Show(name)} encrypted");
        if (entry.Method is not (0 or 8))
            return Refuse("ZIP_METHOD", $"packs {Show(name)} with method {entry.Method}; only stored and deflated entries are read");
        if (entry.UnixType == UnixLink)
            return Refuse("ZIP_LINK", $"holds the symbolic link {Show(name)}");
        if (entry.UnixType is not (0 or UnixRegular))
            return Refuse("ZIP_SPECIAL_FILE", $"holds {Show(name)}, which is not a plain file");
        return name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) ? Refuse("ZIP_NESTED", $"holds another archive, {Show(name)}") : null;
    }

    /// <summary>The packed bytes of an entry; entries may not overlap, which is how small zips unpack to huge ones.</summary>
    private static bool Locate(ReadOnlyMemory<byte> zip, Entry entry, ref long floor, int end, out ReadOnlyMemory<byte> packed)
    {
        packed = default;
        if (entry.Header < floor || entry.Header + ZipImage.LocalLength > end)
            return false;
        var local = zip.Span[(int)entry.Header..];
        var start = entry.Header + ZipImage.LocalLength + U16(local, 26) + U16(local, 28);
        if (U32(local, 0) != ZipImage.LocalSignature || start + entry.Packed > end)
            return false;
        floor = start + entry.Packed;
        packed = zip.Slice((int)start, (int)entry.Packed);
        return true;
    }

    private static bool Inflate(ReadOnlyMemory<byte> packed, int size, out ReadOnlyMemory<byte> content)
    {
        var bytes = new byte[size];
        content = bytes;
        try
        {
            using var source = new MemoryStream(packed.ToArray(), writable: false);
            using var inflate = new DeflateStream(source, CompressionMode.Decompress);
            return inflate.ReadAtLeast(bytes, size, throwOnEndOfStream: false) == size && inflate.ReadByte() < 0;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static Fault Refuse(string code, string what) => new(code, "", $"The file {what}.");

    private static string Show(string name) => SevenD.SevenDParser.Quote(name);

    private static ushort U16(ReadOnlySpan<byte> at, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(at[offset..]);

    private static uint U32(ReadOnlySpan<byte> at, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(at[offset..]);

    private readonly struct Entry(ReadOnlySpan<byte> central, int nameLength)
    {
        public ushort Flags { get; } = U16(central, 8);
        public ushort Method { get; } = U16(central, 10);
        public long Packed { get; } = U32(central, 20);
        public long Size { get; } = U32(central, 24);
        public uint UnixType { get; } = central[5] == 3 ? (U32(central, 38) >> 16) & UnixTypeMask : 0;
        public long Header { get; } = U32(central, 42);
        public string Name { get; } = Encoding.UTF8.GetString(central.Slice(ZipImage.CentralLength, nameLength));
    }
}
