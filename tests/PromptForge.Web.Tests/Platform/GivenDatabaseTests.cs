using Npgsql;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Tests.Platform;

/// <summary>A server the operator brings: an administrator who is no superuser, as hosting providers give one.</summary>
public sealed class GivenDatabaseTests : IAsyncLifetime
{
    private readonly TemporaryData _data = new();
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("promptforge-migrations-");
    private EmbeddedPostgres _server = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await EmbeddedPostgres.StartAsync(_data.Path, TimeProvider.System, Ct);
        await RunAsync("create role ops login createrole createdb password 'first'");
        await RunAsync("create database product owner ops");
        await File.WriteAllTextAsync(Path.Combine(_files.FullName, "0001_first.sql"), "create table public.t (id int);", Ct);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _data.Dispose();
        _files.Delete(recursive: true);
    }

    [Fact]
    public async Task One_administrators_login_is_enough_and_the_server_does_not_use_it()
    {
        await using var database = await OpenAsync(Login("ops", "first"));

        Assert.Equal(1, database.MigrationsApplied);
        Assert.Equal("promptforge_server", await WhoAsync(database));
    }

    [Fact]
    public async Task Nodes_agree_on_the_servers_password_also_after_the_administrators_changed()
    {
        await (await OpenAsync(Login("ops", "first"))).DisposeAsync();
        await RunAsync("alter role ops password 'second'");

        await using var database = await OpenAsync(Login("ops", "second"));

        Assert.Equal("promptforge_server", await WhoAsync(database));
    }

    [Fact]
    public async Task With_an_owner_beside_it_the_servers_login_is_made_as_named_and_then_suffices_alone()
    {
        await using (var database = await OpenAsync(Login("shop", "window"), Login("ops", "first")))
        {
            Assert.Equal("shop", await WhoAsync(database));
        }

        await using var alone = await OpenAsync(Login("shop", "window"));
        Assert.Equal("shop", await WhoAsync(alone));
        Assert.Null(alone.AdminConnectionString);
    }

    [Fact]
    public async Task A_server_that_may_not_migrate_says_who_has_to()
    {
        await (await OpenAsync(Login("shop", "window"), Login("ops", "first"))).DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(_files.FullName, "0002_second.sql"), "create table public.u (id int);", Ct);

        var refused = await Assert.ThrowsAsync<PlatformException>(() => OpenAsync(Login("shop", "window")));

        Assert.Equal("MIGRATIONS_PENDING", refused.Code);
        Assert.Contains("ConnectionStrings__Owner", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_that_came_with_a_newer_version_is_made_when_that_migrates()
    {
        await (await OpenAsync(Login("ops", "first"))).DisposeAsync();
        await RunAsync("drop role promptforge_catalog");

        await using var database = await OpenAsync(Login("ops", "first"));

        Assert.Equal("promptforge_catalog", await database.Db.AsCatalogAsync((scope, ct) => scope.QuerySingleAsync<string>("select current_user::text", null, ct), Ct));
    }

    [Fact]
    public async Task A_role_that_could_look_past_row_level_security_is_refused()
    {
        await (await OpenAsync(Login("ops", "first"))).DisposeAsync();
        foreach (var (tampering, mending) in new[]
        {
            ("alter role promptforge_web bypassrls", "alter role promptforge_web nobypassrls"),
            ("alter role promptforge_catalog bypassrls", "alter role promptforge_catalog nobypassrls"),
            ("alter role promptforge_server superuser", "alter role promptforge_server nosuperuser"),
            ("alter role promptforge_server inherit", "alter role promptforge_server noinherit"),
            ("grant promptforge_owner to promptforge_server", "revoke promptforge_owner from promptforge_server"),
            ("grant pg_read_all_data to promptforge_web", "revoke pg_read_all_data from promptforge_web"),
        })
        {
            await RunAsync(tampering);
            Assert.Equal("ROLES_TOO_POWERFUL", (await Assert.ThrowsAsync<PlatformException>(() => OpenAsync(Login("ops", "first")))).Code);
            await RunAsync(mending);
        }

        await (await OpenAsync(Login("ops", "first"))).DisposeAsync();
    }

    [Fact]
    public async Task A_wrong_password_is_called_that() =>
        Assert.Equal("DATABASE_LOGIN_REFUSED", (await Assert.ThrowsAsync<PlatformException>(() => OpenAsync(Login("ops", "wrong")))).Code);

    private static Task<string> WhoAsync(Database database) =>
        database.Db.AsServerAsync((scope, ct) => scope.QuerySingleAsync<string>("select session_user::text", null, ct), Ct);

    private Task<Database> OpenAsync(string postgres, string? owner = null) =>
        Database.OpenAsync(new DatabaseSettings(postgres, owner, _data.Path) { Migrations = _files.FullName }, TimeProvider.System, Ct);

    private string Login(string user, string password) =>
        new NpgsqlConnectionStringBuilder(_server.AdminConnectionString) { Username = user, Password = password, Database = "product" }.ConnectionString;

    private async Task RunAsync(string sql)
    {
        await using var connection = await AdminConnection.OpenAsync(_server.AdminConnectionString, Ct);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Ct);
    }
}
