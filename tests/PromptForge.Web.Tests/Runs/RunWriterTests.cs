using System.Text;
using Npgsql;
using PromptForge.Core.SevenD;
using PromptForge.Web.Bundles;
using PromptForge.Web.Platform;
using PromptForge.Web.Runs;

namespace PromptForge.Web.Tests.Runs;

/// <summary>What waits while an org's row is held goes to the database in one transaction, so a held row makes groups that a test can rely on.</summary>
public sealed class RunWriterTests(PostgresFixture postgres, RunFixture fixture) : IClassFixture<RunFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_that_the_database_refuses_fails_alone_and_its_object_is_taken_back()
    {
        var (org, other) = ((await fixture.OrgAsync("enterprise")).OrgId, (await fixture.OrgAsync("enterprise")).OrgId);
        var writer = new RunWriter(await postgres.DbAsync(), fixture.Store);
        var runs = await RunsAsync(org, 8);
        runs[5] = runs[5] with { Rows = [RunRows.ParameterSet(other, Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), await SevenDAsync("fintech"))] };

        List<Task> writes;
        await using (await HoldAsync(org))
            writes = [.. runs.Select(r => writer.WriteAsync(r, Cancel))];

        Assert.Equal("ACCESS_REFUSED", (await Assert.ThrowsAsync<PlatformException>(() => writes[5])).Code);
        writes.RemoveAt(5);
        await Task.WhenAll(writes);
        Assert.Equal(7, await StoredAsync(org));
        Assert.Equal(0, await StoredAsync(other));
        Assert.Equal(runs.Where((_, i) => i != 5).Select(r => r.StoreKey), runs.Select(r => r.StoreKey).Where(Kept));
    }

    [Fact]
    public async Task A_caller_that_gives_up_takes_nobody_along_and_leaves_no_object()
    {
        var org = (await fixture.OrgAsync("enterprise")).OrgId;
        var writer = new RunWriter(await postgres.DbAsync(), fixture.Store);
        var runs = await RunsAsync(org, 8);
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(Cancel);

        List<Task> writes;
        await using (await HoldAsync(org))
        {
            writes = [.. runs.Select((r, i) => writer.WriteAsync(r, i == 5 ? gone.Token : Cancel))];
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writes[5]);
        }

        writes.RemoveAt(5);
        await Task.WhenAll(writes);
        Assert.Equal(7, await StoredAsync(org));
        Assert.False(Kept(runs[5].StoreKey));
    }

    [Fact]
    public async Task Runs_whose_connection_breaks_on_the_way_are_sent_again()
    {
        var org = (await fixture.OrgAsync("enterprise")).OrgId;
        await using var db = new Db(await postgres.ServerConnectionStringAsync(), TimeProvider.System);
        var writer = new RunWriter(db, fixture.Store);

        List<Task> writes;
        await using (var held = await HoldAsync(org))
        {
            writes = [.. (await RunsAsync(org, 8)).Select(r => writer.WriteAsync(r, Cancel))];
            await held.CutAsync();
        }

        await Task.WhenAll(writes);
        Assert.Equal(8, await StoredAsync(org));
    }

    [Fact]
    public async Task A_database_that_goes_away_for_good_fails_the_runs_and_keeps_the_objects_whose_rows_may_be_there()
    {
        var org = (await fixture.OrgAsync("enterprise")).OrgId;
        await using var db = new Db(await postgres.ServerConnectionStringAsync(), TimeProvider.System) { Patience = TimeSpan.Zero };
        var writer = new RunWriter(db, fixture.Store);
        var runs = await RunsAsync(org, 2);

        await using var held = await HoldAsync(org);
        List<Task> writes = [writer.WriteAsync(runs[0], Cancel), writer.WriteAsync(runs[1], Cancel)];
        foreach (var write in writes)
        {
            await held.CutAsync();
            Assert.Equal("DATABASE_UNAVAILABLE", (await Assert.ThrowsAsync<PlatformException>(() => write)).Code);
        }

        Assert.All(runs, r => Assert.True(Kept(r.StoreKey)));
    }

    [Fact]
    public async Task What_is_refused_when_it_is_sent_again_may_have_been_stored_before_so_its_object_stays()
    {
        var org = (await fixture.OrgAsync("enterprise")).OrgId;
        await using var relay = new Relay(await postgres.ServerConnectionStringAsync());
        await using var db = new Db(relay.ConnectionString, TimeProvider.System) { Patience = TimeSpan.FromMinutes(5) };
        var writer = new RunWriter(db, fixture.Store);
        var run = (await RunsAsync(org, 1))[0];

        Task write;
        await using (var held = await HoldAsync(org))
        {
            write = writer.WriteAsync(run, Cancel);
            await held.WaitedForAsync();
            relay.LoseTheNextAnswer();
        }

        await relay.Lost;
        Assert.Equal(1, await StoredAsync(org));
        await using (var delete = (await postgres.AdminAsync()).CreateCommand("delete from orgs where id = $1"))
        {
            delete.Parameters.Add(new() { Value = org });
            await delete.ExecuteNonQueryAsync(Cancel);
        }

        relay.GoOn();
        Assert.Equal("DATABASE_UNAVAILABLE", (await Assert.ThrowsAsync<PlatformException>(() => write)).Code);
        Assert.True(Kept(run.StoreKey));
    }

    [Fact]
    public async Task Two_orgs_that_write_at_once_never_share_a_transaction()
    {
        var tenants = new[] { (await fixture.OrgAsync("enterprise")).OrgId, (await fixture.OrgAsync("enterprise")).OrgId };
        var writer = new RunWriter(await postgres.DbAsync(), fixture.Store);
        var runs = (await RunsAsync(tenants[0], 20)).Zip(await RunsAsync(tenants[1], 20), (a, b) => new[] { a, b }).SelectMany(pair => pair);

        await Task.WhenAll(runs.Select(r => writer.WriteAsync(r, Cancel)));

        foreach (var org in tenants)
            Assert.Equal(20, await StoredAsync(org));
        await using var transactions = (await postgres.AdminAsync()).CreateCommand("select count(*) from (select xmin::text from parameter_sets where org_id = any ($1) group by xmin::text having count(distinct org_id) > 1) x");
        transactions.Parameters.Add(new() { Value = tenants });
        Assert.Equal(0L, await transactions.ExecuteScalarAsync(Cancel));
    }

    /// <summary>The smallest records there are: one row, and an object.</summary>
    private async Task<RunRecord[]> RunsAsync(Guid org, int count)
    {
        var runs = new List<RunRecord>();
        foreach (var domain in (await fixture.CatalogAsync()).Domains.Take(count))
        {
            var (now, sevenD) = (TimeProvider.System.GetUtcNow(), await SevenDAsync(domain.Code));
            var key = BundleStore.Key(org, now, domain.Code, "M07", Guid.CreateVersion7(now), "bundle.zip");
            await fixture.Store.SaveAsync(key, Encoding.UTF8.GetBytes(domain.Code), Cancel);
            runs.Add(new(org, null, [RunRows.ParameterSet(org, RunRows.ParameterSetId(org, sevenD.Set), sevenD)], key));
        }

        return [.. runs];
    }

    private async Task<Normalized> SevenDAsync(string domain) => SevenDParser.Normalize(new SevenDRequest { Domain = domain }, await fixture.CatalogAsync()).Value;

    private bool Kept(string? key) => File.Exists(fixture.Store.PathOf(key!));

    private async Task<int> StoredAsync(Guid org) => await (await postgres.DbAsync()).InOrgAsync(org, null, (scope, ct) => scope.QuerySingleAsync<int>("select count(*)::int from parameter_sets", null, ct), Cancel);

    private async Task<Held> HoldAsync(Guid org)
    {
        var admin = await postgres.AdminAsync();
        var connection = await admin.OpenConnectionAsync(Cancel);
        var transaction = await connection.BeginTransactionAsync(Cancel);
        await using var hold = new NpgsqlCommand("select pg_backend_pid() from orgs where id = $1 for update", connection, transaction) { Parameters = { new() { Value = org } } };
        return new(admin, transaction, connection, (int)(await hold.ExecuteScalarAsync(Cancel))!);
    }

    private sealed class Held(NpgsqlDataSource admin, NpgsqlTransaction transaction, NpgsqlConnection connection, int backend) : IAsyncDisposable
    {
        /// <summary>Ends the backend that waits for what is held, once there is one.</summary>
        public async Task CutAsync()
        {
            await using var cut = admin.CreateCommand("select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where $1 = any (pg_blocking_pids(pid))");
            cut.Parameters.Add(new() { Value = backend });
            while ((long)(await cut.ExecuteScalarAsync(Cancel))! == 0)
                await Task.Yield();
        }

        public async Task WaitedForAsync()
        {
            await using var waiting = admin.CreateCommand("select count(*) from pg_stat_activity where $1 = any (pg_blocking_pids(pid))");
            waiting.Parameters.Add(new() { Value = backend });
            while ((long)(await waiting.ExecuteScalarAsync(Cancel))! == 0)
                await Task.Yield();
        }

        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
