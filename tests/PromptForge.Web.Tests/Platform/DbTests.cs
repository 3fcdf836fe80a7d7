using Npgsql;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Tests.Platform;

public sealed class DbTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly Guid Org = Guid.CreateVersion7();
    private static readonly Guid OtherOrg = Guid.CreateVersion7();

    private readonly string _table = $"note_{Guid.CreateVersion7():n}";
    private NpgsqlDataSource _admin = null!;
    private Db _db = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Insert => $"insert into public.{_table} (org_id, id, body) values ($1, $2, $3)";

    public async ValueTask InitializeAsync()
    {
        (_db, _admin) = (await postgres.DbAsync(), await postgres.AdminAsync());
        await AdminAsync($$"""
            create table public.{{_table}} (org_id uuid not null, id int not null, body text, written timestamptz not null default now(),
              data jsonb, words text[], primary key (org_id, id));
            alter table public.{{_table}} enable row level security, force row level security;
            create policy own on public.{{_table}} to promptforge_web
              using (org_id = nullif(current_setting('app.org_id', true), '')::uuid);
            grant select, insert, update, delete on public.{{_table}} to promptforge_web;
            """);
    }

    public async ValueTask DisposeAsync() => await AdminAsync($"drop table public.{_table}");

    [Fact]
    public async Task A_request_runs_as_the_web_role_with_its_org_and_its_user()
    {
        var user = Guid.CreateVersion7();

        var seen = await _db.InOrgAsync(Org, user, (scope, ct) => scope.QuerySingleAsync<Seen>(
            "select current_user::text as role, current_setting('app.org_id') as org, current_setting('request.jwt.claims')::jsonb ->> 'sub' as sub", null, ct), Ct);

        Assert.Equal(new Seen("promptforge_web", Org.ToString(), user.ToString()), seen);
    }

    [Fact]
    public async Task A_statement_that_takes_too_long_is_named_as_such()
    {
        await using var hasty = new Db(new NpgsqlConnectionStringBuilder(await postgres.ServerConnectionStringAsync()) { CommandTimeout = 1 }.ConnectionString, TimeProvider.System);
        var late = await Assert.ThrowsAsync<PlatformException>(() => hasty.InOrgAsync(Org, null, (scope, ct) => scope.ExecuteAsync("select pg_sleep(60)", null, ct), Ct));
        Assert.Equal("DATABASE_TIMEOUT", late.Code);
    }

    [Fact]
    public async Task Nothing_of_a_request_is_left_on_the_connection()
    {
        await using var one = await OneConnectionAsync();
        await one.InOrgAsync(Org, Org, (scope, ct) => scope.ExecuteAsync("select 1", null, ct), Ct);

        var seen = await one.AsServerAsync((scope, ct) => scope.QuerySingleAsync<Seen>(
            "select session_user::text as role, current_setting('app.org_id') as org, current_setting('request.jwt.claims') as sub", null, ct), Ct);

        Assert.Equal(new Seen("promptforge_server", "", ""), seen);
    }

    [Fact]
    public async Task Each_org_sees_and_writes_its_own_rows_only()
    {
        await _db.BatchInOrgAsync(Org, null, [new Statement(Insert, Org, 1, "mine")], Ct);
        await _db.BatchInOrgAsync(OtherOrg, null, [new Statement(Insert, OtherOrg, 1, "theirs")], Ct);

        var seen = await _db.InOrgAsync(Org, null, (scope, ct) => scope.QueryAsync<string>($"select body from public.{_table}", null, ct), Ct);
        var refused = await Assert.ThrowsAsync<PlatformException>(() => _db.BatchInOrgAsync(Org, null, [new Statement(Insert, OtherOrg, 2, "smuggled")], Ct));
        var unscoped = await _db.AsServerAsync((scope, ct) => scope.QuerySingleAsync<long>($"select count(*) from public.{_table}", null, ct), Ct);

        Assert.Equal(["mine"], seen);
        Assert.Equal("ACCESS_REFUSED", refused.Code);
        Assert.Equal(0, unscoped);
    }

    [Fact]
    public async Task The_login_itself_may_do_nothing()
    {
        await using var login = NpgsqlDataSource.Create(await postgres.ServerConnectionStringAsync());
        await using var command = login.CreateCommand($"select count(*) from public.{_table}");

        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteScalarAsync(Ct));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Fact]
    public async Task A_batch_is_one_transaction_and_counts_its_rows()
    {
        Assert.Equal(2, await _db.BatchInOrgAsync(Org, null, [new Statement(Insert, Org, 1, "a"), new Statement(Insert, Org, 2, "b")], Ct));

        var refused = await Assert.ThrowsAsync<PlatformException>(() =>
            _db.BatchInOrgAsync(Org, null, [new Statement(Insert, Org, 3, "c"), new Statement(Insert, Org, 1, "again")], Ct));

        Assert.Equal(("DUPLICATE", $"{_table}_pkey"), (refused.Code, refused.Constraint));
        Assert.Equal(2, await CountAsync());
    }

    [Fact]
    public async Task Values_arrive_as_they_were_sent()
    {
        var time = new DateTimeOffset(2026, 3, 1, 14, 30, 0, TimeSpan.FromHours(2));
        await _db.BatchInOrgAsync(Org, null,
        [
            new Statement($"insert into public.{_table} (org_id, id, body, written, data, words) values ($1, $2, $3, $4, $5, $6)",
                Org, 1, (string?)null, time, Value.Jsonb("""{"a": 1}"""), Value.Texts(["x", "y"])),
        ], Ct);

        var row = await _db.InOrgAsync(Org, null, (scope, ct) => scope.QuerySingleAsync<Row>(
            $"select id, body, written, data ->> 'a' as a, words from public.{_table} where id = any(@Ids)", new { Ids = new[] { 1 } }, ct), Ct);

        Assert.Equal((1, null, time, "1"), (row.Id, row.Body, row.Written, row.A));
        Assert.Equal(["x", "y"], row.Words);
    }

    [Fact]
    public async Task A_request_whose_connection_breaks_before_the_commit_is_run_again()
    {
        var runs = 0;
        await _db.InOrgAsync(Org, null, async (scope, ct) =>
        {
            await scope.ExecuteAsync($"insert into public.{_table} (org_id, id) values (@Org, 1)", new { Org }, ct);
            if (++runs == 1)
            {
                await AdminAsync($"select pg_terminate_backend({await scope.QuerySingleAsync<int>("select pg_backend_pid()", null, ct)})");
            }

            return await scope.QuerySingleAsync<int>("select 1", null, ct);
        }, Ct);

        Assert.Equal(2, runs);
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task A_batch_on_a_connection_that_died_in_the_pool_is_sent_again()
    {
        await using var one = await OneConnectionAsync();
        var backend = await one.AsServerAsync((scope, ct) => scope.QuerySingleAsync<int>("select pg_backend_pid()", null, ct), Ct);
        await AdminAsync($"select pg_terminate_backend({backend}, 5000)");

        Assert.Equal(1, await one.BatchInOrgAsync(Org, null, [new Statement(Insert, Org, 1, "a")], Ct));
    }

    [Fact]
    public async Task The_loser_of_a_conflict_is_run_again()
    {
        var runs = 0;
        await _db.InOrgAsync(Org, null, (scope, ct) => ++runs < 3
            ? scope.ExecuteAsync("do $$ begin raise serialization_failure; end $$", null, ct)
            : scope.ExecuteAsync("select 1", null, ct), Ct);

        Assert.Equal(3, runs);
    }

    [Fact]
    public async Task A_database_that_stays_away_is_called_that_once_patience_ends()
    {
        var nowhere = new NpgsqlConnectionStringBuilder(await postgres.ServerConnectionStringAsync()) { Port = 1 };
        await using var db = new Db(nowhere.ConnectionString, TimeProvider.System) { Patience = TimeSpan.FromMilliseconds(200) };

        var failed = await Assert.ThrowsAsync<PlatformException>(() => db.BatchInOrgAsync(Org, null, [], Ct));

        Assert.Equal("DATABASE_UNAVAILABLE", failed.Code);
        Assert.False(await db.PingAsync(Ct));
    }

    [Fact]
    public async Task A_server_that_takes_the_connection_and_never_answers_is_unavailable_at_start()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        var address = new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = ((System.Net.IPEndPoint)silent.LocalEndpoint).Port, Username = "somebody", Timeout = 1 };

        var failed = await Assert.ThrowsAsync<PlatformException>(() => AdminConnection.OpenAsync(address.ConnectionString, Ct));

        Assert.Equal("DATABASE_UNAVAILABLE", failed.Code);
    }

    [Fact]
    public async Task A_cancelled_request_stops_in_the_database_too()
    {
        using var cancelled = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            _db.InOrgAsync(Org, null, (scope, ct) => scope.ExecuteAsync($"select pg_sleep(30) /* {_table} */", null, ct), cancelled.Token));

        await using var running = _admin.CreateCommand($"select count(*) from pg_stat_activity where state = 'active' and query like '%{_table}%' and pid <> pg_backend_pid()");
        Assert.Equal(0L, await running.ExecuteScalarAsync(Ct));
    }

    private async Task<Db> OneConnectionAsync() => new(await postgres.ServerConnectionStringAsync(), TimeProvider.System, poolSize: 1);

    private async Task<long> CountAsync() =>
        await _db.InOrgAsync(Org, null, (scope, ct) => scope.QuerySingleAsync<long>($"select count(*) from public.{_table}", null, ct), Ct);

    private async Task AdminAsync(string sql)
    {
        await using var command = _admin.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private sealed record Seen(string Role, string Org, string Sub);

    private sealed record Row(int Id, string? Body, DateTimeOffset Written, string A, string[] Words);
}
