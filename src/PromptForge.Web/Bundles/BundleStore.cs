using PromptForge.Web.Platform;

namespace PromptForge.Web.Bundles;

/// <summary>Bundles on the local disk, one object each. An object is there whole or not at all.</summary>
public sealed class BundleStore(string root)
{
    public static string Key(Guid orgId, DateTimeOffset at, string domain, string module, Guid runId, string name) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"bundles/{orgId}/{at.UtcDateTime:yyyy-MM-dd}/{domain}/{module}/{runId}/{name}");

    public string PathOf(string key)
    {
        var path = Path.GetFullPath(Path.Combine(root, key));
        return path.StartsWith(Path.GetFullPath(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? path : throw new ArgumentException("The key leaves the store.", nameof(key));
    }

    public async Task SaveAsync(string key, ReadOnlyMemory<byte> content, CancellationToken ct)
    {
        var path = PathOf(key);
        var next = $"{path}.{Environment.ProcessId}.part";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using (var file = new FileStream(next, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0, PreallocationSize = content.Length }))
            {
                await file.WriteAsync(content, ct);
                // What is in the store has to survive a power cut, because its row says that it was sold.
                file.Flush(flushToDisk: true);
            }

            File.Move(next, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            if (File.Exists(next))
                File.Delete(next);
            throw e is OperationCanceledException ? new OperationCanceledException(e.Message, e, ct) : Errors.OfDisk(path, e);
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
}
