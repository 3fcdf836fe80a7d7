using System.Net;
using PromptForge.Core.ApiKeys;
using PromptForge.Web.Tests.Http;
using PromptForge.Web.Tests.Identity;

namespace PromptForge.Web.Tests.ApiKeys;

public sealed class ApiKeyEndpointTests(PostgresFixture postgres)
{
    [Fact]
    public async Task D_KEY_02_the_plain_text_stands_in_the_creating_answer_and_nowhere_else()
    {
        var (owner, path) = await OwnerAsync();
        var created = (await owner.PostAsync(path, new { name = " CI ", scopes = new[] { "api.run" } })).Is(HttpStatusCode.Created);
        var key = (string)created.Json["key"]!;
        Assert.True(ApiKeyText.IsWellFormed(key));
        Assert.Equal("CI", (string?)created.Json["api_key"]!["name"]);
        Assert.Equal(60, (int?)created.Json["api_key"]!["rate_limit_per_min"]);

        var listed = (await owner.GetAsync(path)).Is(HttpStatusCode.OK);
        var only = Assert.Single(listed.Json["items"]!.AsArray())!;
        Assert.Equal(key[..12], (string?)only["prefix"]);
        Assert.Equal("active", (string?)only["state"]);
        Assert.DoesNotContain(key[13..], listed.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("hash", listed.Text, StringComparison.Ordinal);
        Assert.Equal("0", await ReadAsync("select count(*)::text from api_keys where position($1 in to_jsonb(api_keys)::text) > 0", key[13..]));
    }

    [Fact]
    public async Task Bad_values_are_refused_all_at_once_and_nothing_is_stored()
    {
        var (owner, path) = await OwnerAsync();
        var answer = (await owner.PostAsync(path, new { name = " ", scopes = new[] { "api.run", "api.all" }, rate_limit_per_min = 10_001, expires_in_days = 0 })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        Assert.Equal(["/name", "/scopes", "/rate_limit_per_min", "/expires_in_days"], answer.Json["errors"]!.AsArray().Select(e => (string?)e!["pointer"]));
        Assert.Equal(["api.run", "api.export", "api.read", "api.metrics"], answer.Json["errors"]![1]!["allowed"]!.AsArray().Select(a => (string?)a));
        Assert.Empty((await owner.GetAsync(path)).Json["items"]!.AsArray());
    }

    [Theory]
    [InlineData("""{"name":"x","scopes":[]}""")]
    [InlineData("""{"name":"x","scopes":[null]}""")]
    [InlineData("""{"name":"x","scopes":["api.run","api.run"]}""")]
    [InlineData("""{"name":"x","scopes":["api.run"],"rate_limit_per_min":0}""")]
    [InlineData("""{"name":"x","scopes":["api.run"],"expires_at":"2020-01-01T00:00:00Z"}""")]
    [InlineData("""{"name":"x","scopes":["api.run"],"expires_at":"2100-01-01T00:00:00Z"}""")]
    [InlineData("""{"name":"x","scopes":["api.run"],"expires_at":"2099-01-01T00:00:00Z","expires_in_days":1}""")]
    [InlineData("""{"name":"a\u0001b","scopes":["api.run"]}""")]
    public async Task What_is_out_of_range_is_refused(string body)
    {
        var (owner, path) = await OwnerAsync();
        (await owner.PostAsync(path, body)).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
    }

    [Fact]
    public async Task D_KEY_10_the_plan_caps_a_keys_limit()
    {
        var tenant = await postgres.NewOrgAsync();
        await RunAsync("insert into entitlements (org_id, id, flag, value, source) values ($1, gen_random_uuid(), 'hasAPI', true, 'manual')", tenant.OrgId);
        using var owner = await (await Accounts.SignInAsync(postgres, tenant.OwnerId)).CallerAsync(postgres);
        (await owner.PostAsync(PathOf(tenant), new { name = "CI", scopes = new[] { "api.run" }, rate_limit_per_min = 61 })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        (await owner.PostAsync(PathOf(tenant), new { name = "CI", scopes = new[] { "api.run" }, rate_limit_per_min = 60 })).Is(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Of_two_keys_created_at_once_with_one_name_one_wins()
    {
        var (owner, path) = await OwnerAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => owner.PostAsync(path, new { name = "CI", scopes = new[] { "api.run" } })));
        Assert.Single(answers, a => a.Status == HttpStatusCode.Created);
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.Created), a => a.Is(HttpStatusCode.Conflict, "NAME_TAKEN"));
    }

    [Fact]
    public async Task D_KEY_07_a_name_is_free_again_once_its_key_is_revoked_or_expired()
    {
        var (owner, path) = await OwnerAsync();
        var first = Id((await owner.PostAsync(path, new { name = "CI", scopes = new[] { "api.run" } })).Is(HttpStatusCode.Created));
        (await owner.DeleteAsync($"{path}/{first}")).Is(HttpStatusCode.NoContent);
        var second = Id((await owner.PostAsync(path, new { name = "CI", scopes = new[] { "api.run" }, expires_in_days = 1 })).Is(HttpStatusCode.Created));
        await RunAsync("update api_keys set expires_at = now() - interval '1 minute' where id = $1", second);
        (await owner.PostAsync(path, new { name = "CI", scopes = new[] { "api.run" } })).Is(HttpStatusCode.Created);
        Assert.Equal(["active", "expired", "revoked"], (await owner.GetAsync(path)).Json["items"]!.AsArray().Select(k => (string?)k!["state"]));
    }

    [Fact]
    public async Task A_rotation_leaves_the_old_key_working_for_the_overlap_and_takes_over_what_it_may_do()
    {
        var (owner, path) = await OwnerAsync();
        var created = await owner.PostAsync(path, new { name = "CI", scopes = new[] { "api.read" }, rate_limit_per_min = 7, test = true });
        var rotated = (await owner.PostAsync($"{path}/{Id(created)}/rotate", new { overlap_minutes = 30 })).Is(HttpStatusCode.Created);
        Assert.StartsWith("pf_test_", (string?)rotated.Json["key"], StringComparison.Ordinal);
        Assert.Equal(7, (int?)rotated.Json["api_key"]!["rate_limit_per_min"]);

        var items = (await owner.GetAsync(path)).Json["items"]!.AsArray();
        Assert.Equal(["active", "rotating"], items.Select(k => (string?)k!["state"]));
        Assert.Equal(Id(rotated).ToString(), (string?)items[1]!["replaced_by"]);
        foreach (var key in new[] { created, rotated })
        {
            using var system = await CallerAsync((string)key.Json["key"]!);
            (await system.GetAsync(path)).Is(HttpStatusCode.Forbidden, "ROLE_REQUIRED");
        }

        (await owner.PostAsync($"{path}/{Id(created)}/rotate", new { })).Is(HttpStatusCode.Conflict, "STATE_CONFLICT");
        (await owner.PostAsync($"{path}/{Id(rotated)}/rotate", new { overlap_minutes = 1441 })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        (await owner.PostAsync($"{path}/{Id(rotated)}/rotate", new { overlap_minutes = 0 })).Is(HttpStatusCode.Created);
        using var ended = await CallerAsync((string)rotated.Json["key"]!);
        while ((await ended.GetAsync(path)).Code != "API_KEY_INVALID")
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
    }

    [Fact]
    public async Task Making_rotating_and_revoking_stand_in_the_audit_log()
    {
        var (owner, path) = await OwnerAsync();
        var created = Id(await owner.PostAsync(path, new { name = "CI", scopes = new[] { "api.read" } }));
        var rotated = Id(await owner.PostAsync($"{path}/{created}/rotate", null));
        (await owner.DeleteAsync($"{path}/{rotated}")).Is(HttpStatusCode.NoContent);
        (await owner.DeleteAsync($"{path}/{rotated}")).Is(HttpStatusCode.NoContent);
        Assert.Equal("api_key.created api_key.rotated api_key.revoked", await ReadAsync("select string_agg(action, ' ' order by id) from audit_log where target_id = any($1)", new[] { created.ToString(), rotated.ToString() }));
    }

    [Fact]
    public async Task Keys_are_managed_by_owners_and_admins_of_the_org_and_by_nobody_else()
    {
        var (owner, path) = await OwnerAsync();
        var id = Id(await owner.PostAsync(path, new { name = "CI", scopes = new[] { "api.read" } }));
        var other = await postgres.NewOrgAsync("enterprise");
        using var stranger = await (await Accounts.SignInAsync(postgres, other.OwnerId)).CallerAsync(postgres);
        (await stranger.GetAsync(path)).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        (await stranger.DeleteAsync($"{PathOf(other)}/{id}")).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        (await stranger.PostAsync($"{PathOf(other)}/{id}/rotate", null)).Is(HttpStatusCode.NotFound, "NOT_FOUND");

        var member = await Accounts.NewAsync(postgres);
        await RunAsync("insert into org_members (org_id, user_id, role) values ($1, $2, 'member')", other.OrgId, member.Id);
        using var colleague = await member.CallerAsync(postgres);
        (await colleague.GetAsync(PathOf(other))).Is(HttpStatusCode.Forbidden, "ROLE_REQUIRED");
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        (await nobody.GetAsync(path)).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
    }

    [Fact]
    public async Task D_RLS_09_without_hasAPI_no_key_is_made_and_the_ones_there_are_can_still_be_revoked()
    {
        var tenant = await postgres.NewOrgAsync("pro");
        var key = await Keys.NewAsync(postgres, tenant, "api.read");
        using var owner = await (await Accounts.SignInAsync(postgres, tenant.OwnerId)).CallerAsync(postgres);
        var refused = (await owner.PostAsync(PathOf(tenant), new { name = "CI", scopes = new[] { "api.run" } })).Is(HttpStatusCode.Forbidden, "ENTITLEMENT_REQUIRED");
        Assert.Equal("hasAPI", (string?)refused.Json["flag"]);
        (await owner.PostAsync($"{PathOf(tenant)}/{key.Id}/rotate", null)).Is(HttpStatusCode.Forbidden, "ENTITLEMENT_REQUIRED");
        (await owner.GetAsync(PathOf(tenant))).Is(HttpStatusCode.OK);
        (await owner.DeleteAsync($"{PathOf(tenant)}/{key.Id}")).Is(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_repeated_create_with_an_idempotency_key_answers_the_same_key()
    {
        var (owner, path) = await OwnerAsync();
        var again = new[] { ("Idempotency-Key", "create-ci") };
        var first = await owner.PostAsync(path, new { name = "CI", scopes = new[] { "api.run" } }, again);
        var second = await owner.PostAsync(path, new { name = "CI", scopes = new[] { "api.run" } }, again);
        Assert.Equal((string?)first.Is(HttpStatusCode.Created).Json["key"], (string?)second.Is(HttpStatusCode.Created).Json["key"]);
        Assert.Single((await owner.GetAsync(path)).Json["items"]!.AsArray());
    }

    private static Guid Id(ApiAnswer answer) => Guid.Parse((string)answer.Is(HttpStatusCode.Created).Json["api_key"]!["id"]!);

    private static string PathOf(Tenant tenant) => $"/api/orgs/{tenant.OrgId}/api-keys";

    private async Task<(ApiCaller Owner, string Path)> OwnerAsync()
    {
        var tenant = await postgres.NewOrgAsync("enterprise");
        return (await (await Accounts.SignInAsync(postgres, tenant.OwnerId)).CallerAsync(postgres), PathOf(tenant));
    }

    private async Task<ApiCaller> CallerAsync(string key) => new((await postgres.ServerAsync()).Address, key);

    private async Task RunAsync(string sql, params object[] values)
    {
        await using var command = (await postgres.AdminAsync()).CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private async Task<string?> ReadAsync(string sql, object value)
    {
        await using var command = (await postgres.AdminAsync()).CreateCommand(sql);
        command.Parameters.Add(new() { Value = value });
        return (string?)await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
