using PromptForge.Core.Prompting;

namespace PromptForge.Web.Runs;

internal static class RunsSetup
{
    public static void AddRuns(this WebApplicationBuilder builder) => builder.Services
        .AddSingleton<PromptCompiler>().AddSingleton<RunPipeline>().AddSingleton<RunProjects>().AddSingleton<RunReader>();

    public static void MapRuns(this WebApplication app) => app.MapRunModule();
}
