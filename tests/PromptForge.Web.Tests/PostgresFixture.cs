using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PromptForge.Core.Catalog;
using PromptForge.Web.Catalog;
using PromptForge.Web.Platform;

[assembly: AssemblyFixture(typeof(PromptForge.Web.Tests.PostgresFixture))]

namespace PromptForge.Web.Tests;

/// <summary>One migrated PostgreSQL for all tests, started by the first test that asks; a tenant per test keeps them apart.</summary>
public sealed class PostgresFixture : IAsyncDisposable
{
    private readonly Lazy<Task<Started>> _started;
    private readonly Lazy<Task<ProductCatalog>> _catalog;
    private readonly Lazy<Task<WebServer>> _server;
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"promptforge-tests-{Environment.ProcessId}");

    public PostgresFixture()
    {
        _started = new(StartAsync);
        _catalog = new(LoadCatalogAsync);
        // All tests together are one caller of this server.
        _server = new(() => NewServerAsync(new Dictionary<string, string?> { ["Limits:UserPerMinute"] = "100000", ["Limits:AnonymousPerMinute"] = "100000" }));
    }

    /// <summary>What a verb is given with <c>--data</c> to find this database, running.</summary>
    public string DataDirectory => _directory;

    /// <summary>The catalogue, with the database's tables brought to it.</summary>
    public Task<ProductCatalog> CatalogAsync() => _catalog.Value;

    /// <summary>The web application over HTTP, one for all tests.</summary>
    public Task<WebServer> ServerAsync() => _server.Value;

    /// <summary>One more node on the same database; whoever asks disposes it.</summary>
    public async Task<WebServer> NewServerAsync(IReadOnlyDictionary<string, string?>? configuration = null)
    {
        var catalog = await CatalogAsync();
        var server = await WebServer.StartAsync((await _started.Value).Database, catalog, new WebSettings(_directory, Development: true) { Configuration = configuration ?? new Dictionary<string, string?>() }, CancellationToken.None);
        await server.Services.GetRequiredService<Changes>().Listening;
        return server;
    }

    /// <summary>Under row-level security, as the product sees the database.</summary>
    public async Task<Db> DbAsync() => (await _started.Value).Database.Db;

    /// <summary>As superuser, for assertions about the schema and for arranging what no user may do.</summary>
    public async Task<NpgsqlDataSource> AdminAsync() => (await _started.Value).Admin;

    public async Task<string> AdminConnectionStringAsync() => (await _started.Value).Database.AdminConnectionString!;

    /// <summary>The login the product uses; it may do nothing but take a role.</summary>
    public async Task<string> ServerConnectionStringAsync() => (await _started.Value).Database.ServerConnectionString;

    /// <summary>A fresh organisation with its owner: row-level security keeps a test to it as it keeps a customer to theirs.</summary>
    public async Task<Tenant> NewOrgAsync(string plan = "pilot")
    {
        // Plans are rows of the catalogue.
        await CatalogAsync();
        var now = TimeProvider.System.GetUtcNow();
        var tenant = new Tenant(Guid.CreateVersion7(now), Guid.CreateVersion7(now));
        await using var batch = (await AdminAsync()).CreateBatch();
        void Add(string sql, params object[] values)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var value in values)
            {
                command.Parameters.Add(new NpgsqlParameter { Value = value });
            }

            batch.BatchCommands.Add(command);
        }

        Add("insert into auth.users (id, email) values ($1, $2)", tenant.OwnerId, $"{tenant.OwnerId:n}@example.test");
        Add("insert into public.orgs (id, name, slug) values ($1, $2, $3)", tenant.OrgId, "Test", $"t-{tenant.OrgId:n}");
        Add("insert into public.org_members (org_id, user_id, role) values ($1, $2, 'owner')", tenant.OrgId, tenant.OwnerId);
        if (plan != "pilot")
        {
            Add("insert into public.subscriptions (org_id, id, plan_code, status) values ($1, $2, $3::plan_code_t, 'active')", tenant.OrgId, Guid.CreateVersion7(now), plan);
        }

        await batch.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return tenant;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated && _server.Value.IsCompletedSuccessfully)
        {
            await (await _server.Value).DisposeAsync();
        }

        if (_started.IsValueCreated && _started.Value.IsCompletedSuccessfully)
        {
            var started = await _started.Value;
            await started.Admin.DisposeAsync();
            await started.Database.DisposeAsync();
        }

        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private async Task<ProductCatalog> LoadCatalogAsync()
    {
        var db = await DbAsync();
        var catalog = await CatalogFolder.LoadAsync(null, CancellationToken.None);
        Assert.True(catalog.Ok, string.Join('\n', catalog.Faults));
        Assert.Empty((await CatalogSync.RunAsync(db, catalog.Value, TimeProvider.System, CancellationToken.None)).Faults);
        return catalog.Value;
    }

    private async Task<Started> StartAsync()
    {
        try
        {
            var database = await Database.OpenAsync(new DatabaseSettings(null, null, _directory), TimeProvider.System, CancellationToken.None);
            return new Started(database, NpgsqlDataSource.Create(database.AdminConnectionString!));
        }
        catch (PlatformException e) when (e.Code == "POSTGRES_NOT_FOUND" && Environment.GetEnvironmentVariable("CI") != "true")
        {
            Assert.Skip(e.Message);
            throw;
        }
    }

    private sealed record Started(Database Database, NpgsqlDataSource Admin);
}

public sealed record Tenant(Guid OrgId, Guid OwnerId);
