using Microsoft.AspNetCore.Http.Features;
using PromptForge.Core.ApiKeys;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.ApiKeys;

/// <summary>URLs end up in logs, histories and referrers: a key in one is refused, and taken out of the request before anything writes it down.</summary>
internal static class KeysInUrl
{
    private const int MostLayers = 3;

    public static void Use(WebApplication app) => app.Use((context, next) =>
    {
        var feature = context.Features.GetRequiredFeature<IHttpRequestFeature>();
        if (!Holds(feature.RawTarget) && !Holds(feature.QueryString) && !Holds(feature.Path))
            return next(context);
        (feature.RawTarget, feature.Path, feature.QueryString) = ("/", "/", "");
        return new Problem(ApiError.ApiKeyInUrl).ExecuteAsync(context);
    });

    /// <summary>Also where it was escaped, once or more often.</summary>
    private static bool Holds(string text)
    {
        for (var layer = 0; layer <= MostLayers; layer++)
        {
            if (ApiKeyText.IsWithin(text))
                return true;
            if (!text.Contains('%', StringComparison.Ordinal))
                return false;
            text = Uri.UnescapeDataString(text);
        }

        return false;
    }
}
