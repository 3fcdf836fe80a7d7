using Npgsql;
using PromptForge.Core.Catalog;
using PromptForge.Web.Catalog;
using PromptForge.Web.Platform;
using PromptForge.Web.Tests.Platform;

namespace PromptForge.Web.Tests.Catalog;

public sealed class CatalogSyncTests(PostgresFixture postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_start_writes_nothing_and_nodes_that_start_together_agree()
    {
        await using var database = await EmptyAsync();
        var catalog = await ReadAsync(text => text);
        var first = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => CatalogSync.RunAsync(database.Db, catalog, TimeProvider.System, Cancel)));
        Assert.All(first, o => Assert.True(o.Ok));
        Assert.Equal(0, (await CatalogSync.RunAsync(database.Db, catalog, TimeProvider.System, Cancel)).Value);
        Assert.Equal((50, 50, 25, 25, 3, 1), await database.Db.AsServerAsync((scope, ct) => scope.QuerySingleAsync<(long, long, long, long, long, long)>(
            "select (select count(*) from modules), (select count(*) from module_versions), (select count(*) from domain_configs), (select count(*) from industries), (select count(*) from plans), (select count(*) from ruleset_versions)", null, ct), Cancel));
    }

    [Fact]
    public async Task Content_that_moved_under_an_unchanged_version_is_refused_with_the_file_and_what_to_do()
    {
        await using var database = await EmptyAsync();
        await CatalogSync.RunAsync(database.Db, await ReadAsync(text => text), TimeProvider.System, Cancel);
        var fault = Assert.Single((await CatalogSync.RunAsync(database.Db, await ReadAsync(text => text.Replace("risk and offer architect", "risk architect", StringComparison.Ordinal)), TimeProvider.System, Cancel)).Faults);
        Assert.Equal(("CATALOG_VERSION_REUSED", "catalog/modules/M07.yaml"), (fault.Code, fault.Where));
        Assert.Contains("Raise \"version\"", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("standard/en.yaml", "You are the {{ role }}", "You are a {{ role }}")]
    [InlineData("standard/ro.yaml", "language: ro", "language: ro # reworded")]
    [InlineData("models.yaml", "input: 2.5,", "input: 2.6,")]
    public async Task A_standard_or_a_price_that_moved_is_refused_until_its_version_is_raised(string path, string old, string @new)
    {
        await using var database = await EmptyAsync();
        await CatalogSync.RunAsync(database.Db, await ReadAsync(text => text), TimeProvider.System, Cancel);
        string Moved(string text)
        {
            Assert.Contains(old, text, StringComparison.Ordinal);
            return text.Replace(old, @new, StringComparison.Ordinal);
        }

        var fault = Assert.Single((await CatalogSync.RunAsync(database.Db, await ReadAsync(Moved, path), TimeProvider.System, Cancel)).Faults);
        Assert.Equal(("CATALOG_VERSION_REUSED", $"catalog/{path}"), (fault.Code, fault.Where));
        Assert.Contains("Raise \"version\"", fault.Message, StringComparison.Ordinal);

        var now = VersionOf(path);
        var raised = await ReadAsync(text => Moved(text).Replace($"version: {now}", "version: 9.0.1", StringComparison.Ordinal), path);
        Assert.Equal(1, (await CatalogSync.RunAsync(database.Db, raised, TimeProvider.System, Cancel)).Value);
        Assert.Equal([now, "9.0.1"], await database.Db.AsServerAsync((scope, ct) =>
            scope.QueryAsync<string>("select version::text from catalog_files where name = @Name order by version", new { Name = path }, ct), Cancel));
    }

    [Fact]
    public async Task A_higher_version_is_added_with_its_parent_and_becomes_the_current_one()
    {
        await using var database = await EmptyAsync();
        await CatalogSync.RunAsync(database.Db, await ReadAsync(text => text), TimeProvider.System, Cancel);
        var now = VersionOf("modules/M07.yaml");
        var next = await ReadAsync(text => text.Replace($"version: {now}", "version: 1.10.0", StringComparison.Ordinal));
        Assert.Equal(1, (await CatalogSync.RunAsync(database.Db, next, TimeProvider.System, Cancel)).Value);
        Assert.Equal(("1.10.0", now), await database.Db.AsServerAsync((scope, ct) => scope.QuerySingleAsync<(string, string)>(
            "select m.current_version::text, p.semver::text from modules m join module_versions v on v.module_id = m.module_id and v.semver = m.current_version join module_versions p on p.id = v.parent_version_id where m.module_id = 'M07'", null, ct), Cancel));

        await CatalogSync.RunAsync(database.Db, await ReadAsync(text => text), TimeProvider.System, Cancel);
        Assert.Equal("1.10.0", await database.Db.AsServerAsync((scope, ct) => scope.QuerySingleAsync<string>("select current_version::text from modules where module_id = 'M07'", null, ct), Cancel));
    }

    private async Task<Migrated> EmptyAsync()
    {
        var database = await EmptyDatabase.CreateAsync(postgres, Cancel);
        await new Migrator(database.ConnectionString, Repository.Migrations).MigrateAsync(Cancel);
        var name = new NpgsqlConnectionStringBuilder(database.ConnectionString).Database;
        return new(database, new Db(new NpgsqlConnectionStringBuilder(await postgres.ServerConnectionStringAsync()) { Database = name }.ConnectionString, TimeProvider.System, poolSize: 5));
    }

    private static string VersionOf(string path) =>
        File.ReadLines(Path.Combine(Repository.Root, "catalog", path)).First(l => l.StartsWith("version: ", StringComparison.Ordinal))["version: ".Length..];

    private sealed record Migrated(EmptyDatabase Database, Db Db) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Db.DisposeAsync();
            await Database.DisposeAsync();
        }
    }

    private static async Task<ProductCatalog> ReadAsync(Func<string, string> change, string path = "modules/M07.yaml")
    {
        var folder = Path.Combine(Repository.Root, "catalog");
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(p => Path.GetExtension(p) is ".yaml" or ".yml" or ".json").Select(p => new CatalogFile(Path.GetRelativePath(folder, p), File.ReadAllText(p)));
        return (await CatalogReader.ReadAsync([.. files.Select(f => f.Path == path ? f with { Text = change(f.Text) } : f)], Cancel)).Value;
    }
}
