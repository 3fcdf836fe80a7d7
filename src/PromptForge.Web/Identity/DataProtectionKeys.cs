using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.Options;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Identity;

/// <summary>The key ring in the database, so that a session survives a restart and is good on every node.</summary>
internal sealed class DataProtectionKeys(Db db, TimeProvider clock) : IXmlRepository
{
    // The interface is synchronous; the ring is read once a day.
    public IReadOnlyCollection<XElement> GetAllElements() => Task.Run(() => db.AsServerAsync((scope, ct) =>
        scope.QueryAsync<string>("select xml from app.data_protection_keys order by id", null, ct), CancellationToken.None))
        .GetAwaiter().GetResult().Select(XElement.Parse).ToArray();

    public void StoreElement(XElement element, string friendlyName) => Task.Run(() => db.AsServerAsync((scope, ct) =>
        scope.ExecuteAsync("insert into app.data_protection_keys (id, name, xml) values (@Id, @Name, @Xml)",
            new { Id = Guid.CreateVersion7(clock.GetUtcNow()), Name = friendlyName, Xml = element.ToString(SaveOptions.DisableFormatting) }, ct), CancellationToken.None))
        .GetAwaiter().GetResult();
}

/// <summary>Makes the first key under a lock: two nodes that start on an empty database must not each begin with a key that the other has not read.</summary>
internal sealed class FirstDataProtectionKey(Db db, IKeyManager keys, IOptions<KeyManagementOptions> options, TimeProvider clock) : IHostedService
{
    private const long LockKey = 0x50726F6D70744B79;

    public Task StartAsync(CancellationToken cancellationToken) => db.AsServerAsync(async (scope, ct) =>
    {
        await scope.QuerySingleAsync<int>($"select 1 from pg_advisory_xact_lock({LockKey})", null, ct);
        if (keys.GetAllKeys().Count == 0)
        {
            keys.CreateNewKey(clock.GetUtcNow(), clock.GetUtcNow() + options.Value.NewKeyLifetime);
        }

        return true;
    }, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
