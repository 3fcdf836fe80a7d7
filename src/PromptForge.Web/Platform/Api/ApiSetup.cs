namespace PromptForge.Web.Platform.Api;

internal static class ApiSetup
{
    public static void AddApi(this WebApplicationBuilder builder)
    {
        builder.AddApiErrors();
        builder.Services.AddSingleton<Cursors>();
        builder.Services.AddAuthentication();
        builder.Services.AddAuthorization();
    }
}
