using System.Net;
using System.Text.Json.Nodes;
using PromptForge.Web.ApiKeys;
using PromptForge.Web.Tests.ApiKeys;
using PromptForge.Web.Tests.Http;
using PromptForge.Web.Tests.Identity;

namespace PromptForge.Web.Tests.Runs;

public sealed class RunApiTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_generation_run_answers_prompt_score_bundle_and_telemetry_and_is_stored()
    {
        var (org, caller) = await OrgAsync("enterprise");
        var answer = (await caller.PostAsync($"/api/orgs/{org}/runs", await BodyAsync("M07", ("type", "generation"), ("formats", new JsonArray("md", "json", "zip"))))).Is(HttpStatusCode.OK);
        var run = answer.Json;
        Assert.Equal("success", (string?)run["status"]);
        Assert.Equal("generation", (string?)run["type"]);
        Assert.Equal("M07", (string?)run["module"]!["module_id"]);
        Assert.Equal("crisis", (string?)run["seven_d"]!["urgency"]);
        Assert.Equal(64, ((string?)run["seven_d"]!["signature_7d"])!.Length);
        Assert.Contains("ROLE_GOAL", (string?)run["prompt"]!["text"], StringComparison.Ordinal);
        Assert.Null(run["output"]);
        Assert.Equal("pass", (string?)run["score"]!["verdict"]);
        Assert.True((bool)run["dor"]!["ok"]! && (bool)run["dod"]!["ok"]!);
        Assert.StartsWith("sha256:", (string?)run["bundle"]!["checksum"], StringComparison.Ordinal);
        Assert.Equal(["prompt.txt", "prompt.json", "prompt.md", "telemetry.json", "manifest.json", "checksum.sha256", "manifest.sig"],
            run["bundle"]!["files"]!.AsArray().Take(7).Select(f => (string?)f!["name"]));
        Assert.StartsWith($"/api/orgs/{org}/bundles/{run["bundle"]!["bundle_id"]}/files/", (string?)run["bundle"]!["files"]![0]!["url"], StringComparison.Ordinal);
        Assert.Empty(run["withheld"]!.AsArray());
        Assert.Equal("crisis", (string?)run["telemetry"]!["overrides"]!["urgency"]!["actual"]);
        Assert.False((bool)run["telemetry"]!["simulated"]!);
    }

    [Fact]
    public async Task A_system_runs_a_module_with_its_key_and_the_run_remembers_which()
    {
        await postgres.CatalogAsync();
        var tenant = await postgres.NewOrgAsync("enterprise");
        var key = await Keys.NewAsync(postgres, tenant);
        using var system = await key.CallerAsync(postgres);
        var body = await RunBodies.OfAsync(postgres, null, ("type", "generation"), ("formats", new JsonArray("md", "json")));
        var first = (await system.PostAsync("/api/run/m07", body, ("Idempotency-Key", "one"))).Is(HttpStatusCode.OK);
        var second = (await system.PostAsync("/api/run/m07", body, ("Idempotency-Key", "one"))).Is(HttpStatusCode.OK);
        Assert.Equal(first.Text, second.Text);
        Assert.Equal(1L, await CountAsync(tenant.OrgId, "runs"));
        Assert.Equal((key.Id, null), await (await postgres.DbAsync()).InOrgAsync(tenant.OrgId, null, (scope, ct) => scope.QuerySingleAsync<(Guid?, Guid?)>("select api_key_id, created_by from runs where org_id = @Org", new { Org = tenant.OrgId }, ct), TestContext.Current.CancellationToken));

        // A test key calls no model, so a model's name takes no flag and costs nothing.
        using var tester = await (await Keys.NewAsync(postgres, tenant, new KeyDraft("tester", ["api.run", "api.read"], 60, true, null))).CallerAsync(postgres);
        var queued = (await tester.PostAsync("/api/run/M07", await RunBodies.OfAsync(postgres, null, ("model", "gpt-4o")), ("Prefer", "respond-async"))).Is(HttpStatusCode.Accepted);
        Assert.Contains("event: done", (await tester.GetAsync(queued.Headers["Location"] + "/events")).Is(HttpStatusCode.OK).Text, StringComparison.Ordinal);
        var tested = (await tester.GetAsync(queued.Headers["Location"])).Is(HttpStatusCode.OK).Json;
        Assert.Equal((true, 0m), ((bool)tested["telemetry"]!["simulated"]!, (decimal)tested["telemetry"]!["cost_usd"]!));
        (await tester.GetAsync((string)tested["bundle"]!["files"]![0]!["url"]!)).Is(HttpStatusCode.Forbidden, "SCOPE_REQUIRED");

        using var reader = await (await Keys.NewAsync(postgres, tenant, "api.read")).CallerAsync(postgres);
        Assert.Equal("api.run", (string?)(await reader.PostAsync("/api/run/M07", body)).Is(HttpStatusCode.Forbidden, "SCOPE_REQUIRED").Json["scope"]);
        var pro = await postgres.NewOrgAsync("pro");
        using var poor = await (await Keys.NewAsync(postgres, pro)).CallerAsync(postgres);
        Assert.Equal("hasAPI", (string?)(await poor.PostAsync("/api/run/M07", body)).Is(HttpStatusCode.Forbidden, "ENTITLEMENT_REQUIRED").Json["flag"]);
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        (await nobody.PostAsync("/api/run/M07", body)).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
    }

    [Fact]
    public async Task A_test_run_without_a_model_is_answered_offline_and_says_so()
    {
        var (org, caller) = await OrgAsync("pilot");
        var run = (await caller.PostAsync($"/api/orgs/{org}/runs", await BodyAsync("M07"))).Is(HttpStatusCode.OK).Json;
        Assert.Equal(("test", "success", true), ((string?)run["type"], (string?)run["status"], (bool)run["telemetry"]!["simulated"]!));
        Assert.Equal("offline", (string?)run["telemetry"]!["model"]);
        Assert.NotEqual("", (string?)run["output"]);
    }

    [Fact]
    public async Task Every_bad_value_is_named_at_once_and_nothing_is_stored()
    {
        var (org, caller) = await OrgAsync("enterprise");
        var body = await BodyAsync("M07", ("type", "agent_execution"), ("model", "gpt-99"), ("language", "fr"), ("project", "nowhere"), ("formats", new JsonArray("exe")));
        body["inputs"]!["price"] = 25;
        body["inputs"]!["colour"] = "red";
        var answer = (await caller.PostAsync($"/api/orgs/{org}/runs", body)).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        Assert.Equal(["/formats/0", "/inputs", "/inputs/price", "/language", "/model", "/project", "/type"], answer.Json["errors"]!.AsArray().Select(e => (string)e!["pointer"]!).Order(StringComparer.Ordinal));
        Assert.Equal(0L, await CountAsync(org, "runs"));
    }

    [Fact]
    public async Task A_bad_axis_and_an_unknown_domain_name_what_is_allowed()
    {
        var (org, caller) = await OrgAsync("enterprise");
        var body = await BodyAsync("M07");
        body["seven_d"]!["urgency"] = "yesterday";
        var axis = (await caller.PostAsync($"/api/orgs/{org}/runs", body)).Is(HttpStatusCode.BadRequest, "7D_VALIDATION_ERROR");
        Assert.Equal("/seven_d/urgency", (string?)axis.Json["errors"]![0]!["pointer"]);
        Assert.Contains("planned", axis.Json["errors"]![0]!["allowed"]!.AsArray().Select(v => (string?)v));
        body["seven_d"] = new JsonObject { ["domain"] = "astrology" };
        var domain = (await caller.PostAsync($"/api/orgs/{org}/runs", body)).Is(HttpStatusCode.BadRequest, "UNKNOWN_DOMAIN");
        Assert.Contains("fintech", domain.Json["allowed"]!.AsArray().Select(v => (string?)v));
    }

    [Fact]
    public async Task What_the_plan_lacks_is_refused_with_the_plan_that_opens_it()
    {
        var (org, caller) = await OrgAsync("pilot");
        var module = (await caller.PostAsync($"/api/orgs/{org}/runs", await BodyAsync("M30"))).Is(HttpStatusCode.Forbidden, "MODULE_NOT_IN_PLAN");
        Assert.Equal("pro", (string?)module.Json["required_plan"]);
        var format = (await caller.PostAsync($"/api/orgs/{org}/runs", await BodyAsync("M07", ("formats", new JsonArray("pdf"))))).Is(HttpStatusCode.Forbidden, "ENTITLEMENT_REQUIRED");
        Assert.Equal("canExportPDF", (string?)format.Json["flag"]);
        var live = (await caller.PostAsync($"/api/orgs/{org}/runs", await BodyAsync("M07", ("model", "gpt-4o")))).Is(HttpStatusCode.Forbidden, "ENTITLEMENT_REQUIRED");
        Assert.Equal("canUseGptTestReal", (string?)live.Json["flag"]);
        (await caller.PostAsync($"/api/orgs/{org}/runs", await BodyAsync("M99"))).Is(HttpStatusCode.NotFound, "MODULE_NOT_FOUND");
    }

    [Theory]
    [InlineData("{", "BODY_INVALID")]
    [InlineData("[]", "BODY_INVALID")]
    [InlineData("null", "BODY_INVALID")]
    [InlineData("""{"module_id":"M07","colour":1}""", "BODY_INVALID")]
    [InlineData("""{"module_id":"M07","module_id":"M08"}""", "BODY_INVALID")]
    [InlineData("""{"module_id":"M07","inputs":{"price":"a","price":"b"},"seven_d":{"domain":"fintech"}}""", "BODY_INVALID")]
    [InlineData("""{"module_id":"M07","inputs":{"price":"\ud800"},"seven_d":{"domain":"fintech"}}""", "BODY_INVALID")]
    [InlineData("""{"module_id":"M07","inputs":{"proofs":["\ud800"]},"seven_d":{"domain":"fintech"}}""", "BODY_INVALID")]
    [InlineData("""{"module_id":"M07","inputs":{"\ud800":"a"},"seven_d":{"domain":"fintech"}}""", "BODY_INVALID")]
    [InlineData("""{"module_id":"M07","inputs":{"proofs":[{"a":1,"a":2}]},"seven_d":{"domain":"fintech"}}""", "BODY_INVALID")]
    [InlineData("""{"module_id":"M07","inputs":[],"seven_d":{"domain":"fintech"}}""", "BODY_INVALID")]
    [InlineData("""{"module_id":"M07","inputs":{"price":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]},"seven_d":{"domain":"fintech"}}""", "BODY_INVALID")]
    [InlineData("""{"module_id":"M07","seven_d":{"domain":"\ud800"}}""", "BODY_INVALID")]
    [InlineData("""{"module_id":"M07"}""", "7D_VALIDATION_ERROR")]
    [InlineData("""{"module_id":"M07","seven_d":{"domain":"fintech"}}""", "INPUT_INVALID")]
    public async Task A_bad_body_is_refused_with_a_code(string body, string code)
    {
        var (org, caller) = await OrgAsync("enterprise");
        (await caller.PostAsync($"/api/orgs/{org}/runs", body)).Is(HttpStatusCode.BadRequest, code);
        Assert.Equal(0L, await CountAsync(org, "runs"));
    }

    private async Task<(Guid OrgId, ApiCaller Caller)> OrgAsync(string plan)
    {
        await postgres.CatalogAsync();
        var tenant = await postgres.NewOrgAsync(plan);
        return (tenant.OrgId, await (await Accounts.SignInAsync(postgres, tenant.OwnerId)).CallerAsync(postgres));
    }

    private Task<JsonObject> BodyAsync(string module, params (string Name, JsonNode Value)[] members) => RunBodies.OfAsync(postgres, module, members);

    private async Task<long> CountAsync(Guid orgId, string table) =>
        await (await postgres.DbAsync()).InOrgAsync(orgId, null, (scope, ct) => scope.QuerySingleAsync<long>($"select count(*) from {table} where org_id = @Org", new { Org = orgId }, ct), TestContext.Current.CancellationToken);
}
