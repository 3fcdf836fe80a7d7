using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PromptForge.Web.Platform;
using PromptForge.Web.Tests.Platform;

namespace PromptForge.Web.Tests.Identity;

/// <summary>One node as an operator runs it: a database given by its connection string, a secret given, nothing of development.</summary>
internal sealed class Deployment(EmptyDatabase data, Database database, WebServer server, string directory) : IAsyncDisposable
{
    public const string PublicUrl = "https://forge.example.test";

    public Uri Address => server.Address;

    public EmptyDatabase Data => data;

    /// <param name="before">What somebody else did to the database before our first migration.</param>
    public static async Task<Deployment> StartAsync(PostgresFixture postgres, IReadOnlyDictionary<string, string?> configuration, string? before = null)
    {
        var ct = TestContext.Current.CancellationToken;
        var data = await EmptyDatabase.CreateAsync(postgres, ct);
        if (before is not null)
        {
            await data.ScalarAsync(before);
        }

        await new Migrator(data.ConnectionString, Repository.Migrations).MigrateAsync(ct);
        var name = new NpgsqlConnectionStringBuilder(data.ConnectionString).Database;
        var login = new NpgsqlConnectionStringBuilder(await postgres.ServerConnectionStringAsync()) { Database = name }.ConnectionString;
        var directory = Directory.CreateTempSubdirectory("promptforge-deployment-").FullName;
        var database = await Database.OpenAsync(new DatabaseSettings(login, null, directory), TimeProvider.System, ct);
        var settings = new Dictionary<string, string?>(configuration)
        {
            ["Server:Secret"] = Convert.ToBase64String(new byte[32]),
            ["Identity:PasswordIterations"] = "1000",
        };
        var server = await WebServer.StartAsync(database, await postgres.CatalogAsync(), new WebSettings(directory, Development: false) { Configuration = settings }, ct);
        await server.Services.GetRequiredService<Changes>().Listening;
        return new Deployment(data, database, server, directory);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        await database.DisposeAsync();
        await data.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }
}
