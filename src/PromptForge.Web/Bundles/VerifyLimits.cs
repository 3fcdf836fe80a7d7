using System.Net;
using System.Threading.RateLimiting;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Bundles;

/// <summary>What strangers may take of this node by having bundles verified: so many uploads a minute and at once from one address, so many at once from all, and one verification a core.</summary>
internal sealed class VerifyLimits : IDisposable
{
    private const int AMinute = 30;
    private const int AtOnceFromOne = 4;
    private const int AtOnce = 32;

    private readonly SemaphoreSlim _turns = new(Environment.ProcessorCount);

    private readonly PartitionedRateLimiter<IPAddress> _uploads = PartitionedRateLimiter.CreateChained(
        PartitionedRateLimiter.Create<IPAddress, IPAddress>(address => RateLimitPartition.GetConcurrencyLimiter(address, _ => new() { PermitLimit = AtOnceFromOne })),
        PartitionedRateLimiter.Create<IPAddress, int>(_ => RateLimitPartition.GetConcurrencyLimiter(0, _ => new() { PermitLimit = AtOnce })),
        PartitionedRateLimiter.Create<IPAddress, IPAddress>(address => RateLimitPartition.GetSlidingWindowLimiter(address, _ => new() { PermitLimit = AMinute, Window = TimeSpan.FromMinutes(1), SegmentsPerWindow = 6 })));

    /// <returns>To be disposed when the request is over.</returns>
    /// <exception cref="RefusedException">The address, or everybody, has to wait.</exception>
    public RateLimitLease Enter(IPAddress? address)
    {
        var lease = _uploads.AttemptAcquire(ClientNetwork.Of(address));
        if (lease.IsAcquired)
            return lease;
        lease.Dispose();
        throw new RefusedException(new(ApiError.RateLimited, $"{AMinute} bundles a minute, and {AtOnceFromOne} at once, can be verified from one address. `promptforge verify` does it offline, without a limit.") { RetryAfter = TimeSpan.FromSeconds(10) });
    }

    /// <summary>Waits until a core is free for it.</summary>
    public async Task<IDisposable> TurnAsync(CancellationToken ct)
    {
        await _turns.WaitAsync(ct);
        return new Turn(_turns);
    }

    public void Dispose()
    {
        _uploads.Dispose();
        _turns.Dispose();
    }

    private sealed class Turn(SemaphoreSlim turns) : IDisposable
    {
        public void Dispose() => turns.Release();
    }
}
