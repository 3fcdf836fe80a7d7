using System.Buffers;
using System.IO.Pipelines;
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
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
            context.Request.Body = new Limited(context, context.Request.BodyReader, limit);
        return next(context);
    });

    private static Problem TooLarge(long limit) => new Problem(ApiError.BodyTooLarge).With("limit_bytes", limit);

    /// <summary>
    /// Counts a body as it comes, because its length may not be said before; and ends a read that is given up. Kestrel takes a read that its token cancelled for one that
    /// still goes on, and then cannot read off the rest: it drops the connection, and with it the answer.
    /// </summary>
    private sealed class Limited(HttpContext context, PipeReader body, long limit) : Stream
    {
        private long read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            // Whoever reads JSON names no token; the request's time limit holds all the same.
            var ofRequest = context.RequestAborted;
            using var giveUp = cancellationToken.UnsafeRegister(GiveUp, body);
            using var timeIsUp = ofRequest.UnsafeRegister(GiveUp, body);
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                ofRequest.ThrowIfCancellationRequested();
                var result = await body.ReadAsync(CancellationToken.None);
                var taken = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, buffer.Length));
                var count = (int)taken.Length;
                taken.CopyTo(buffer.Span);
                body.AdvanceTo(taken.End);
                read += count;
                if (read > limit)
                    throw new RefusedException(TooLarge(limit));
                if (count > 0 || result.IsCompleted || (buffer.IsEmpty && !result.IsCanceled))
                    return count;
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private static void GiveUp(object? body) => ((PipeReader)body!).CancelPendingRead();
    }
}
