using System.CommandLine;

namespace PromptForge.Web.Platform.Verbs;

internal static class MigrateVerb
{
    public static Command Command()
    {
        var data = CommandLine.Data();
        var command = new Command("migrate", "Brings the database to the newest schema, and makes its roles.\n\nExample: ./forge migrate --data /var/lib/promptforge") { data };
        command.SetAction((parsed, ct) => RunAsync(CommandLine.Settings(parsed.GetValue(data)), ct));
        return command;
    }

    private static async Task<int> RunAsync(DatabaseSettings settings, CancellationToken ct)
    {
        await using var database = await Database.OpenAsync(settings, TimeProvider.System, ct);
        Console.WriteLine(database.MigrationsApplied switch
        {
            0 => "The schema is up to date.",
            1 => "1 migration applied.",
            var many => $"{many} migrations applied.",
        });
        return 0;
    }
}
