namespace PromptForge.Web.Entitlements;

internal static class EntitlementsSetup
{
    public static void AddEntitlements(this WebApplicationBuilder builder) => builder.Services.AddSingleton<EntitlementResolver>();

    public static void MapEntitlements(this WebApplication app) => GetEntitlements.Map(app);
}
