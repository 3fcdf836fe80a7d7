using System.Net;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.HttpOverrides;

namespace PromptForge.Web.Platform.Api;

internal static class ApiSetup
{
    /// <summary>For endpoints that run a module: <c>.WithRequestTimeout(ApiSetup.Long)</c>.</summary>
    public const string Long = "long";

    public static readonly TimeSpan LongPatience = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static void AddApi(this WebApplicationBuilder builder)
    {
        builder.AddApiErrors();
        builder.Services.AddSingleton<Cursors>();
        builder.Services.AddEndpointsApiExplorer();
        builder.Services.AddAuthentication();
        builder.Services.AddAuthorization();
        builder.Services.AddRequestTimeouts(options =>
        {
            options.DefaultPolicy = new RequestTimeoutPolicy { Timeout = Patience, TimeoutStatusCode = StatusCodes.Status504GatewayTimeout };
            options.AddPolicy(Long, new RequestTimeoutPolicy { Timeout = LongPatience, TimeoutStatusCode = StatusCodes.Status504GatewayTimeout });
        });
        AddProxies(builder);
    }

    /// <summary>The caller's address counts for limits and the audit log, so only proxies that the operator names (<c>Network:TrustedProxies</c>, addresses or networks, with commas) may say it.</summary>
    private static void AddProxies(WebApplicationBuilder builder)
    {
        var given = (builder.Configuration["Network:TrustedProxies"] ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        builder.Services.Configure<ForwardedHeadersOptions>(options =>
        {
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            if (given.Length == 0)
            {
                options.ForwardedHeaders = ForwardedHeaders.None;
                return;
            }

            options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            foreach (var text in given)
            {
                if (IPAddress.TryParse(text, out var address))
                    options.KnownProxies.Add(address);
                else if (System.Net.IPNetwork.TryParse(text, out var network))
                    options.KnownIPNetworks.Add(network);
                else
                    throw new PlatformException("USAGE", $"Network__TrustedProxies: \"{text}\" is neither an address nor a network like 10.0.0.0/8.");
            }
        });
    }
}
