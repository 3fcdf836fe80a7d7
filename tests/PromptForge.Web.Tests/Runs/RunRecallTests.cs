using System.Net;
using System.Text.Json.Nodes;
using PromptForge.Web.Tests.ApiKeys;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.Runs;

/// <summary>A server that dies at any point between a request and its answer, and a caller that asks again with the same idempotency key: one run.</summary>
public sealed class RunRecallTests(PostgresFixture postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("generation")]
    [InlineData("test")]
    public async Task A_run_that_was_stored_before_its_answer_was_kept_is_answered_and_not_made_again(string type)
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var first = await AskAsync(org, HttpStatusCode.OK, type);
        await AdminAsync(org, "update idempotency_records set status_code = null, content_type = null, response = null where org_id = $1");
        for (var i = 0; i < 2; i++)
        {
            var again = await AskAsync(org, HttpStatusCode.OK, type);
            Assert.Equal("true", again.Headers["Idempotency-Replayed"]);
            foreach (var member in new[] { "run_id", "prompt", "output", "score", "dod", "bundle", "withheld" })
                Assert.True(JsonNode.DeepEquals(first.Json[member], again.Json[member]), member);
        }

        Assert.Equal((1L, 1L, 1L), (await org.CountAsync("runs"), await org.CountAsync("bundles"), await org.CountAsync("prompt_history")));
        (await org.Caller.PostAsync(org.Path("/runs"), await RunBodies.OfAsync(postgres, "M08"), ("Idempotency-Key", "one"))).Is(HttpStatusCode.Conflict, "IDEMPOTENCY_CONFLICT");
    }

    [Fact]
    public async Task A_systems_run_is_found_again_too()
    {
        await postgres.CatalogAsync();
        var tenant = await postgres.NewOrgAsync("enterprise");
        using var system = await (await Keys.NewAsync(postgres, tenant)).CallerAsync(postgres);
        var org = new ApiOrg(tenant.OrgId, tenant.OwnerId, system, postgres);
        var body = await RunBodies.OfAsync(postgres, null, ("type", "generation"));
        var first = (await system.PostAsync("/api/run/M07", body, ("Idempotency-Key", "one"))).Is(HttpStatusCode.OK);
        await AdminAsync(org, "update idempotency_records set status_code = null, content_type = null, response = null where org_id = $1");
        var again = (await system.PostAsync("/api/run/M07", body, ("Idempotency-Key", "one"))).Is(HttpStatusCode.OK);
        Assert.Equal(((string?)first.Json["run_id"], 1L), ((string?)again.Json["run_id"], await org.CountAsync("runs")));
    }

    [Fact]
    public async Task Who_does_not_wait_or_reads_along_is_led_to_the_same_run()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var queued = await AskAsync(org, HttpStatusCode.Accepted, "test", ("Prefer", "respond-async"));
        await AdminAsync(org, "update idempotency_records set status_code = null, content_type = null, response = null where org_id = $1");
        var again = await AskAsync(org, HttpStatusCode.Accepted, "test", ("Prefer", "respond-async"));
        Assert.Equal((queued.Text, queued.Headers["Location"]), (again.Text, again.Headers["Location"]));
        var along = await AskAsync(org, HttpStatusCode.OK, "test", ("Accept", "text/event-stream"));
        Assert.Contains($"\"run_id\":\"{queued.Json["run_id"]}\"", along.Text, StringComparison.Ordinal);
        Assert.Equal(1L, await org.CountAsync("runs"));
    }

    [Fact]
    public async Task A_run_that_another_node_takes_over_is_waited_for()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var first = await AskAsync(org, HttpStatusCode.OK, "test");
        const string unkept = "update idempotency_records set status_code = null, content_type = null, response = null, created_at = now() - interval '1 day', expires_at = now() + interval '1 hour' where org_id = $1";
        await AdminAsync(org, "update runs set status = 'running', finished_at = null, lease_owner = 'another node', lease_until = now() + interval '1 hour' where org_id = $1");
        await AdminAsync(org, unkept);
        for (var i = 0; i < 2; i++)
            Assert.Equal("1", (await AskAsync(org, HttpStatusCode.Conflict, "test")).Headers["Retry-After"]);
        await AdminAsync(org, "update runs set status = 'success', finished_at = now(), lease_owner = null, lease_until = null where org_id = $1");
        var again = await AskAsync(org, HttpStatusCode.OK, "test");
        Assert.Equal(((string?)first.Json["run_id"], 1L), ((string?)again.Json["run_id"], await org.CountAsync("runs")));
    }

    [Fact]
    public async Task A_run_that_ended_without_a_result_is_made_again_and_then_that_one_counts()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var lost = (string?)(await AskAsync(org, HttpStatusCode.OK, "test")).Json["run_id"];
        await AdminAsync(org, "update runs set status = 'error', error_code = 'INTERNAL' where org_id = $1");
        await AdminAsync(org, "update idempotency_records set status_code = null, content_type = null, response = null where org_id = $1");
        // Nobody knows yet whether the first request still has something to say.
        await AskAsync(org, HttpStatusCode.Conflict, "test");
        await AdminAsync(org, "update idempotency_records set created_at = '-infinity' where org_id = $1");
        var second = (string?)(await AskAsync(org, HttpStatusCode.OK, "test")).Json["run_id"];
        Assert.NotEqual(lost, second);
        await AdminAsync(org, "update idempotency_records set status_code = null, content_type = null, response = null where org_id = $1");
        Assert.Equal((second, 2L), ((string?)(await AskAsync(org, HttpStatusCode.OK, "test")).Json["run_id"], await org.CountAsync("runs")));
    }

    [Fact]
    public async Task A_request_that_left_nothing_is_done_when_it_is_asked_again()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        await AskAsync(org, HttpStatusCode.OK, "generation");
        // As it was before the run was stored.
        await AdminAsync(org, "update idempotency_records set status_code = null, content_type = null, response = null, run_id = null, created_at = now() - interval '1 day' where org_id = $1");
        var run = await AskAsync(org, HttpStatusCode.OK, "generation");
        Assert.False(run.Headers.ContainsKey("Idempotency-Replayed"));
        Assert.Equal(2L, await org.CountAsync("runs"));
    }

    private async Task<ApiAnswer> AskAsync(ApiOrg org, HttpStatusCode expected, string type, params (string, string)[] headers) =>
        (await org.Caller.PostAsync(org.Path("/runs"), await RunBodies.OfAsync(postgres, "M07", ("type", type)), [("Idempotency-Key", "one"), .. headers])).Is(expected);

    private async Task AdminAsync(ApiOrg org, string sql)
    {
        await using var command = (await postgres.AdminAsync()).CreateCommand(sql);
        command.Parameters.Add(new() { Value = org.OrgId });
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
