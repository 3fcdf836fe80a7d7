using Microsoft.AspNetCore.RateLimiting;
using PromptForge.Core.Catalog;
using PromptForge.Web.ApiKeys;
using PromptForge.Web.Entitlements;

namespace PromptForge.Web.Limits;

internal static class LimitsSetup
{
    public static void AddLimits(this WebApplicationBuilder builder)
    {
        var redis = builder.Configuration["Redis:ConnectionString"];
        if (string.IsNullOrWhiteSpace(redis))
            builder.Services.AddSingleton<ICallStore, PostgresCalls>();
        else
            builder.Services.AddSingleton<ICallStore>(new RedisCalls(redis));
        builder.Services.AddSingleton(services => new KeyLimits(services.GetRequiredService<ICallStore>(), services.GetRequiredService<EntitlementResolver>(), services.GetRequiredService<ProductCatalog>(),
            services.GetRequiredService<KeyUsage>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<KeyLimits>>())).AddHostedService(services => services.GetRequiredService<KeyLimits>());
        builder.Services.AddRateLimiter();
        builder.Services.AddOptions<RateLimiterOptions>().Configure<IConfiguration, ProductCatalog>((options, configuration, catalog) => CallerLimits.Configure(options, configuration, catalog.Ruleset.Rates));
    }
}
