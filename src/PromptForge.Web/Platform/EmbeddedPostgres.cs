using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace PromptForge.Web.Platform;

/// <summary>
/// A PostgreSQL of our own in a data directory. Processes that share the directory share one server: the first starts it, the
/// others use it, and whoever still needs it when it goes away starts it again (<see cref="EnsureRunningAsync"/>).
/// </summary>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    private const string AdminSecret = "postgres.secret";
    private const string ServerSecret = "server.secret";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(5);

    private readonly DataDirectory _directory;
    private readonly TimeProvider _clock;
    private Process? _server;

    private EmbeddedPostgres(DataDirectory directory, TimeProvider clock) => (_directory, _clock) = (directory, clock);

    public int Port { get; private set; }

    /// <summary>Whether the server is a child of this process.</summary>
    public bool Owned => _server is { HasExited: false };

    public string AdminConnectionString => ConnectionString("postgres", _directory.Read(AdminSecret));

    public string ServerConnectionString => ConnectionString(Roles.ServerLogin, ServerPassword);

    internal string ServerPassword => _directory.Read(ServerSecret);

    /// <summary>The login, if the database has one already, still goes by another password.</summary>
    internal bool ServerPasswordIsNew { get; private set; }

    public static async Task<EmbeddedPostgres> StartAsync(string dataDirectory, TimeProvider clock, CancellationToken ct)
    {
        var postgres = new EmbeddedPostgres(DataDirectory.Open(dataDirectory), clock);
        await postgres.EnsureRunningAsync(ct);
        return postgres;
    }

    /// <summary>The server that runs in a data directory right now, or null; starts nothing and writes nothing.</summary>
    public static EmbeddedPostgres? FindRunning(string dataDirectory)
    {
        if (!Directory.Exists(dataDirectory))
        {
            return null;
        }

        var postgres = new EmbeddedPostgres(DataDirectory.At(dataDirectory), TimeProvider.System);
        if (PostmasterFile.Read(postgres._directory.Cluster) is not { Alive: true, Ready: true } running)
        {
            return null;
        }

        postgres.Port = running.Port;
        return postgres;
    }

    public async Task EnsureRunningAsync(CancellationToken ct)
    {
        using var held = await _directory.LockAsync(_clock, ct);
        ServerPasswordIsNew |= _directory.Make(ServerSecret);
        if (await FindServerAsync(ct) is { } running)
        {
            Port = running.Port;
            return;
        }

        if (!Directory.Exists(_directory.Cluster))
        {
            await InitialiseAsync(ct);
        }
        else if (!_directory.Holds(AdminSecret))
        {
            throw new PlatformException("DATA_DIR_INVALID",
                $"{_directory.Root} holds a database but not its password file postgres.secret. Put the file back, or name another directory with --data DIR.");
        }

        await LaunchAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not { HasExited: false } server)
        {
            return;
        }

        ChildProcess.Signal(server.Id, ChildProcess.Interrupt);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10), _clock);
        try
        {
            await server.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            ChildProcess.Signal(server.Id, ChildProcess.Quit);
            await server.WaitForExitAsync(CancellationToken.None);
        }
    }

    private async Task<PostmasterFile?> FindServerAsync(CancellationToken ct)
    {
        var started = _clock.GetTimestamp();
        while (PostmasterFile.Read(_directory.Cluster) is { Alive: true } running)
        {
            if (running.Ready)
            {
                return running;
            }

            if (_clock.GetElapsedTime(started) > StartLimit)
            {
                throw new PlatformException("POSTGRES_START_FAILED",
                    $"The PostgreSQL of {_directory.Root} (process {running.ProcessId}) does not become ready. Read {_directory.Log}, stop that process, then try again.");
            }

            await Task.Delay(Beat, _clock, ct);
        }

        return null;
    }

    private async Task InitialiseAsync(CancellationToken ct)
    {
        _directory.Make(AdminSecret);
        var unfinished = _directory.Cluster + ".new";
        if (Directory.Exists(unfinished))
        {
            Directory.Delete(unfinished, recursive: true);
        }

        Directory.CreateDirectory(unfinished, DataDirectory.OwnerOnly | UnixFileMode.UserExecute);
        var password = _directory.Copy(AdminSecret);
        _directory.Hand(unfinished, password);
        using var initdb = ChildProcess.Start(ChildProcess.Quit, _directory.NewLog(),
        [
            Path.Combine(PostgresBinaries.Find(), "initdb"), "-D", unfinished, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
            "--auth=scram-sha-256", "--pwfile=" + password, "--data-checksums",
        ]);
        await initdb.WaitForExitAsync(ct);
        File.Delete(password);
        if (initdb.ExitCode != 0)
        {
            throw Errors.OfPostgresLog("initdb", _directory);
        }

        Directory.Move(unfinished, _directory.Cluster);
        // initdb would wait a second for the disk; this hands the same job to the kernel while the server already starts.
        Process.Start("sync", ["-f", _directory.Root]).Dispose();
    }

    private async Task LaunchAsync(CancellationToken ct)
    {
        var bin = PostgresBinaries.Find();
        PostmasterFile.DiscardRecycled(_directory.Cluster);
        _directory.Hand(_directory.Cluster);
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort(attempt == 1 ? _directory.LastPort() : 0);
            _server = ChildProcess.Start(ChildProcess.Interrupt, _directory.NewLog(), [Path.Combine(bin, "postgres"), .. Arguments(port)]);
            if (await IsReadyAsync(_server, ct))
            {
                Port = port;
                DataDirectory.WriteAtomically(_directory.PortFile, port.ToString(CultureInfo.InvariantCulture));
                return;
            }

            var failure = Errors.OfPostgresLog("postgres", _directory);
            if (failure.Code != "PORT_IN_USE" || attempt == 5)
            {
                throw failure;
            }
        }
    }

    private async Task<bool> IsReadyAsync(Process server, CancellationToken ct)
    {
        var started = _clock.GetTimestamp();
        while (!server.HasExited)
        {
            if (PostmasterFile.Read(_directory.Cluster) is { Ready: true } file && file.ProcessId == server.Id)
            {
                return true;
            }

            if (_clock.GetElapsedTime(started) > StartLimit)
            {
                ChildProcess.Signal(server.Id, ChildProcess.Quit);
                return false;
            }

            await Task.Delay(Beat, _clock, ct);
        }

        return false;
    }

    private string[] Arguments(int port) =>
    [
        "-D", _directory.Cluster, "-p", port.ToString(CultureInfo.InvariantCulture),
        "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=100",
        "-c", "shared_buffers=32MB", "-c", "max_wal_size=256MB", "-c", "jit=off", "-c", "timezone=UTC", "-c", "log_timezone=UTC",
        // A statement or a row in the log would be a customer's text in the log.
        "-c", "log_min_error_statement=panic", "-c", "log_error_verbosity=terse",
    ];

    private static int FreePort(int wanted)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, wanted);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
        catch (SocketException) when (wanted != 0)
        {
            return FreePort(0);
        }
    }

    private string ConnectionString(string user, string password) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Database = "postgres",
        Username = user,
        Password = password,
    }.ConnectionString;
}
