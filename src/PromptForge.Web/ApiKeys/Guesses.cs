using System.Net;
using System.Threading.RateLimiting;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.ApiKeys;

/// <summary>How many well-formed keys that do not exist an address may send before it has to wait; keys that are cached already go on working from there.</summary>
internal sealed class Guesses : IDisposable
{
    private const int AMinute = 30;

    private readonly PartitionedRateLimiter<IPAddress> _limiter = PartitionedRateLimiter.Create<IPAddress, IPAddress>(address => RateLimitPartition.GetSlidingWindowLimiter(address, _ => new()
    {
        PermitLimit = AMinute,
        Window = TimeSpan.FromMinutes(1),
        SegmentsPerWindow = 6,
        AutoReplenishment = true,
    }));

    /// <exception cref="RefusedException">The address has to wait.</exception>
    public void Check(IPAddress? address)
    {
        using var lease = _limiter.AttemptAcquire(ClientNetwork.Of(address), permitCount: 0);
        if (!lease.IsAcquired)
            throw new RefusedException(new(ApiError.RateLimited, "Too many API keys that do not exist came from your address.") { RetryAfter = TimeSpan.FromSeconds(10) });
    }

    public void Count(IPAddress? address) => _limiter.AttemptAcquire(ClientNetwork.Of(address)).Dispose();

    public void Dispose() => _limiter.Dispose();
}
