using PromptForge.Web.Platform;

namespace PromptForge.Web.Bundles;

/// <summary>Bundles on the local disk, one object each. An object that a row refers to is whole: it is saved first, under a key that no other run has.</summary>
public sealed class BundleStore(string root)
{
    public static string Key(Guid orgId, DateTimeOffset at, string domain, string module, Guid runId, string name) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"bundles/{orgId}/{at.UtcDateTime:yyyy-MM-dd}/{domain}/{module}/{runId}/{name}");

    public string PathOf(string key)
    {
        var path = Path.GetFullPath(Path.Combine(root, key));
        return path.StartsWith(Path.GetFullPath(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? path : throw new ArgumentException("The key leaves the store.", nameof(key));
    }

    /// <summary>Returns when the object would survive a power cut, because its row is going to say that it was sold.</summary>
    public Task SaveAsync(string key, ReadOnlyMemory<byte> content, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var path = PathOf(key);
        try
        {
            // Clients' texts: nobody else on this machine may look in.
            Directory.CreateDirectory(Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            // Under its own name at once: the flush of a new file takes its directory entries along, that of one renamed afterwards does not.
            using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None);
            RandomAccess.Write(file, content.Span, 0);
            RandomAccess.FlushToDisk(file);
            return Task.CompletedTask;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            DeleteQuietly(path);
            throw Errors.OfDisk(path, e);
        }
    }

    public async Task<byte[]> ReadAsync(string key, CancellationToken ct)
    {
        var path = PathOf(key);
        try
        {
            return await File.ReadAllBytesAsync(path, ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Errors.OfDisk(path, e);
        }
    }

    public void Delete(string key) => File.Delete(PathOf(key));

    // The fault that is being reported counts, not that its remains cannot be cleared away either.
    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
