using PromptForge.Web.Platform;

namespace PromptForge.Web.Bundles;

internal static class BundlesSetup
{
    public static async Task AddBundlesAsync(this WebApplicationBuilder builder, WebSettings settings, CancellationToken ct)
    {
        var key = await Issuer.LoadAsync(settings.DataDirectory, builder.Configuration["Bundles:SigningKey"], settings.Clock, ct);
        builder.Services.AddSingleton(new BundleStore(settings.DataDirectory)).AddSingleton(_ => key).AddSingleton<VerifyLimits>();
    }

    public static void MapBundles(this WebApplication app)
    {
        ListBundles.Map(app);
        DownloadFile.Map(app);
        VerifyBundle.Map(app);
    }
}
