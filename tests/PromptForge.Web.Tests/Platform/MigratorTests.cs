using Npgsql;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Tests.Platform;

public sealed class MigratorTests(PostgresFixture postgres) : IDisposable
{
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("promptforge-migrations-");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _files.Delete(recursive: true);

    [Fact]
    public async Task Four_nodes_that_start_at_once_apply_each_file_once()
    {
        Write("0001_first.sql", "create table public.t (id int); insert into public.t values (1);");
        Write("0002_second.sql", "do $body$ begin perform pg_sleep(0.2); insert into public.t values (2); end $body$; -- ${x}");
        await using var database = await EmptyDatabaseAsync();

        var applied = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Migrator(database).MigrateAsync(Ct), Ct)));

        Assert.Equal([0, 0, 0, 2], applied.Order());
        Assert.Equal(2L, await database.ScalarAsync("select count(*) from public.t"));
        Assert.Equal("promptforge_owner", await database.ScalarAsync("select tableowner::text from pg_tables where tablename = 't'"));
    }

    [Fact]
    public async Task Nothing_to_do_is_quick_and_changes_nothing()
    {
        Write("0001_first.sql", "create table public.t (id int);");
        await using var database = await EmptyDatabaseAsync();
        await Migrator(database).MigrateAsync(Ct);

        Assert.Equal(0, await Migrator(database).MigrateAsync(Ct));
    }

    [Fact]
    public async Task A_changed_file_is_refused_by_name()
    {
        Write("0001_first.sql", "create table public.t (id int);");
        await using var database = await EmptyDatabaseAsync();
        await Migrator(database).MigrateAsync(Ct);
        Write("0001_first.sql", "create table public.t (id bigint);");

        var refused = await Assert.ThrowsAsync<PlatformException>(() => Migrator(database).MigrateAsync(Ct));

        Assert.Equal("MIGRATION_CHANGED", refused.Code);
        Assert.Contains("0001_first.sql", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_file_leaves_nothing_and_the_ones_before_it_stay()
    {
        Write("0001_first.sql", "create table public.t (id int);");
        Write("0002_second.sql", "create table public.u (id int); select 1 / 0;");
        await using var database = await EmptyDatabaseAsync();

        var failed = await Assert.ThrowsAsync<PlatformException>(() => Migrator(database).MigrateAsync(Ct));

        Assert.Equal("MIGRATION_FAILED", failed.Code);
        Assert.Contains("0002_second.sql", failed.Message, StringComparison.Ordinal);
        Assert.Contains("division by zero", failed.Message, StringComparison.Ordinal);
        Assert.Equal(1L, await database.ScalarAsync("select count(*) from pg_tables where tablename in ('t', 'u')"));

        Write("0002_second.sql", "create table public.u (id int);");
        Assert.Equal(1, await Migrator(database).MigrateAsync(Ct));
    }

    [Fact]
    public async Task A_database_that_is_ahead_of_the_program_is_refused()
    {
        Write("0001_first.sql", "create table public.t (id int);");
        Write("0002_second.sql", "create table public.u (id int);");
        await using var database = await EmptyDatabaseAsync();
        await Migrator(database).MigrateAsync(Ct);
        File.Delete(Path.Combine(_files.FullName, "0002_second.sql"));

        Assert.Equal("MIGRATION_MISSING", (await Assert.ThrowsAsync<PlatformException>(() => Migrator(database).MigrateAsync(Ct))).Code);
    }

    [Theory]
    [InlineData("authenticated")]
    [InlineData("anon")]
    [InlineData("promptforge_identity")]
    public async Task The_journal_is_out_of_reach_of_users(string role)
    {
        Write("0001_first.sql", "create table public.t (id int);");
        await using var database = await EmptyDatabaseAsync();
        await Migrator(database).MigrateAsync(Ct);

        Assert.Equal(false, await database.ScalarAsync(
            $"select has_schema_privilege('{role}', 'migrations', 'usage') or has_table_privilege('{role}', 'migrations.journal', 'select, insert, update, delete')"));
    }

    private Migrator Migrator(EmptyDatabase database) => new(database.ConnectionString, _files.FullName);

    private void Write(string name, string sql) => File.WriteAllText(Path.Combine(_files.FullName, name), sql);

    private Task<EmptyDatabase> EmptyDatabaseAsync() => EmptyDatabase.CreateAsync(postgres, Ct);
}

/// <summary>A database of its own beside the shared one, with the roles but no tables.</summary>
internal sealed class EmptyDatabase : IAsyncDisposable
{
    private readonly NpgsqlDataSource _admin;
    private readonly string _name;

    private EmptyDatabase(NpgsqlDataSource admin, string name, string connectionString) => (_admin, _name, ConnectionString) = (admin, name, connectionString);

    public string ConnectionString { get; }

    public static async Task<EmptyDatabase> CreateAsync(PostgresFixture postgres, CancellationToken ct)
    {
        var admin = await postgres.AdminAsync();
        var name = $"empty_{Guid.CreateVersion7():n}";
        await using (var create = admin.CreateCommand($"create database {name} template template0"))
        {
            await create.ExecuteNonQueryAsync(ct);
        }

        var connectionString = new NpgsqlConnectionStringBuilder(await postgres.AdminConnectionStringAsync()) { Database = name, Pooling = false }.ConnectionString;
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(ct);
        await Roles.EnsureAsync(connection, Roles.ServerLogin, "unused, the login is there", ct);
        return new EmptyDatabase(admin, name, connectionString);
    }

    public async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await using var drop = _admin.CreateCommand($"drop database {_name} with (force)");
        await drop.ExecuteNonQueryAsync(CancellationToken.None);
    }
}
