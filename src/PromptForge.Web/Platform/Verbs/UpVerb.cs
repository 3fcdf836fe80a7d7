using System.CommandLine;
using System.Diagnostics;
using PromptForge.Web.Catalog;

namespace PromptForge.Web.Platform.Verbs;

internal static class UpVerb
{
    public static Command Command()
    {
        var port = new Option<int>("--port")
        {
            Description = "The port on 127.0.0.1; 0 takes a free one",
            DefaultValueFactory = _ => 5080,
            HelpName = "PORT",
        };
        var data = CommandLine.Data();
        var command = new Command("up", "Starts PromptForge: database, migrations, web server. Ctrl-C stops all of it.\n\nExample: ./forge up --port 5081") { port, data };
        command.SetAction((parsed, ct) => RunAsync(parsed.GetValue(port), CommandLine.Settings(parsed.GetValue(data)), ct));
        return command;
    }

    private static async Task<int> RunAsync(int port, DatabaseSettings settings, CancellationToken ct)
    {
        if (port is < 0 or > 65535)
        {
            throw new PlatformException("USAGE", $"{port} is no port. Name one from 1 to 65535 with --port, or 0 for any.");
        }

        var started = Stopwatch.GetTimestamp();
        var (catalog, opened) = await CatalogStart.OpenAsync(Database.OpenAsync(settings, TimeProvider.System, ct), TimeProvider.System, ct);
        await using var database = opened;
        await using var server = await WebServer.StartAsync(database, catalog, WebSettings.From(settings, port), ct);
        // Reading the catalogue and building the accounts' model leave behind what is never used again: a quarter of the process.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        Console.WriteLine($"PromptForge is up at {server.Address} ({Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s). Ctrl-C stops it.");
        await Task.Delay(Timeout.Infinite, ct).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return 0;
    }
}
