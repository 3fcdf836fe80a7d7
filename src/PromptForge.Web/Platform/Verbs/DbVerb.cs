using System.CommandLine;

namespace PromptForge.Web.Platform.Verbs;

internal static class DbVerb
{
    public static Command Command()
    {
        var data = CommandLine.Data();
        var owner = new Option<bool>("--owner") { Description = "The administrator's login instead of the server's" };
        var command = new Command("db", "Prints where the running database is, for psql and the like. The line holds a password.\n\nExample: psql \"$(./forge db --owner)\"") { data, owner };
        command.SetAction(parsed => Print(CommandLine.Settings(parsed.GetValue(data)), parsed.GetValue(owner)));
        return command;
    }

    private static void Print(DatabaseSettings settings, bool owner)
    {
        var given = owner ? settings.Owner ?? settings.Postgres : settings.Postgres;
        Console.WriteLine(PostgresUri.FromConnectionString(given ?? Embedded(settings.DataDirectory, owner)));
    }

    private static string Embedded(string dataDirectory, bool owner)
    {
        var running = EmbeddedPostgres.FindRunning(dataDirectory) ?? throw new PlatformException("DATABASE_NOT_RUNNING",
            $"No database runs in {Path.GetFullPath(dataDirectory)}. Start one with ./forge up, or name its directory with --data DIR.");
        return owner ? running.AdminConnectionString : running.ServerConnectionString;
    }
}
