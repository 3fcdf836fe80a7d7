using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using PromptForge.Web.Runs;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.Runs;

/// <summary>Runs that wait, are followed, canceled, taken over, scored again.</summary>
public sealed class RunLifeTests(PostgresFixture postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_caller_that_does_not_wait_is_told_where_the_run_is_and_a_worker_finishes_it()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var queued = (await org.Caller.PostAsync(org.Path("/runs"), await RunBodies.OfAsync(postgres, "M07", ("formats", new JsonArray("md"))), ("Prefer", "respond-async"))).Is(HttpStatusCode.Accepted);
        Assert.Equal("respond-async", queued.Headers["Preference-Applied"]);
        Assert.Equal((string?)queued.Json["url"], queued.Headers["Location"]);

        var events = await EventsAsync(org, $"{queued.Headers["Location"]}/events");
        Assert.Equal("done", events[^1].Type);
        Assert.Contains(events, e => e.Type == "token");
        var run = (await org.Caller.GetAsync(queued.Headers["Location"])).Is(HttpStatusCode.OK).Json;
        Assert.Equal(("success", "test", true), ((string?)run["status"], (string?)run["type"], (bool)run["telemetry"]!["simulated"]!));
        Assert.Equal((string?)run["output"], string.Concat(events.Where(e => e.Type == "token").Select(e => (string?)e.Data["text"])));
        Assert.True(JsonNode.DeepEquals(run, events[^1].Data));
        Assert.Equal(["prompt.txt", "prompt.md", "manifest.json", "checksum.sha256", "manifest.sig"], run["bundle"]!["files"]!.AsArray().Select(f => (string?)f!["name"]));
    }

    [Fact]
    public async Task A_stream_goes_on_behind_the_last_event_that_was_read()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var run = await org.RunAsync();
        var all = await EventsAsync(org, org.Path($"/runs/{run["run_id"]}/events"));
        var rest = await EventsAsync(org, org.Path($"/runs/{run["run_id"]}/events"), ("Last-Event-ID", all[1].Id));
        Assert.Equal(all.Skip(2).Select(e => e.Id), rest.Select(e => e.Id));
        (await org.Caller.GetAsync(org.Path($"/runs/{run["run_id"]}/events"), ("Last-Event-ID", "soon"))).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
    }

    [Fact]
    public async Task A_run_can_be_read_along_while_it_is_made()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var answer = (await org.Caller.PostAsync(org.Path("/runs"), await RunBodies.OfAsync(postgres, "M07", ("type", "generation")), ("Accept", "text/event-stream"))).Is(HttpStatusCode.OK);
        var events = Events(answer.Text);
        Assert.Equal(["status", "score", "bundle", "done"], events.Select(e => e.Type).Distinct());
        Assert.Equal("success", (string?)events[^1].Data["status"]);
    }

    [Fact]
    public async Task A_run_whose_node_died_is_taken_over_and_what_that_node_still_stores_is_refused()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var done = await org.RunAsync();
        // The same run again, as a node left it that died in the middle.
        var id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
        await AdminAsync("""
            insert into runs (org_id, id, module_id, module_version, ruleset_version, parameter_set_id, signature, prompt_id, type, status, language, model, simulated, attempt, lease_owner, lease_until, fencing_token)
            select org_id, $2, module_id, module_version, ruleset_version, parameter_set_id, signature, prompt_id, type, 'running', language, model, simulated, 1, 'dead', now() - interval '1 second', 1
              from runs where org_id = $1 and id = $3
            """, org.OrgId, id, (Guid)done["run_id"]!);
        var events = await EventsAsync(org, org.Path($"/runs/{id}/events"));
        Assert.Equal("done", events[^1].Type);
        Assert.Equal((string?)done["output"], (string?)events[^1].Data["output"]);

        var late = await Assert.ThrowsAsync<PromptForge.Web.Platform.PlatformException>(async () => await (await postgres.DbAsync()).BatchInOrgAsync(org.OrgId, null,
            RunRows.Statements([RunRows.Hold(org.OrgId, id, new RunLease("dead", 1))]), Cancel));
        Assert.Equal(RunRows.LostState, late.SqlState);
    }

    [Fact]
    public async Task A_node_that_stops_hands_its_run_back_and_another_finishes_it()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var id = await LeftAsync(org, attempt: 1, "now() + interval '10 minutes'");
        var work = (await postgres.ServerAsync()).Services.GetRequiredService<RunWork>();
        await work.DoAsync(new RunClaim(org.OrgId, id, 1, 1), "dead", new CancellationToken(canceled: true));
        Assert.Equal("done", (await EventsAsync(org, org.Path($"/runs/{id}/events")))[^1].Type);
        Assert.Equal((2, 2L), await (await postgres.DbAsync()).InOrgAsync(org.OrgId, null, (scope, ct) => scope.QuerySingleAsync<(int, long)>("select attempt, fencing_token from runs where id = @Id", new { Id = id }, ct), Cancel));
    }

    [Fact]
    public async Task A_run_that_brought_down_five_nodes_is_given_to_no_sixth()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var id = await LeftAsync(org, attempt: 5, "now() - interval '1 second'");
        var end = Assert.Single(await EventsAsync(org, org.Path($"/runs/{id}/events")), e => e.Type == "error");
        Assert.Equal(("error", "ATTEMPTS_EXHAUSTED"), ((string?)end.Data["status"], (string?)end.Data["error_code"]));
        Assert.Equal(1L, await org.CountAsync("prompt_scores"));
    }

    [Fact]
    public async Task A_run_without_its_prompt_ends_also_where_the_clocks_of_node_and_database_differ()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var id = await LeftAsync(org, attempt: 1, "now() + interval '10 minutes'");
        await AdminAsync("update runs set started_at = now() + interval '1 minute' where org_id = $1 and id = $2", org.OrgId, id);
        await AdminAsync("delete from prompt_history where org_id = $1", org.OrgId);
        var work = (await postgres.ServerAsync()).Services.GetRequiredService<RunWork>();
        await work.DoAsync(new RunClaim(org.OrgId, id, 1, 1), "dead", Cancel);
        var run = (await org.Caller.GetAsync(org.Path($"/runs/{id}"))).Is(HttpStatusCode.OK).Json;
        Assert.Equal(("error", "PROMPT_GONE"), ((string?)run["status"], (string?)run["error_code"]));
    }

    [Fact]
    public async Task A_run_that_waits_with_masked_inputs_is_made_though_masking_made_them_longer_than_is_allowed()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var body = await RunBodies.OfAsync(postgres, "M07", ("type", "generation"), ("anonymise", true));
        var limit = (await postgres.CatalogAsync()).Ruleset.Limits.InputCharacters;
        body["inputs"]!["perceived_risk"] = string.Concat(Enumerable.Repeat("a@b.co ", limit / 7));
        var queued = (await org.Caller.PostAsync(org.Path("/runs"), body, ("Prefer", "respond-async"))).Is(HttpStatusCode.Accepted);
        var end = (await EventsAsync(org, $"{queued.Headers["Location"]}/events"))[^1];
        Assert.True(end.Type == "done", end.Data.ToJsonString());
    }

    [Fact]
    public async Task A_run_that_is_not_over_can_be_canceled_and_is_then_final()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var done = await org.RunAsync();
        var id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
        await AdminAsync("""
            insert into runs (org_id, id, module_id, module_version, ruleset_version, parameter_set_id, signature, prompt_id, type, status, language, model, simulated, attempt, lease_owner, lease_until, fencing_token)
            select org_id, $2, module_id, module_version, ruleset_version, parameter_set_id, signature, prompt_id, type, 'running', language, model, simulated, 1, 'elsewhere', now() + interval '10 minutes', 1
              from runs where org_id = $1 and id = $3
            """, org.OrgId, id, (Guid)done["run_id"]!);
        (await org.Caller.PostAsync(org.Path($"/runs/{id}/score"), null)).Is(HttpStatusCode.Conflict, "RUN_NOT_FINISHED");
        var canceled = (await org.Caller.PostAsync(org.Path($"/runs/{id}/cancel"), null)).Is(HttpStatusCode.OK).Json;
        Assert.Equal(("canceled", "CANCELED"), ((string?)canceled["status"], (string?)canceled["error_code"]));
        (await org.Caller.PostAsync(org.Path($"/runs/{id}/cancel"), null)).Is(HttpStatusCode.Conflict, "RUN_FINISHED");
        (await org.Caller.PostAsync(org.Path($"/runs/{done["run_id"]}/cancel"), null)).Is(HttpStatusCode.Conflict, "RUN_FINISHED");
        (await org.Caller.PostAsync(org.Path($"/runs/{id}/bundles"), new { })).Is(HttpStatusCode.Conflict, "STATE_CONFLICT");
        Assert.Equal("error", Assert.Single(await EventsAsync(org, org.Path($"/runs/{id}/events"))).Type);
        // The node that worked on it finds it lost.
        await Assert.ThrowsAsync<PromptForge.Web.Platform.PlatformException>(async () => await (await postgres.DbAsync()).BatchInOrgAsync(org.OrgId, null,
            RunRows.Statements([RunRows.Hold(org.OrgId, id, new RunLease("elsewhere", 1))]), Cancel));
    }

    [Fact]
    public async Task A_second_node_executes_what_the_first_one_took_in()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        await using var front = await postgres.NewServerAsync(new Dictionary<string, string?> { ["Runs:Workers"] = "0" });
        await using var back = await postgres.NewServerAsync();
        using var caller = new ApiCaller(front.Address, (await Identity.Accounts.SignInAsync(postgres, org.OwnerId)).Token);
        var ids = await Task.WhenAll(Enumerable.Range(0, 12).Select(async _ =>
            (string)(await caller.PostAsync(org.Path("/runs"), await RunBodies.OfAsync(postgres, "M07"), ("Prefer", "respond-async"))).Is(HttpStatusCode.Accepted).Json["run_id"]!));
        var ends = await Task.WhenAll(ids.Select(async id => Events((await caller.GetAsync(org.Path($"/runs/{id}/events"))).Text)[^1].Type));
        Assert.All(ends, e => Assert.Equal("done", e));
        Assert.Equal(12L, await org.CountAsync("prompt_scores"));
        Assert.Equal(12L, await org.CountAsync("bundles"));
    }

    [Fact]
    public async Task A_finished_run_is_scored_again_the_same_and_every_attempt_is_kept()
    {
        var org = await ApiOrg.NewAsync(postgres, "pro");
        var run = await org.RunAsync();
        var again = (await org.Caller.PostAsync(org.Path($"/runs/{run["run_id"]}/score"), null)).Is(HttpStatusCode.OK).Json;
        Assert.True(JsonNode.DeepEquals(run["score"], again["score"]), again["score"]!.ToJsonString());
        Assert.Equal(2L, await org.CountAsync("score_attempts"));
        (await org.Caller.PostAsync(org.Path($"/runs/{run["run_id"]}/tighten"), new { strategy = "polish" })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        (await org.Caller.PostAsync(org.Path($"/runs/{run["run_id"]}/tighten"), new { })).Is(HttpStatusCode.Conflict, "STATE_CONFLICT");
        (await org.Caller.PostAsync(org.Path($"/runs/{run["run_id"]}/tighten"), new { strategy = "tighten" })).Is(HttpStatusCode.OK);
        (await org.Caller.PostAsync(org.Path($"/runs/{run["run_id"]}/tighten"), new { strategy = "tighten" })).Is(HttpStatusCode.Conflict, "STATE_CONFLICT");
        Assert.Equal(3L, await org.CountAsync("score_attempts"));
        var generation = await org.RunAsync("M07", ("type", "generation"));
        (await org.Caller.PostAsync(org.Path($"/runs/{generation["run_id"]}/tighten"), new { })).Is(HttpStatusCode.Conflict, "STATE_CONFLICT");
    }

    [Fact]
    public async Task The_list_pages_filters_and_shows_no_text()
    {
        var org = await ApiOrg.NewAsync(postgres, "pro");
        await AdminAsync("insert into projects (org_id, id, slug, name) values ($1, $2, 'acme', 'Acme')", org.OrgId, Guid.CreateVersion7(TimeProvider.System.GetUtcNow()));
        await org.RunAsync("M07", ("type", "generation"), ("project", "acme"));
        await org.RunAsync("M08");
        await org.RunAsync("M07");
        var first = (await org.Caller.GetAsync(org.Path("/runs?limit=2"))).Is(HttpStatusCode.OK);
        Assert.DoesNotContain("ROLE_GOAL", first.Text, StringComparison.Ordinal);
        Assert.Equal(["M07", "M08"], first.Json["items"]!.AsArray().Select(r => (string?)r!["module_id"]));
        var second = (await org.Caller.GetAsync(org.Path($"/runs?limit=2&cursor={first.Json["next_cursor"]}"))).Is(HttpStatusCode.OK).Json;
        Assert.Equal("acme", (string?)Assert.Single(second["items"]!.AsArray())!["project"]);
        Assert.Null(second["next_cursor"]);
        foreach (var (query, count) in new[] { ("module=m07", 2), ("type=test", 2), ("project=acme", 1), ("project=other", 0), ("status=queued", 0), ("verdict=pass&module=M08", 1), ("from=2020-01-01T00:00:00Z&to=2021-01-01T00:00:00Z", 0), ("from=2020-01-01T00:00:00Z", 3) })
            Assert.True((await org.Caller.GetAsync(org.Path("/runs?" + query))).Is(HttpStatusCode.OK).Json["items"]!.AsArray().Count == count, query);
        (await org.Caller.GetAsync(org.Path("/runs?status=lost&module=M77"))).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        (await org.Caller.GetAsync(org.Path("/runs?from=yesterday"))).Is(HttpStatusCode.BadRequest, "BODY_INVALID");
    }

    [Fact]
    public async Task Another_organisations_runs_are_not_there()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var other = await ApiOrg.NewAsync(postgres, "enterprise");
        var run = await org.RunAsync();
        foreach (var path in new[] { "", "/events", "/bundles" })
        {
            (await other.Caller.GetAsync(other.Path($"/runs/{run["run_id"]}{path}"))).Is(HttpStatusCode.NotFound, "NOT_FOUND");
            (await other.Caller.GetAsync(org.Path($"/runs/{run["run_id"]}{path}"))).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        }

        foreach (var path in new[] { "cancel", "score", "tighten", "bundles" })
            (await other.Caller.PostAsync(other.Path($"/runs/{run["run_id"]}/{path}"), new { })).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        (await other.Caller.GetAsync(other.Path($"/bundles/{run["bundle"]!["bundle_id"]}/files/prompt.txt"))).Is(HttpStatusCode.NotFound, "NOT_FOUND");
    }

    private static async Task<List<Event>> EventsAsync(ApiOrg org, string path, params (string, string)[] headers) => Events((await org.Caller.GetAsync(path, headers)).Is(HttpStatusCode.OK).Text);

    private static List<Event> Events(string stream) => [.. stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(block => block.Split('\n').ToDictionary(l => l[..l.IndexOf(':', StringComparison.Ordinal)], l => l[(l.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()))
        .Select(f => new Event(f["event"], f["id"], JsonNode.Parse(f["data"])!))];

    /// <summary>A run as another node left it in the middle.</summary>
    private async Task<Guid> LeftAsync(ApiOrg org, int attempt, string leaseUntil)
    {
        var done = await org.RunAsync();
        var id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
        await AdminAsync($"""
            insert into runs (org_id, id, module_id, module_version, ruleset_version, parameter_set_id, signature, prompt_id, type, status, language, model, simulated, attempt, lease_owner, lease_until, fencing_token)
            select org_id, $2, module_id, module_version, ruleset_version, parameter_set_id, signature, prompt_id, type, 'running', language, model, simulated, {attempt}, 'dead', {leaseUntil}, 1
              from runs where org_id = $1 and id = $3
            """, org.OrgId, id, (Guid)done["run_id"]!);
        return id;
    }

    private async Task AdminAsync(string sql, params object[] values)
    {
        await using var command = (await postgres.AdminAsync()).CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private sealed record Event(string Type, string Id, JsonNode Data);
}
