using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Verbs;
using PromptForge.Web.Runs;

namespace PromptForge.Web;

internal static class Program
{
    private static Task<int> Main(string[] args) => CommandLine.RunAsync(args,
        RunVerb.Command(),
        UpVerb.Command(),
        MigrateVerb.Command(),
        DbVerb.Command());

    /// <summary>What each capability needs, one line each.</summary>
    internal static void Add(WebApplicationBuilder builder)
    {
        builder.AddHealth();
    }

    /// <summary>What each capability answers, one line each.</summary>
    internal static void Map(WebApplication app)
    {
        app.MapHealth();
    }
}
