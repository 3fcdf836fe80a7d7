using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using PromptForge.Core.Catalog;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Platform;

/// <summary>The web application on a database that is ready; the verb <c>up</c> and the tests start it the same way.</summary>
public sealed class WebServer : IAsyncDisposable
{
    /// <summary>Enough for every JSON body; the operations that take files raise it for themselves.</summary>
    public const int MaxBody = 1_000_000;

    private readonly WebApplication _app;

    private WebServer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public IServiceProvider Services => _app.Services;

    public static async Task<WebServer> StartAsync(Database database, ProductCatalog catalog, WebSettings settings, CancellationToken ct)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddInMemoryCollection(settings.Configuration);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, settings.Port);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBody;
            HeaderLimit.Lift(kestrel.Limits);
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        // A start that fails is reported once, by whoever asked for it.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.Services.AddSingleton(settings.Clock).AddSingleton(database).AddSingleton(database.Db).AddSingleton(catalog).AddSingleton(settings);
        builder.Services.AddSingleton(await ServerSecrets.LoadAsync(settings.DataDirectory, builder.Configuration["Server:Secret"], settings.Development, settings.Clock, ct));
        builder.Services.AddSingleton<Changes>().AddHostedService(services => services.GetRequiredService<Changes>());
        await Program.AddAsync(builder, settings, ct);
        var app = builder.Build();
        Program.Use(app);
        Program.Map(app);
        try
        {
            await app.StartAsync(ct);
            return new WebServer(app);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            await app.DisposeAsync();
            throw new PlatformException("PORT_IN_USE", $"Port {settings.Port} is taken by another program. Name another one with --port, or --port 0 for any.", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
