using System.Text;

namespace PromptForge.Web.Platform.Api;

/// <summary>An answer as it is written, to be kept. One that is told as it happens goes to the caller at the same time; any other goes when it is whole.</summary>
internal sealed class KeptAnswer(HttpResponse response, Stream caller) : MemoryStream
{
    /// <summary>Where an answer leads is part of it.</summary>
    public byte[] WithLocation() => [.. Encoding.UTF8.GetBytes(response.Headers.Location.ToString()), (byte)'\n', .. ToArray()];

    public static (string Location, ReadOnlyMemory<byte> Body) Read(byte[] kept) =>
        Array.IndexOf(kept, (byte)'\n') is var end ? (Encoding.UTF8.GetString(kept.AsSpan(0, end)), kept.AsMemory(end + 1)) : default;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await base.WriteAsync(buffer, cancellationToken);
        if (IsTold)
            await caller.WriteAsync(buffer, cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => IsTold ? caller.FlushAsync(cancellationToken) : Task.CompletedTask;

    public async Task TellAsync(CancellationToken ct)
    {
        Position = 0;
        if (!IsTold)
            await CopyToAsync(caller, ct);
    }

    private bool IsTold => response.ContentType?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) == true;
}
