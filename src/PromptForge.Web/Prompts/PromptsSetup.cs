namespace PromptForge.Web.Prompts;

internal static class PromptsSetup
{
    public static void AddPrompts(this WebApplicationBuilder builder) => builder.Services.AddSingleton<Recompiler>();

    public static void MapPrompts(this WebApplication app)
    {
        SavePrompt.Map(app);
        ListPrompts.Map(app);
        GetPrompt.Map(app);
    }
}
