using System.CommandLine;

namespace PromptForge.Web.Platform.Verbs;

internal static class DbVerb
{
    public static Command Command()
    {
        var data = CommandLine.Data();
        var owner = new Option<bool>("--owner") { Description = "The administrator's login, which sees and may do everything" };
        var org = new Option<Guid>("--org") { Description = "The organisation whose rows are seen (default: the local one that `run` works for)", DefaultValueFactory = _ => Guid.Parse("00000000-0000-7000-8000-000000000003") };
        var command = new Command("db", "Prints where the running database is, for psql or a BI tool: read only, one organisation's rows. The line holds a password.\n\nExample: psql \"$(./forge db)\" -c 'select module_id, status, finished_at from runs'") { data, owner, org };
        command.SetAction(parsed => Print(CommandLine.Settings(parsed.GetValue(data)), parsed.GetValue(owner), parsed.GetValue(org)));
        return command;
    }

    private static void Print(DatabaseSettings settings, bool owner, Guid org)
    {
        var given = owner ? settings.Owner ?? settings.Postgres : settings.Postgres;
        var uri = PostgresUri.FromConnectionString(given ?? Embedded(settings.DataDirectory, owner));
        // The server's login sees nothing by itself: it takes the role and the org that row-level security asks for.
        Console.WriteLine(owner ? uri : $"{uri}?options={Uri.EscapeDataString($"-c role={Roles.Web} -c app.org_id={org} -c default_transaction_read_only=on")}");
    }

    private static string Embedded(string dataDirectory, bool owner)
    {
        var running = EmbeddedPostgres.FindRunning(dataDirectory) ?? throw new PlatformException("DATABASE_NOT_RUNNING",
            $"No database runs in {Path.GetFullPath(dataDirectory)}. Start one with ./forge up, or name its directory with --data DIR.");
        return owner ? running.AdminConnectionString : running.ServerConnectionString;
    }
}
