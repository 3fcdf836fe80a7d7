using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;

namespace PromptForge.Web.Platform;

/// <summary>The directory that holds a node's database, its secrets and the lock that lets several processes share it.</summary>
internal sealed class DataDirectory
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private DataDirectory(string path) => Root = path;

    public string Root { get; }

    public string Cluster => Path.Combine(Root, "pg");

    public string Log => Path.Combine(Root, "postgres.log");

    public string PortFile => Path.Combine(Root, "postgres.port");

    public static DataDirectory Open(string path)
    {
        var full = Path.GetFullPath(path);
        if (File.Exists(full))
        {
            throw new PlatformException("DATA_DIR_INVALID", $"The data directory {full} is a file. Name a directory with --data DIR.");
        }

        return Guard(full, () =>
        {
            Directory.CreateDirectory(full, OwnerOnly | UnixFileMode.UserExecute);
            var probe = Path.Combine(full, $".write-{Environment.ProcessId}");
            File.WriteAllBytes(probe, [0]);
            File.Delete(probe);
            return new DataDirectory(full);
        });
    }

    public static DataDirectory At(string path) => new(Path.GetFullPath(path));

    /// <summary>Makes a secret that only the owner can read, once; call it under the lock.</summary>
    /// <returns>Whether it was made now.</returns>
    public bool Make(string secret) => Guard(Root, () =>
    {
        if (Holds(secret))
        {
            return false;
        }

        WriteAtomically(Path.Combine(Root, secret), Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));
        return true;
    });

    public string Read(string secret) => Guard(Root, () => File.ReadAllText(Path.Combine(Root, secret)).Trim());

    /// <summary>The port of the last run: keeping it lets other processes find a server that was started again.</summary>
    public int LastPort() =>
        File.Exists(PortFile) && int.TryParse(File.ReadAllText(PortFile), CultureInfo.InvariantCulture, out var port) && port is > 1023 and < 65536 ? port : 0;

    /// <summary>Sets the last run's log aside and returns the path of the new one.</summary>
    public string NewLog() => Guard(Log, () =>
    {
        if (File.Exists(Log))
        {
            File.Move(Log, Log + ".1", overwrite: true);
        }

        return Log;
    });

    /// <summary>A copy that <c>initdb</c> may be given; whoever asks deletes it.</summary>
    public string Copy(string secret)
    {
        var copy = Path.Combine(Root, "initdb.secret");
        WriteAtomically(copy, Read(secret));
        return copy;
    }

    /// <summary>Lets the user that PostgreSQL runs as have these paths, where that is not us.</summary>
    public void Hand(params string[] paths)
    {
        if (ChildProcess.GivesFilesAway)
        {
            File.SetUnixFileMode(Root, OwnerOnly | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            ChildProcess.Run("chown", ["-R", "65534:65534", .. paths]);
        }
    }

    public bool Holds(string name) => File.Exists(Path.Combine(Root, name));

    public static void WriteAtomically(string path, string text) => Guard(path, () =>
    {
        var next = $"{path}.{Environment.ProcessId}.{Path.GetRandomFileName()}";
        using (var file = new FileStream(next, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
        return true;
    });

    /// <summary>Holds the start lock until disposed; the kernel lets go of it when the process dies.</summary>
    public async Task<IDisposable> LockAsync(TimeProvider clock, CancellationToken ct)
    {
        var path = Path.Combine(Root, "start.lock");
        var started = clock.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path, new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate,
                    Access = FileAccess.ReadWrite,
                    Share = FileShare.None,
                    UnixCreateMode = OwnerOnly,
                });
            }
            catch (IOException) when (clock.GetElapsedTime(started) < TimeSpan.FromSeconds(60))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), clock, ct);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new PlatformException("DATA_DIR_BUSY",
                    $"Another process has held {path} for a minute. Stop the other ./forge, or name another directory with --data DIR.", e);
            }
        }
    }

    private static T Guard<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Errors.OfDisk(path, e);
        }
    }
}
