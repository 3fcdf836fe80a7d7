using Npgsql;

namespace PromptForge.Web.Platform;

/// <param name="Postgres">The server's login, when the database is not the embedded one.</param>
/// <param name="Owner">A login that may create roles; used for the bootstrap and the migrations only.</param>
/// <param name="DataDirectory">Where the embedded database lives.</param>
public sealed record DatabaseSettings(string? Postgres, string? Owner, string DataDirectory)
{
    public int PoolSize { get; init; } = 20;

    public string Migrations { get; init; } = Repository.Migrations;

    /// <summary>Without it, pending migrations are refused instead of applied.</summary>
    public bool Migrate { get; init; } = true;
}

/// <summary>The database made ready: running, with its roles, migrated, and a <see cref="Db"/> that logs in as the server.</summary>
public sealed class Database : IAsyncDisposable
{
    private readonly EmbeddedPostgres? _embedded;

    private Database(Db db, string admin, EmbeddedPostgres? embedded, int applied) =>
        (Db, AdminConnectionString, _embedded, MigrationsApplied) = (db, admin, embedded, applied);

    public Db Db { get; }

    public string AdminConnectionString { get; }

    public int MigrationsApplied { get; }

    public bool OwnsServer => _embedded is { Owned: true };

    public static async Task<Database> OpenAsync(DatabaseSettings settings, TimeProvider clock, CancellationToken ct)
    {
        var embedded = await EmbeddedPostgres.StartAsync(settings.DataDirectory, clock, ct);
        try
        {
            await using (var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(embedded.AdminConnectionString) { Pooling = false }.ConnectionString))
            {
                await connection.OpenAsync(ct);
                await Roles.EnsureAsync(connection, Roles.ServerLogin, embedded.ServerPassword, ct);
            }

            var applied = await new Migrator(embedded.AdminConnectionString, settings.Migrations).MigrateAsync(ct);
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

    public async ValueTask DisposeAsync()
    {
        await Db.DisposeAsync();
        if (_embedded is not null)
        {
            await _embedded.DisposeAsync();
        }
    }
}
