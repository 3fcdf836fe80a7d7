using System.Buffers;
using System.Text;

namespace PromptForge.Core.Bundling;

/// <summary>A growing, pooled run of bytes that a whole bundle is written into; wiped before it goes back to the pool.</summary>
internal sealed class ByteBuffer(int capacity = 96 * 1024) : IBufferWriter<byte>, IDisposable
{
    private byte[] bytes = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => bytes.AsSpan(0, Length);

    public Span<byte> this[Range range] => bytes.AsSpan(0, Length)[range];

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return bytes.AsSpan(Length);
    }

    /// <summary>UTF-8; a half surrogate becomes U+FFFD.</summary>
    public ByteBuffer Text(ReadOnlySpan<char> text)
    {
        Reserve(Encoding.UTF8.GetMaxByteCount(text.Length));
        Length += Encoding.UTF8.GetBytes(text, bytes.AsSpan(Length));
        return this;
    }

    public ByteBuffer Number(long value)
    {
        Reserve(20);
        value.TryFormat(bytes.AsSpan(Length), out var written, default, System.Globalization.CultureInfo.InvariantCulture);
        Length += written;
        return this;
    }

    public ByteBuffer Raw(ReadOnlySpan<byte> data)
    {
        Reserve(data.Length);
        data.CopyTo(bytes.AsSpan(Length));
        Length += data.Length;
        return this;
    }

    public void Dispose()
    {
        bytes.AsSpan(0, Length).Clear();
        ArrayPool<byte>.Shared.Return(bytes);
        bytes = [];
        Length = 0;
    }

    private void Reserve(int count)
    {
        if (bytes.Length - Length >= Math.Max(count, 1))
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(Length + count), bytes.Length * 2));
        Written.CopyTo(larger);
        bytes.AsSpan(0, Length).Clear();
        ArrayPool<byte>.Shared.Return(bytes);
        bytes = larger;
    }
}
