using Npgsql;

namespace PromptForge.Web.Platform;

/// <param name="Postgres">The server's login, when the database is not the embedded one; an administrator's will do.</param>
/// <param name="Owner">A login that may create roles, used for the bootstrap and the migrations only.</param>
/// <param name="DataDirectory">Where the embedded database lives.</param>
public sealed record DatabaseSettings(string? Postgres, string? Owner, string DataDirectory)
{
    public int PoolSize { get; init; } = 20;

    public string Migrations { get; init; } = Repository.Migrations;

    public static DatabaseSettings From(IConfiguration configuration, string? dataDirectory)
    {
        var (server, owner) = (Given("Postgres"), Given("Owner"));
        return new DatabaseSettings(server ?? owner, server is null ? null : owner, dataDirectory ?? configuration["FORGE_DATA"] ?? Path.Combine(Repository.Root, ".forge"))
        {
            PoolSize = configuration.GetValue("Database:PoolSize", 20),
        };

        string? Given(string name) => configuration.GetConnectionString(name) is { Length: > 0 } text ? PostgresUri.ToConnectionString(text, name) : null;
    }
}

/// <summary>The database made ready: running, with its roles, migrated, and a <see cref="Db"/> that logs in as the server.</summary>
public sealed class Database : IAsyncDisposable
{
    private readonly EmbeddedPostgres? _embedded;

    private Database(Db db, string? admin, EmbeddedPostgres? embedded, int applied) =>
        (Db, AdminConnectionString, _embedded, MigrationsApplied) = (db, admin, embedded, applied);

    public Db Db { get; }

    internal string ServerConnectionString => Db.ConnectionString;

    /// <summary>Absent where the operator gave the server's login only.</summary>
    public string? AdminConnectionString { get; }

    public int MigrationsApplied { get; }

    public bool OwnsServer => _embedded is { Owned: true };

    public static Task<Database> OpenAsync(DatabaseSettings settings, TimeProvider clock, CancellationToken ct) =>
        settings.Postgres is { } server ? OpenGivenAsync(settings, server, clock, ct) : OpenEmbeddedAsync(settings, clock, ct);

    public async ValueTask DisposeAsync()
    {
        await Db.DisposeAsync();
        if (_embedded is not null)
        {
            await _embedded.DisposeAsync();
        }
    }

    private static async Task<Database> OpenEmbeddedAsync(DatabaseSettings settings, TimeProvider clock, CancellationToken ct)
    {
        var embedded = await EmbeddedPostgres.StartAsync(settings.DataDirectory, clock, ct);
        try
        {
            var applied = await PrepareAsync(embedded, settings.Migrations, ct);
            var db = new Db(embedded.ServerConnectionString, clock, settings.PoolSize, async token =>
            {
                await embedded.EnsureRunningAsync(token);
                return embedded.ServerConnectionString;
            });
            return new Database(db, embedded.AdminConnectionString, embedded, applied);
        }
        catch
        {
            await embedded.DisposeAsync();
            throw;
        }
    }

    /// <summary>The process whose server we found may leave, and take it along, at any moment; then it is ours to start.</summary>
    private static async Task<int> PrepareAsync(EmbeddedPostgres embedded, string migrations, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var admin = await AdminConnection.OpenAsync(embedded.AdminConnectionString, ct);
                await Roles.EnsureAsync(admin, Roles.ServerLogin, embedded.ServerPassword, ct);
                // Somebody may have used this server through a connection string and agreed on another password.
                await AdminConnection.AgreeOnPasswordAsync(admin, new NpgsqlConnectionStringBuilder(embedded.ServerConnectionString), ct);
                if (embedded.ServerPasswordIsNew)
                {
                    await Roles.SetPasswordAsync(admin, Roles.ServerLogin, embedded.ServerPassword, ct);
                }

                return await new Migrator(embedded.AdminConnectionString, migrations).MigrateAsync(ct);
            }
            catch (Exception e) when (Errors.IsAway(e) && attempt < 10)
            {
                await embedded.EnsureRunningAsync(ct);
            }
        }
    }

    private static async Task<Database> OpenGivenAsync(DatabaseSettings settings, string server, TimeProvider clock, CancellationToken ct)
    {
        await using var admin = await AdminConnection.OpenAsync(settings.Owner ?? server, ct);
        if (settings.Owner is null && !await AdminConnection.MayCreateRolesAsync(admin, ct))
        {
            await new Migrator(server, settings.Migrations).RequireCurrentAsync(ct);
            return new Database(new Db(server, clock, settings.PoolSize), null, null, 0);
        }

        var login = settings.Owner is null ? AdminConnection.ServerLoginFor(server) : new NpgsqlConnectionStringBuilder(server);
        await Roles.EnsureAsync(admin, login.Username!, login.Password ?? "", ct);
        if (settings.Owner is null)
        {
            await AdminConnection.AgreeOnPasswordAsync(admin, login, ct);
        }

        var applied = await new Migrator(settings.Owner ?? server, settings.Migrations).MigrateAsync(ct);
        return new Database(new Db(login.ConnectionString, clock, settings.PoolSize), settings.Owner ?? server, null, applied);
    }
}
