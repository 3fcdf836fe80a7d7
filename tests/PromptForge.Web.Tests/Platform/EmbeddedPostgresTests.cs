using System.Globalization;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Tests.Platform;

public sealed class EmbeddedPostgresTests : IDisposable
{
    private const int Kill = 9;

    private readonly TemporaryData _data = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private DatabaseSettings Settings => new(null, null, _data.Path);

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task A_killed_process_leaves_no_server_and_the_next_start_recovers()
    {
        using (var forge = Forge.Start(["up", "--port", "0", "--data", _data.Path]))
        {
            await forge.AddressAsync(Ct);
            Assert.NotNull(_data.Server);

            await forge.StopAsync(Kill, Ct);
            await _data.ServerGoneAsync(Ct);
        }

        await using var database = await Database.OpenAsync(Settings, TimeProvider.System, Ct);
        Assert.True(await database.Db.PingAsync(Ct));
    }

    [Fact]
    public async Task Two_that_start_at_once_share_one_server_and_the_guest_does_not_stop_it()
    {
        var both = await Task.WhenAll(
            Database.OpenAsync(Settings, TimeProvider.System, Ct),
            Database.OpenAsync(Settings, TimeProvider.System, Ct));
        var host = both.Single(database => database.OwnsServer);
        var guest = both.Single(database => !database.OwnsServer);

        await guest.DisposeAsync();
        Assert.True(await host.Db.PingAsync(Ct));

        await host.DisposeAsync();
        Assert.Null(_data.Server);
    }

    [Fact]
    public async Task A_guest_whose_host_leaves_starts_the_server_again()
    {
        var host = await Database.OpenAsync(Settings, TimeProvider.System, Ct);
        await using var guest = await Database.OpenAsync(Settings, TimeProvider.System, Ct);
        Assert.Equal(1, await OneAsync(guest.Db));

        await host.DisposeAsync();

        Assert.Equal(1, await OneAsync(guest.Db));
        Assert.True(guest.OwnsServer);
    }

    [Fact]
    public async Task Many_that_come_and_go_at_once_all_get_their_answer()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var round = 0; round < 5; round++)
            {
                await using var database = await Database.OpenAsync(Settings, TimeProvider.System, Ct);
                Assert.Equal(1, await OneAsync(database.Db));
            }
        }, Ct)));

        Assert.Null(_data.Server);
    }

    [Fact]
    public async Task A_server_that_is_killed_comes_back_for_the_next_request()
    {
        await using var database = await Database.OpenAsync(Settings, TimeProvider.System, Ct);
        Assert.Equal(1, await OneAsync(database.Db));

        ChildProcess.Signal(_data.Server!.ProcessId, Kill);
        await _data.ServerGoneAsync(Ct);

        Assert.Equal(1, await OneAsync(database.Db));
    }

    [Fact]
    public async Task A_stale_file_that_names_a_living_stranger_is_no_obstacle()
    {
        await using (var database = await Database.OpenAsync(Settings, TimeProvider.System, Ct))
        {
            File.Copy(Path.Combine(_data.Cluster, "postmaster.pid"), Path.Combine(_data.Path, "copy"));
        }

        var lines = await File.ReadAllLinesAsync(Path.Combine(_data.Path, "copy"), Ct);
        lines[0] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        await File.WriteAllLinesAsync(Path.Combine(_data.Cluster, "postmaster.pid"), lines, Ct);

        await using var again = await Database.OpenAsync(Settings, TimeProvider.System, Ct);
        Assert.True(again.OwnsServer);
    }

    [Fact]
    public async Task An_interrupted_first_start_is_begun_anew()
    {
        Directory.CreateDirectory(_data.Cluster + ".new");
        await File.WriteAllTextAsync(Path.Combine(_data.Cluster + ".new", "PG_VERSION"), "half", Ct);

        await using var database = await Database.OpenAsync(Settings, TimeProvider.System, Ct);

        Assert.True(await database.Db.PingAsync(Ct));
    }

    [Fact]
    public async Task Nobody_else_can_read_what_is_stored()
    {
        await using var database = await Database.OpenAsync(Settings, TimeProvider.System, Ct);

        var readable = Directory.EnumerateFiles(_data.Path, "*", SearchOption.AllDirectories)
            .Where(file => (File.GetUnixFileMode(file) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)) != 0)
            .Select(Path.GetFileName);

        Assert.Empty(readable);
    }

    [Fact]
    public async Task It_listens_on_loopback_only_and_logs_no_statement()
    {
        await using var database = await Database.OpenAsync(Settings, TimeProvider.System, Ct);

        await Assert.ThrowsAsync<PlatformException>(() => database.Db.AsServerAsync(
            (scope, ct) => scope.ExecuteAsync("select 'a customer''s words' from nowhere", null, ct), Ct));

        var log = await File.ReadAllTextAsync(Path.Combine(_data.Path, "postgres.log"), Ct);
        Assert.DoesNotContain("customer", log, StringComparison.Ordinal);
        Assert.Contains("listening on IPv4 address \"127.0.0.1\"", log, StringComparison.Ordinal);
        Assert.Equal(1, log.Split("listening on").Length - 1);
    }

    [Theory]
    [InlineData("/dev/null", "DATA_DIR_INVALID")]
    [InlineData("/dev/null/data", "DATA_DIR_INVALID")]
    [InlineData("/sys/promptforge", "DATA_DIR_READ_ONLY")]
    public async Task A_place_that_cannot_hold_data_is_refused_by_name(string path, string code)
    {
        var refused = await Assert.ThrowsAsync<PlatformException>(() => EmbeddedPostgres.StartAsync(path, TimeProvider.System, Ct));

        Assert.Equal(code, refused.Code);
        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
        Assert.Contains("--data DIR", refused.Message, StringComparison.Ordinal);
    }

    private static Task<int> OneAsync(Db db) => db.AsServerAsync((scope, ct) => scope.QuerySingleAsync<int>("select 1", null, ct), Ct);
}
