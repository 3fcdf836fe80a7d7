using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Prompts;

internal static class PromptsSetup
{
    /// <summary>What opens the history.</summary>
    public const string Flag = "hasCloudHistory";

    public static void AddPrompts(this WebApplicationBuilder builder) => builder.Services.AddSingleton<Recompiler>();

    public static void MapPrompts(this WebApplication app)
    {
        var group = app.MapOrgGroup("/prompts");
        group.WithTags("Prompts");
        SavePrompt.Map(group);
        ListPrompts.Map(group);
        GetPrompt.Map(group);
        DiffPrompts.Map(group);
    }
}
