using System.Globalization;
using System.Net;
using PromptForge.Core.Limits;
using PromptForge.Web.ApiKeys;
using PromptForge.Web.Limits;
using PromptForge.Web.Tests.ApiKeys;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.Limits;

/// <summary>Each test on both stores. An accepted call is answered 403 here, because the path is for people; the limit is asked before that.</summary>
public sealed class KeyLimitTests(PostgresFixture postgres, RedisServer redis) : IClassFixture<RedisServer>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Stores => ["postgres", "redis"];

    [Theory, MemberData(nameof(Stores))]
    public async Task Two_nodes_that_share_a_key_accept_exactly_its_limit(string store)
    {
        var (tenant, key) = await KeyAsync(60);
        await using var first = await postgres.NewServerAsync(await ConfigurationAsync(store));
        await using var second = await postgres.NewServerAsync(await ConfigurationAsync(store));
        using ApiCaller one = new(first.Address, key.Text), two = new(second.Address, key.Text);
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(client => Task.Run(async () =>
        {
            var got = new List<ApiAnswer>();
            for (var i = 0; i < 10; i++)
                got.Add(await (client % 2 == 0 ? one : two).GetAsync(PathOf(tenant)));
            return got;
        }, Cancel)));

        var all = answers.SelectMany(a => a).ToList();
        Assert.Equal(60, all.Count(a => a.Is(a.Status) is { Status: HttpStatusCode.Forbidden, Code: "ROLE_REQUIRED" }));
        var rejected = all.Where(a => a.Status != HttpStatusCode.Forbidden).ToList();
        Assert.Equal(100, rejected.Count);
        Assert.All(rejected, a =>
        {
            a.Is(HttpStatusCode.TooManyRequests, "RATE_LIMITED");
            Assert.InRange(int.Parse(a.Headers["Retry-After"], CultureInfo.InvariantCulture), 1, 62);
            Assert.Equal(a.Headers["Retry-After"], ((int)a.Json["retry_after"]!).ToString(CultureInfo.InvariantCulture));
            Assert.Equal("\"key\";q=60;w=60", a.Headers["RateLimit-Policy"]);
            Assert.StartsWith("\"key\";r=0;t=", a.Headers["RateLimit"], StringComparison.Ordinal);
        });
        // Not one more, however often it is asked.
        (await one.GetAsync(PathOf(tenant))).Is(HttpStatusCode.TooManyRequests);
        (await two.GetAsync(PathOf(tenant))).Is(HttpStatusCode.TooManyRequests);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task A_caller_is_told_what_is_left(string store)
    {
        var (tenant, key) = await KeyAsync(5);
        await using var server = await postgres.NewServerAsync(await ConfigurationAsync(store));
        using var caller = new ApiCaller(server.Address, key.Text);
        foreach (var left in new[] { 4, 3, 2, 1, 0 })
        {
            var answer = (await caller.GetAsync(PathOf(tenant))).Is(HttpStatusCode.Forbidden);
            Assert.Equal("\"key\";q=5;w=60", answer.Headers["RateLimit-Policy"]);
            Assert.Matches($"^\"key\";r={left};t=[0-9]+$", answer.Headers["RateLimit"]);
        }

        (await caller.GetAsync(PathOf(tenant))).Is(HttpStatusCode.TooManyRequests);
        // Also where no organisation is asked for, and where nothing is found.
        Assert.Equal("\"key\";q=5;w=60", (await caller.GetAsync("/api/nothing")).Is(HttpStatusCode.TooManyRequests).Headers["RateLimit-Policy"]);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Blocks_taken_at_once_never_sum_up_to_more_than_the_limit(string store)
    {
        var (tenant, key) = await KeyAsync(50);
        await using var calls = await StoreAsync(store);
        var id = new KeyId(tenant.OrgId, key.Id);
        var taken = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => calls.Store.TakeAsync(id, null, 50, 1 + (i % 3), i % 5, Cancel)));
        Assert.InRange(taken.Sum(t => t.Granted + t.Ahead), 1, 50);

        foreach (var block in taken.Where(t => t.Ahead > 0))
            await calls.Store.GiveBackAsync(id, new(block.End, block.Ahead, block.Ahead), Cancel);
        var rest = await calls.Store.TakeAsync(id, null, 50, 50, 0, Cancel);
        Assert.Equal(50, taken.Sum(t => t.Granted) + rest.Granted);
        Assert.Equal(0, rest.Held);
        var full = await calls.Store.TakeAsync(id, null, 50, 1, 0, Cancel);
        Assert.Equal(0, full.Granted);
        Assert.InRange(full.Reset, TimeSpan.FromSeconds(30), CallWindow.Length + TimeSpan.FromSeconds(2));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task A_block_is_given_back_and_the_next_one_taken_in_one_step(string store)
    {
        var (tenant, key) = await KeyAsync(20);
        await using var calls = await StoreAsync(store);
        var id = new KeyId(tenant.OrgId, key.Id);
        var first = await calls.Store.TakeAsync(id, null, 20, 1, 8, Cancel);
        Assert.Equal((1, 8, 11), (first.Granted, first.Ahead, first.Left));
        var second = await calls.Store.TakeAsync(id, new(first.End, 8, 5), 20, 1, 0, Cancel);
        Assert.Equal((1, 0, 15), (second.Granted, second.Held, second.Left));
    }

    [Fact]
    public async Task Calls_leave_the_window_after_a_minute_and_their_rows_are_removed()
    {
        var (tenant, key) = await KeyAsync(2);
        await using var calls = await StoreAsync("postgres");
        var id = new KeyId(tenant.OrgId, key.Id);
        Assert.Equal(2, (await calls.Store.TakeAsync(id, null, 2, 5, 0, Cancel)).Granted);
        Assert.Equal(0, (await calls.Store.TakeAsync(id, null, 2, 5, 0, Cancel)).Granted);
        await RunAsync("update api_key_buckets set window_ts = window_ts - interval '70 seconds' where key_id = $1", key.Id);
        Assert.Equal(2, (await calls.Store.TakeAsync(id, null, 2, 5, 0, Cancel)).Granted);
        Assert.Equal(1L, await ReadAsync("select count(*) from api_key_buckets where key_id = $1", key.Id));
        await RunAsync("update api_key_buckets set window_ts = window_ts - interval '70 seconds' where key_id = $1", key.Id);
        await calls.Store.PurgeAsync(id, Cancel);
        Assert.Equal(0L, await ReadAsync("select count(*) from api_key_buckets where key_id = $1", key.Id));
    }

    [Fact]
    public async Task What_a_key_did_is_written_when_the_server_stops_and_rejected_calls_are_not_counted()
    {
        var (tenant, key) = await KeyAsync(3);
        await using (var server = await postgres.NewServerAsync())
        {
            using var caller = new ApiCaller(server.Address, key.Text);
            for (var i = 0; i < 7; i++)
                await caller.GetAsync(PathOf(tenant));
        }

        Assert.Equal(3L, await ReadAsync("select total_calls from api_keys where id = $1 and last_used_at is not null", key.Id));
        Assert.Equal(3L, await ReadAsync("select sum(calls) from api_key_buckets where key_id = $1 and held = 0", key.Id));
    }

    [Fact]
    public async Task D_KEY_09_a_key_stops_working_when_its_org_loses_the_api()
    {
        var (tenant, key) = await KeyAsync(60);
        using var caller = await key.CallerAsync(postgres);
        (await caller.PostAsync("/api/run/M99", new { })).Is(HttpStatusCode.NotFound, "MODULE_NOT_FOUND");
        await RunAsync("update subscriptions set plan_code = 'pro' where org_id = $1", tenant.OrgId);
        ApiAnswer answer;
        while ((answer = await caller.PostAsync("/api/run/M99", new { })).Status == HttpStatusCode.NotFound)
            Cancel.ThrowIfCancellationRequested();
        Assert.Equal("hasAPI", (string?)answer.Is(HttpStatusCode.Forbidden, "ENTITLEMENT_REQUIRED").Json["flag"]);
    }

    [Fact]
    public async Task Nobody_calls_without_a_limit()
    {
        await using var server = await postgres.NewServerAsync(new Dictionary<string, string?> { ["Limits:AnonymousPerMinute"] = "5" });
        using var nobody = new ApiCaller(server.Address);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => nobody.GetAsync("/api/nothing")));
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.NotFound), a => Assert.Contains("Retry-After", a.Is(HttpStatusCode.TooManyRequests, "RATE_LIMITED").Headers.Keys));
        Assert.InRange(answers.Count(a => a.Status == HttpStatusCode.NotFound), 5, 15);
        (await nobody.GetAsync("/health/live")).Is(HttpStatusCode.OK);
    }

    private static string PathOf(Tenant tenant) => $"/api/orgs/{tenant.OrgId}/api-keys";

    private async Task<(Tenant Tenant, Key Key)> KeyAsync(int limit)
    {
        var tenant = await postgres.NewOrgAsync("enterprise");
        return (tenant, await Keys.NewAsync(postgres, tenant, new KeyDraft("limited", [], limit, false, null)));
    }

    private async Task<Dictionary<string, string?>> ConfigurationAsync(string store) =>
        store == "redis" ? new() { ["Redis:ConnectionString"] = await redis.ConnectionStringAsync() } : [];

    private async Task<OpenStore> StoreAsync(string store) => new(store == "redis" ? new RedisCalls(await redis.ConnectionStringAsync()) : new PostgresCalls(await postgres.DbAsync()));

    private async Task RunAsync(string sql, object value)
    {
        await using var command = (await postgres.AdminAsync()).CreateCommand(sql);
        command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private async Task<object?> ReadAsync(string sql, object value)
    {
        await using var command = (await postgres.AdminAsync()).CreateCommand(sql);
        command.Parameters.Add(new() { Value = value });
        return await command.ExecuteScalarAsync(Cancel);
    }

    private sealed record OpenStore(ICallStore Store) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Store is IAsyncDisposable open ? open.DisposeAsync() : ValueTask.CompletedTask;
    }
}
