using Microsoft.AspNetCore.Authentication;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.ApiKeys;

internal static class ApiKeysSetup
{
    public static void AddApiKeys(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<KeySecrets>().AddSingleton<KnownKeys>();
        builder.Services.AddSingleton<KeyUsage>().AddHostedService(services => services.GetRequiredService<KeyUsage>());
        // Whoever guesses keys is answered, and must not fill the log.
        builder.Logging.AddFilter(typeof(ApiKeyScheme).FullName, LogLevel.Warning);
        builder.Services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, ApiKeyScheme>(ApiKeyScheme.Name, null);
    }

    public static void MapApiKeys(this WebApplication app)
    {
        var group = app.MapOrgGroup("/api-keys");
        group.WithTags("API keys");
        ListKeys.Map(group);
        CreateKey.Map(group);
        RotateKey.Map(group);
        RevokeKey.Map(group);
    }
}
