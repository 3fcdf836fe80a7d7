using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using PromptForge.Core.Catalog;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Limits;

/// <summary>A generous limit on every caller of the API that is not a key: people by who they are, everybody else by where they are; on each node for itself.</summary>
internal static class CallerLimits
{
    private static readonly TimeSpan Refill = TimeSpan.FromSeconds(1);

    public static void Configure(RateLimiterOptions options, IConfiguration configuration, Rates rates)
    {
        var (people, anonymous) = (configuration.GetValue("Limits:UserPerMinute", rates.UserCallsPerMinute), configuration.GetValue("Limits:AnonymousPerMinute", rates.AnonymousCallsPerMinute));
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
            !context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase) ? RateLimitPartition.GetNoLimiter("")
            : Caller.Of(context) is var caller && caller.Key is not null ? RateLimitPartition.GetNoLimiter("")
            : caller.UserId is { } user ? Bucket(user.ToString(), people)
            : Bucket(ClientNetwork.Of(context.Connection.RemoteIpAddress).ToString(), anonymous));
        options.OnRejected = (rejected, _) => new(new Problem(ApiError.RateLimited, "Too many requests came from you. Wait a moment.")
        {
            RetryAfter = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : Refill,
        }.ExecuteAsync(rejected.HttpContext));
    }

    /// <summary>Keys have their own limit, also where no organisation is asked for; inside one, <see cref="OrgGate"/> asks at its place in the order.</summary>
    public static void Use(WebApplication app)
    {
        var keys = app.Services.GetRequiredService<KeyLimits>();
        app.UseRateLimiter();
        app.Use(async (context, next) =>
        {
            if (context.Features.Get<KeyCaller>() is { } key && context.GetEndpoint()?.Metadata.GetMetadata<OrgPolicy>() is null && await keys.AdmitAsync(context, key) is { } problem)
                await problem.ExecuteAsync(context);
            else
                await next(context);
        });
    }

    private static RateLimitPartition<string> Bucket(string who, int perMinute) => RateLimitPartition.GetTokenBucketLimiter(who, _ => new()
    {
        TokenLimit = perMinute,
        TokensPerPeriod = Math.Max(1, perMinute / 60),
        ReplenishmentPeriod = Refill,
        AutoReplenishment = true,
    });
}
