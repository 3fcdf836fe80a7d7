using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using PromptForge.Core;
using PromptForge.Core.SevenD;
using PromptForge.Web.Audit;
using PromptForge.Web.Catalog;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Verbs;
using PromptForge.Web.Runs;

namespace PromptForge.Web.ApiKeys;

/// <summary>`key`: the operator makes an API key without signing in, for the organisation of this machine or another one. The key alone goes to standard output.</summary>
internal static class KeyVerb
{
    private const int MostDays = 3650;
    private static readonly string[] DefaultScopes = ["api.run", "api.export", "api.read"];

    public static Command Command()
    {
        var org = new Argument<string?>("org") { Description = "The organisation's id or slug (default: the local one that `run` works for)", Arity = ArgumentArity.ZeroOrOne };
        var name = new Option<string?>("--name") { Description = "How the key is called in lists (default: forge and the time)" };
        var scopes = new Option<string[]>("--scopes") { Description = $"Of {string.Join(", ", CreateKey.AllScopes)} (default: {string.Join(", ", DefaultScopes)})", AllowMultipleArgumentsPerToken = true };
        var days = new Option<int>("--days") { Description = "How long it is good for", DefaultValueFactory = _ => 30 };
        var data = CommandLine.Data();
        var command = new Command("key", "Makes an API key and prints it, once.\n\nExample: export PROMPTFORGE_KEY=$(./forge key)\nExample: ./forge key acme --name crm --scopes api.run --days 180") { org, name, scopes, days, data };
        command.SetAction(async (parsed, ct) =>
        {
            var (clock, settings) = (TimeProvider.System, CommandLine.Settings(parsed.GetValue(data)));
            var draft = Draft(parsed.GetValue(name), parsed.GetValue(scopes) is { Length: > 0 } given ? given : DefaultScopes, parsed.GetValue(days), clock.GetUtcNow());
            var (catalog, opened) = await CatalogStart.OpenAsync(Database.OpenAsync(settings, clock, ct), clock, ct);
            await using var database = opened;
            using var changes = new Changes(database.Db, clock, NullLogger<Changes>.Instance);
            var id = parsed.GetValue(org) is { } named
                ? (await new Grants(database.Db, clock).FindOrgAsync(named, ct))?.Id ?? throw new FaultException([new Fault("ORG_NOT_FOUND", named, "There is no such organisation here. Give its id or its slug, and with --data the right directory.")])
                : await LocalOrg.EnsureAsync(database.Db, new EntitlementResolver(database.Db, catalog, changes, clock), catalog.FindPlan("enterprise")!, clock, ct);
            var secrets = new KeySecrets(await ServerSecrets.LoadAsync(settings.DataDirectory, Environment.GetEnvironmentVariable("Server__Secret"), settings.Postgres is null, clock, ct));
            Console.WriteLine(await MakeAsync(database.Db, id, draft, secrets, clock, ct));
            return 0;
        });
        return command;
    }

    private static KeyDraft Draft(string? name, string[] scopes, int days, DateTimeOffset now)
    {
        var faults = new List<Fault>();
        var whole = scopes.SelectMany(s => s.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Distinct().ToArray();
        foreach (var scope in whole.Except(CreateKey.AllScopes))
            faults.Add(new("SCOPES_INVALID", "--scopes", $"\"{SevenDParser.Short(scope)}\" is not a scope. Allowed: {string.Join(", ", CreateKey.AllScopes)}."));
        if (days is < 1 or > MostDays)
            faults.Add(new("EXPIRY_INVALID", "--days", $"Give from 1 to {MostDays} days."));
        if (name is { Length: 0 or > CreateKey.LongestName } || name?.Any(char.IsControl) == true)
            faults.Add(new("NAME_INVALID", "--name", $"A name has 1 to {CreateKey.LongestName} characters and no line breaks."));
        if (faults.Count > 0)
            throw new FaultException(faults);
        return new(name ?? $"forge {now.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff}", whole, KeyDraft.DefaultRate, Test: false, now.AddDays(days));
    }

    private static Task<string> MakeAsync(Db db, Guid org, KeyDraft draft, KeySecrets secrets, TimeProvider clock, CancellationToken ct) => db.InOrgAsync(org, null, async (scope, token) =>
    {
        var made = await draft.InsertAsync(scope, org, null, Guid.CreateVersion7(clock.GetUtcNow()), secrets, clock.GetUtcNow(), token);
        await AuditLog.WriteAsync(scope, AuditActor.System, org, "api_key.created", "api_key", made.ApiKey.Id.ToString(), new { made.ApiKey.Name, made.ApiKey.Prefix, made.ApiKey.Scopes, made.ApiKey.ExpiresAt }, clock, token);
        return made.Key;
    }, ct);
}
