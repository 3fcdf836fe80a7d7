using PromptForge.Core.Prompting;

namespace PromptForge.Web.Runs;

internal static class RunsSetup
{
    public static void AddRuns(this WebApplicationBuilder builder) => builder.Services
        .AddSingleton<PromptCompiler>().AddSingleton<RunPipeline>().AddSingleton<RunProjects>().AddSingleton<RunReader>().AddSingleton<StoredRuns>().AddSingleton<RunExport>().AddSingleton<RunSignals>().AddSingleton<RunLeases>().AddSingleton<RunEvents>()
        .AddSingleton<RunWork>().AddHostedService<RunWorker>();

    public static void MapRuns(this WebApplication app)
    {
        RunModule.Map(app);
        ListRuns.Map(app);
        GetRun.Map(app);
        RunEvents.Map(app);
        CancelRun.Map(app);
        ScoreRun.Map(app);
        RunExport.Map(app);
    }
}
