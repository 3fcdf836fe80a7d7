using PromptForge.Core.Catalog;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Catalog;

/// <summary>The catalogue at start: read, checked, and the database's tables brought to it.</summary>
public static class CatalogStart
{
    /// <param name="opening">The database; the files are read while it opens.</param>
    /// <exception cref="FaultException">A file is bad, or its content moved under an unchanged version.</exception>
    public static async Task<(ProductCatalog Catalog, Database Database)> OpenAsync(Task<Database> opening, TimeProvider clock, CancellationToken ct)
    {
        var loading = Task.Run(() => CatalogFolder.LoadAsync(null, ct), ct);
        var database = await opening;
        try
        {
            var catalog = await loading;
            if (!catalog.Ok)
                throw new FaultException(catalog.Faults);
            var synced = await CatalogSync.RunAsync(database.Db, catalog.Value, clock, ct);
            return synced.Ok ? (catalog.Value, database) : throw new FaultException(synced.Faults);
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }
}
