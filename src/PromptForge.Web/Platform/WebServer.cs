using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using PromptForge.Core.Catalog;

namespace PromptForge.Web.Platform;

/// <summary>The web application on a database that is ready; the verb <c>up</c> and the tests start it the same way.</summary>
public sealed class WebServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebServer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public IServiceProvider Services => _app.Services;

    /// <param name="port">0 takes a free one.</param>
    public static async Task<WebServer> StartAsync(Database database, ProductCatalog catalog, int port, CancellationToken ct)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, port);
            kestrel.AddServerHeader = false;
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        // A start that fails is reported once, by whoever asked for it.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(database.Db).AddSingleton(catalog);
        Program.Add(builder);
        var app = builder.Build();
        Program.Map(app);
        try
        {
            await app.StartAsync(ct);
            return new WebServer(app);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            await app.DisposeAsync();
            throw new PlatformException("PORT_IN_USE", $"Port {port} is taken by another program. Name another one with --port, or --port 0 for any.", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
