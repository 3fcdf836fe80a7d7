using System.Buffers;
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
        return DiskThreads.RunAsync(() =>
        {
            try
            {
                Save(path, content.Span);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformException)
            {
                Discard(key);
                throw e as PlatformException ?? Errors.OfDisk(path, e);
            }
        });
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

    /// <summary>Everything an organisation ever stored, whether a row still names it or not.</summary>
    public void DeleteOrg(Guid orgId)
    {
        try
        {
            Directory.Delete(PathOf($"bundles/{orgId}"), recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // It stored nothing, or another node was first.
        }
    }

    /// <summary>The days on which an organisation's objects were made.</summary>
    public IReadOnlyList<DateOnly> Days(Guid orgId) =>
        [.. Listed(PathOf($"bundles/{orgId}"), d => d.EnumerateDirectories()).Select(d => DateOnly.TryParseExact(d.Name, "yyyy-MM-dd", out var day) ? day : (DateOnly?)null).OfType<DateOnly>()];

    /// <summary>The objects of runs in a day's folder that were last written before a moment.</summary>
    public IReadOnlyList<(Guid Run, string Key)> Objects(Guid orgId, DateOnly day, DateTimeOffset before) =>
        [.. Listed(PathOf(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"bundles/{orgId}/{day:yyyy-MM-dd}")), d => d.EnumerateFiles("*", SearchOption.AllDirectories))
            .Where(f => f.LastWriteTimeUtc < before.UtcDateTime && Guid.TryParse(f.Directory!.Name, out _))
            .Select(f => (Guid.Parse(f.Directory!.Name), Path.GetRelativePath(root, f.FullName).Replace(Path.DirectorySeparatorChar, '/')))];

    private static List<T> Listed<T>(string folder, Func<DirectoryInfo, IEnumerable<T>> list)
    {
        try
        {
            return [.. list(new(folder))];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Errors.OfDisk(folder, e);
        }
    }

    /// <summary>Takes an object back that no row refers to; where even that fails the object is nobody's, and the fault before counts.</summary>
    public void Discard(string key)
    {
        try
        {
            File.Delete(PathOf(key));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Deletes an object for good, and the folders of its day that it leaves empty; one that is gone already is no fault.</summary>
    public void Delete(string key)
    {
        var path = PathOf(key);
        try
        {
            var folder = Path.GetDirectoryName(path)!;
            if (!Directory.Exists(folder))
                return;
            File.Delete(path);
            // Run, module, domain, day: above them new runs come and go.
            for (var level = 0; level < 4 && !Directory.EnumerateFileSystemEntries(folder).Any(); level++, folder = Path.GetDirectoryName(folder)!)
                Directory.Delete(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Errors.OfDisk(path, e);
        }
    }

    private static void Save(string path, ReadOnlySpan<byte> content)
    {
        // Clients' texts: nobody else on this machine may look in.
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        // Under its own name at once: the flush of a new file takes its directory entries along, that of one renamed afterwards does not.
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        RandomAccess.Write(file, content, 0);
        RandomAccess.FlushToDisk(file);
        var read = ArrayPool<byte>.Shared.Rent(content.Length + 1);
        try
        {
            if (RandomAccess.Read(file, read, 0) != content.Length || !content.SequenceEqual(read.AsSpan(0, content.Length)))
                throw new PlatformException("STORE_UNRELIABLE", "The bundle was written and reads back differently. Check the disk under the data directory before you go on.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(read);
        }
    }
}
