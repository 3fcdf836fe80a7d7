using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using PromptForge.Core;

namespace PromptForge.Web.Platform.Api;

/// <summary>One page of a list, newest first.</summary>
/// <param name="NextCursor">Null on the last page.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);

/// <summary>Makes and reads cursors: the last row's id, bound to the list and the org it came from, so that a forged one is seen.</summary>
public sealed class Cursors(ServerSecrets secrets)
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 200;
    private const int IdBytes = 16;
    private const int TagBytes = 12;

    private readonly byte[] _key = secrets.Key("cursor");

    /// <exception cref="RefusedException">The limit is out of range, or the cursor is not one of ours.</exception>
    public PageRequest Read(string list, Guid scope, int? limit, string? cursor)
    {
        if (limit is < 1 or > MaxLimit)
        {
            throw new RefusedException(Problem.Of(ApiError.InputInvalid, [new Fault("LIMIT_INVALID", "/limit", $"limit is a number from 1 to {MaxLimit}; without it {DefaultLimit}.")]));
        }

        return new(limit ?? DefaultLimit, cursor is null ? null : After(list, scope, cursor));
    }

    /// <param name="rows">One more than the page holds, where there are more.</param>
    public Page<T> Page<T>(string list, Guid scope, PageRequest request, IReadOnlyList<T> rows, Func<T, Guid> id)
    {
        if (rows.Count <= request.Limit)
        {
            return new(rows, null);
        }

        var items = rows.Take(request.Limit).ToList();
        return new(items, Make(list, scope, id(items[^1])));
    }

    private string Make(string list, Guid scope, Guid last)
    {
        Span<byte> bytes = stackalloc byte[IdBytes + TagBytes];
        last.TryWriteBytes(bytes, bigEndian: true, out _);
        Tag(list, scope, bytes[..IdBytes]).AsSpan(0, TagBytes).CopyTo(bytes[IdBytes..]);
        return Base64Url.EncodeToString(bytes);
    }

    private Guid After(string list, Guid scope, string cursor)
    {
        Span<byte> bytes = stackalloc byte[IdBytes + TagBytes];
        if (cursor.Length != Base64Url.GetEncodedLength(bytes.Length) || !Base64Url.TryDecodeFromChars(cursor, bytes, out var written) || written != bytes.Length
            || !CryptographicOperations.FixedTimeEquals(bytes[IdBytes..], Tag(list, scope, bytes[..IdBytes]).AsSpan(0, TagBytes)))
        {
            throw new RefusedException(new(ApiError.CursorInvalid));
        }

        return new Guid(bytes[..IdBytes], bigEndian: true);
    }

    private byte[] Tag(string list, Guid scope, ReadOnlySpan<byte> id) => HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{list}/{scope:n}/{Convert.ToHexStringLower(id)}"));
}

/// <param name="After">Rows with a smaller id follow; null: from the newest.</param>
public sealed record PageRequest(int Limit, Guid? After)
{
    /// <summary>How many rows to ask for, so that it is known whether there are more.</summary>
    public int Fetch => Limit + 1;
}
