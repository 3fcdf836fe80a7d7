using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PromptForge.Web.ApiKeys;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tests.Http;
using PromptForge.Web.Tests.Identity;

namespace PromptForge.Web.Tests.ApiKeys;

/// <summary>A key that is let in is refused by this path for being no person: 403 says that it was known, 401 that it was not.</summary>
public sealed class ApiKeyCallTests(PostgresFixture postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Unknown_revoked_expired_and_malformed_keys_answer_the_same()
    {
        var tenant = await postgres.NewOrgAsync("enterprise");
        var (revoked, expired) = (await Keys.NewAsync(postgres, tenant), await Keys.NewAsync(postgres, tenant));
        await RunAsync("update api_keys set revoked_at = now() where id = $1", revoked.Id);
        await RunAsync("update api_keys set expires_at = now() where id = $1", expired.Id);
        var answers = new List<string>();
        foreach (var text in new[] { KeySecrets.Make(test: false), revoked.Text, expired.Text, "pf_live_", "pf_live_AAAA." + new string('A', 49), revoked.Text[..^1] + "!" })
        {
            using var system = await CallerAsync(text);
            var answer = (await system.GetAsync(PathOf(tenant))).Is(HttpStatusCode.Unauthorized, "API_KEY_INVALID");
            answer.Json["trace_id"] = "";
            answers.Add(answer.Json.ToJsonString());
        }

        Assert.Single(answers.Distinct());
    }

    [Fact]
    public async Task A_key_that_is_not_valid_is_refused_where_nobody_has_to_be_known()
    {
        using var system = await CallerAsync(KeySecrets.Make(test: false));
        (await system.GetAsync("/api/nothing")).Is(HttpStatusCode.Unauthorized, "API_KEY_INVALID");
    }

    [Fact]
    public async Task A_revoked_key_stops_working_on_every_node_as_soon_as_the_change_is_heard()
    {
        var tenant = await postgres.NewOrgAsync("enterprise");
        var key = await Keys.NewAsync(postgres, tenant);
        await using var second = await postgres.NewServerAsync();
        using var here = await key.CallerAsync(postgres);
        using var there = new ApiCaller(second.Address, key.Text);
        (await here.GetAsync(PathOf(tenant))).Is(HttpStatusCode.Forbidden);
        (await there.GetAsync(PathOf(tenant))).Is(HttpStatusCode.Forbidden);

        using var owner = await (await Accounts.SignInAsync(postgres, tenant.OwnerId)).CallerAsync(postgres);
        (await owner.DeleteAsync($"{PathOf(tenant)}/{key.Id}")).Is(HttpStatusCode.NoContent);
        var revoked = TimeProvider.System.GetTimestamp();
        await GoneAsync(here);
        await GoneAsync(there);
        // By its age alone a cached key would have gone on for a minute: it was the change that was heard.
        Assert.True(TimeProvider.System.GetElapsedTime(revoked) < TimeSpan.FromSeconds(30));

        async Task GoneAsync(ApiCaller caller)
        {
            while ((await caller.GetAsync(PathOf(tenant))).Status != HttpStatusCode.Unauthorized)
                Cancel.ThrowIfCancellationRequested();
        }
    }

    [Fact]
    public async Task A_key_is_read_once_and_then_known_until_it_changes()
    {
        var tenant = await postgres.NewOrgAsync("enterprise");
        var key = await Keys.NewAsync(postgres, tenant, "api.read");
        var server = await postgres.ServerAsync();
        var (known, hash) = (server.Services.GetRequiredService<KnownKeys>(), server.Services.GetRequiredService<KeySecrets>().HashOf(key.Text));
        var first = await known.FindAsync(hash, null, Cancel);
        Assert.Equal(new KeyCaller(tenant.OrgId, key.Id, key.Text[..12], first!.Scopes, false, 60), first);
        Assert.Equal(["api.read"], first.Scopes);
        Assert.Same(first, await known.FindAsync(hash, null, Cancel));

        // Counters change nothing that is cached, and are not told.
        var usage = server.Services.GetRequiredService<KeyUsage>();
        usage.Called(first);
        usage.Called(first);
        await usage.FlushAsync(Cancel);
        Assert.Equal(1L, await CountAsync("select count(*) from api_keys where id = $1 and total_calls = 2 and last_used_at is not null", key.Id));
        Assert.Same(first, await known.FindAsync(hash, null, Cancel));

        await RunAsync("update api_keys set rate_limit_per_min = 5 where id = $1", key.Id);
        KeyCaller? changed;
        while ((changed = await known.FindAsync(hash, null, Cancel))?.OwnLimitPerMinute != 5)
            await Task.Yield();
        Assert.NotSame(first, changed);
    }

    [Fact]
    public async Task D_KEY_08_only_the_authorization_header_counts()
    {
        var tenant = await postgres.NewOrgAsync("enterprise");
        var key = await Keys.NewAsync(postgres, tenant);
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        (await nobody.GetAsync(PathOf(tenant), ("X-Api-Key", key.Text), ("X-PF-Api-Key", key.Text))).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
        (await nobody.GetAsync(PathOf(tenant), ("Authorization", $"Basic {key.Text}"))).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
        (await nobody.GetAsync(PathOf(tenant), ("Authorization", $"bearer {key.Text}"))).Is(HttpStatusCode.Forbidden, "ROLE_REQUIRED");
    }

    [Theory]
    [InlineData("/api/orgs?key={key}")]
    [InlineData("/api/orgs?a=b&pf%5Flive{rest}")]
    [InlineData("/api/orgs?a=pf%255Flive{rest}")]
    [InlineData("/api/{key}/x")]
    [InlineData("/health/live?{key}")]
    public async Task A_key_in_the_url_is_refused(string path)
    {
        var key = KeySecrets.Make(test: false);
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        var answer = (await nobody.GetAsync(path.Replace("{key}", key, StringComparison.Ordinal).Replace("{rest}", key[7..], StringComparison.Ordinal))).Is(HttpStatusCode.BadRequest, "API_KEY_IN_URL");
        Assert.DoesNotContain(key[13..], answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_no_person_and_signs_nobody_in()
    {
        var key = await Keys.NewAsync(postgres, await postgres.NewOrgAsync("enterprise"));
        using var system = await key.CallerAsync(postgres);
        (await system.GetAsync("/api/auth/me")).Is(HttpStatusCode.Forbidden, "ROLE_REQUIRED");
    }

    [Fact]
    public async Task Another_orgs_key_learns_nothing_of_this_one()
    {
        var key = await Keys.NewAsync(postgres, await postgres.NewOrgAsync("enterprise"));
        using var system = await key.CallerAsync(postgres);
        (await system.GetAsync(PathOf(await postgres.NewOrgAsync("enterprise")))).Is(HttpStatusCode.NotFound, "NOT_FOUND");
    }

    [Fact]
    public async Task Calls_into_another_org_count_like_any_other()
    {
        var (tenant, other) = (await postgres.NewOrgAsync("enterprise"), await postgres.NewOrgAsync("enterprise"));
        using var system = await (await Keys.NewAsync(postgres, tenant, new KeyDraft("few", ["api.read"], 2, false, null))).CallerAsync(postgres);
        (await system.GetAsync(PathOf(other))).Is(HttpStatusCode.NotFound);
        (await system.GetAsync(PathOf(other))).Is(HttpStatusCode.NotFound);
        (await system.GetAsync(PathOf(other))).Is(HttpStatusCode.TooManyRequests, "RATE_LIMITED");
    }

    [Fact]
    public async Task A_refused_key_is_not_worth_a_line_in_the_log() =>
        Assert.False((await postgres.ServerAsync()).Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ApiKeyScheme).FullName!).IsEnabled(LogLevel.Information));

    [Fact]
    public async Task Whoever_guesses_has_to_wait_and_keys_that_are_known_go_on_working()
    {
        var tenant = await postgres.NewOrgAsync("enterprise");
        var key = await Keys.NewAsync(postgres, tenant);
        await using var server = await postgres.NewServerAsync();
        using var system = new ApiCaller(server.Address, key.Text);
        (await system.GetAsync(PathOf(tenant))).Is(HttpStatusCode.Forbidden);
        var refused = 0;
        for (var guess = 0; refused == 0 && guess < 100; guess++)
        {
            using var guesser = new ApiCaller(server.Address, KeySecrets.Make(test: false));
            var answer = await guesser.GetAsync(PathOf(tenant));
            if (answer.Status == HttpStatusCode.TooManyRequests)
                refused = guess;
        }

        Assert.Equal(30, refused);
        (await system.GetAsync(PathOf(tenant))).Is(HttpStatusCode.Forbidden);
    }

    private static string PathOf(Tenant tenant) => $"/api/orgs/{tenant.OrgId}/api-keys";

    private async Task<ApiCaller> CallerAsync(string key) => new((await postgres.ServerAsync()).Address, key);

    private async Task RunAsync(string sql, object value)
    {
        await using var command = (await postgres.AdminAsync()).CreateCommand(sql);
        command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private async Task<object?> CountAsync(string sql, object value)
    {
        await using var command = (await postgres.AdminAsync()).CreateCommand(sql);
        command.Parameters.Add(new() { Value = value });
        return await command.ExecuteScalarAsync(Cancel);
    }
}
