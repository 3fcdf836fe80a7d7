using System.Collections.Concurrent;
using System.Globalization;
using PromptForge.Core.Catalog;
using PromptForge.Core.Limits;
using PromptForge.Web.ApiKeys;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Limits;

/// <summary>Counts each call of a key against the key's limit a minute, exactly and across nodes, and tells the caller what is left.</summary>
public sealed partial class KeyLimits : BackgroundService
{
    private static readonly TimeSpan Sweep = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Idle = CallWindow.Length * 2;

    private readonly ConcurrentDictionary<KeyId, Meter> _meters = [];
    private readonly ICallStore _store;
    private readonly EntitlementResolver _entitlements;
    private readonly ProductCatalog _catalog;
    private readonly KeyUsage _usage;
    private readonly TimeProvider _clock;
    private readonly ILogger<KeyLimits> _log;

    internal KeyLimits(ICallStore store, EntitlementResolver entitlements, ProductCatalog catalog, KeyUsage usage, TimeProvider clock, ILogger<KeyLimits> log) =>
        (_store, _entitlements, _catalog, _usage, _clock, _log) = (store, entitlements, catalog, usage, clock, log);

    /// <summary>Null where the call is accepted. Either way the answer will say how the key stands.</summary>
    public async ValueTask<Problem?> AdmitAsync(HttpContext context, KeyCaller key)
    {
        var rights = await _entitlements.OfAsync(key.OrgId, null, context.RequestAborted);
        var limit = Math.Min(key.OwnLimitPerMinute, _catalog.Ruleset.Rates.KeyCallsPerMinute.Of(rights.Plan));
        var verdict = await TakeAsync(new(key.OrgId, key.KeyId), limit, context.RequestAborted);
        // At the start of the answer: a failure in between would clear headers that were set now.
        context.Response.OnStarting(static state =>
        {
            var (response, said) = ((HttpResponse, Verdict))state;
            response.Headers["RateLimit-Policy"] = string.Create(CultureInfo.InvariantCulture, $"\"key\";q={said.Limit};w={CallWindow.Length.TotalSeconds:0}");
            response.Headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"key\";r={said.Left};t={Seconds(said.Reset)}");
            return Task.CompletedTask;
        }, (context.Response, verdict));
        if (verdict.Accepted)
        {
            _usage.Called(key);
            return null;
        }

        return new Problem(ApiError.RateLimited, $"This key may make {limit} calls a minute. The next one is accepted in {Seconds(verdict.Reset)} s.") { RetryAfter = verdict.Reset }.With("limit", limit);
    }

    internal ValueTask<Verdict> TakeAsync(KeyId key, int limit, CancellationToken ct) => _meters.GetOrAdd(key, static (id, self) => new(id, self._store, self._clock), this).TakeAsync(limit, ct);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var meter in _meters.Values)
            await TryAsync(() => meter.SettleAsync(null, cancellationToken));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Sweep, _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                foreach (var (key, meter) in _meters)
                    if (_clock.GetElapsedTime(meter.Used) > Idle && _meters.TryRemove(key, out _))
                        await TryAsync(() => _store.PurgeAsync(key, stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private static int Seconds(TimeSpan wait) => Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));

    private async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (e is PlatformException or RefusedException)
        {
            Log.NotBooked(_log, e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "What a key did not use could not be given back, or what is over not removed; it counts as spent.")]
        public static partial void NotBooked(ILogger log, Exception error);
    }
}
