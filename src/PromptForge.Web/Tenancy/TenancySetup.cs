namespace PromptForge.Web.Tenancy;

internal static class TenancySetup
{
    public static void AddTenancy(this WebApplicationBuilder builder) => builder.Services.AddSingleton<Memberships>();
}
