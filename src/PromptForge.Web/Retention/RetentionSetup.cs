namespace PromptForge.Web.Retention;

internal static class RetentionSetup
{
    public static void AddRetention(this WebApplicationBuilder builder) => builder.Services.AddSingleton<Purge>().AddHostedService<RetentionJob>();
}
