using Microsoft.AspNetCore.Http.Features;

namespace PromptForge.Web.Platform.Api;

/// <summary>
/// Refuses a body past its operation's limit. Kestrel's own limit would close the connection under a client that still writes, which then sees a broken pipe and never
/// the answer; so Kestrel's is lifted once the operation's limit is known, and Kestrel reads off what else comes for its five seconds.
/// </summary>
internal static class BodyLimit
{
    public static void Use(WebApplication app) => app.Use((context, next) =>
    {
        var size = context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>();
        if (size.IsReadOnly || size.MaxRequestBodySize is not { } limit)
            return next(context);
        size.MaxRequestBodySize = null;
        if (context.Request.ContentLength > limit)
            return TooLarge(limit).ExecuteAsync(context);
        if (context.Request.ContentLength is null)
            context.Request.Body = new Limited(context.Request.Body, limit);
        return next(context);
    });

    private static Problem TooLarge(long limit) => new Problem(ApiError.BodyTooLarge).With("limit_bytes", limit);

    /// <summary>For a body whose length is not said before it comes.</summary>
    private sealed class Limited(Stream body, long limit) : Stream
    {
        private long read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await body.ReadAsync(buffer, cancellationToken);
            read += count;
            return read <= limit ? count : throw new RefusedException(TooLarge(limit));
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
