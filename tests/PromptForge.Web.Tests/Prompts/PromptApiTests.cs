using System.Net;
using System.Text.Json.Nodes;
using PromptForge.Web.Tests.ApiKeys;
using PromptForge.Web.Tests.Http;
using PromptForge.Web.Tests.Identity;
using PromptForge.Web.Tests.Runs;

namespace PromptForge.Web.Tests.Prompts;

public sealed class PromptApiTests(PostgresFixture postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_saved_prompt_is_read_back_whole_with_what_it_was_compiled_from()
    {
        var (org, caller) = await OrgAsync();
        var saved = (await caller.PostAsync(Path(org), await BodyAsync(("name", "Offer")))).Is(HttpStatusCode.Created);
        Assert.Equal($"{Path(org)}/{saved.Json["prompt_id"]}", saved.Headers["Location"]);
        var read = (await caller.GetAsync(saved.Headers["Location"])).Is(HttpStatusCode.OK).Json;
        Assert.Equal(saved.Json.ToJsonString(), read.ToJsonString());
        Assert.Equal(("Offer", 1, "M07", "crisis", "en"), ((string?)read["name"], (int)read["version"]!, (string?)read["module"]!["module_id"], (string?)read["seven_d"]!["urgency"], (string?)read["language"]));
        Assert.Contains("## ROLE_GOAL", (string?)read["text"], StringComparison.Ordinal);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes((string)read["text"]!))), (string?)read["hash"]);
        Assert.NotEmpty(read["inputs"]!.AsObject());
        Assert.Equal(("M07", "fintech"), ((string?)read["lock"]!["module"]!["name"], (string?)read["lock"]!["domain"]!["name"]));
        Assert.Equal(64, ((string?)read["lock"]!["standard"]!["sha256"])!.Length);
        Assert.Null(read["explanation"]);
    }

    [Fact]
    public async Task Versions_count_within_module_project_and_name_and_a_nameless_prompt_has_none()
    {
        var (org, caller) = await OrgAsync();
        await ProjectAsync(org, "acme");
        async Task<int> SaveAsync(params (string, JsonNode)[] members) => (int)(await caller.PostAsync(Path(org), await BodyAsync(members))).Is(HttpStatusCode.Created).Json["version"]!;
        var versions = new List<int>();
        foreach (var members in new (string, JsonNode)[][] { [("name", "Offer")], [("name", " Offer ")], [("name", "Other")], [("name", "Offer"), ("project", "acme")], [("name", "Offer"), ("project", "acme")], [] })
            versions.Add(await SaveAsync(members));
        Assert.Equal([1, 2, 1, 1, 2, 1], versions);
        Assert.Equal(1, await SaveAsync());
    }

    [Fact]
    public async Task Many_who_save_one_name_at_once_get_a_version_each()
    {
        var (org, caller) = await OrgAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(async _ => await caller.PostAsync(Path(org), await BodyAsync(("name", "Offer")))));
        Assert.Equal(Enumerable.Range(1, 12), answers.Select(a => (int)a.Is(HttpStatusCode.Created).Json["version"]!).Order());
    }

    [Fact]
    public async Task The_list_is_newest_first_in_pages_and_can_be_narrowed()
    {
        var (org, caller) = await OrgAsync();
        await ProjectAsync(org, "acme");
        var ids = new List<string>();
        foreach (var members in new (string, JsonNode)[][] { [("name", "Offer")], [("name", "Offer"), ("project", "acme")], [] })
            ids.Add((string)(await caller.PostAsync(Path(org), await BodyAsync(members))).Is(HttpStatusCode.Created).Json["prompt_id"]!);
        var first = (await caller.GetAsync($"{Path(org)}?limit=2&module=m07")).Is(HttpStatusCode.OK).Json;
        Assert.Equal([ids[2], ids[1]], first["items"]!.AsArray().Select(i => (string)i!["prompt_id"]!));
        var second = (await caller.GetAsync($"{Path(org)}?limit=2&module=m07&cursor={first["next_cursor"]}")).Is(HttpStatusCode.OK).Json;
        Assert.Equal([ids[0]], second["items"]!.AsArray().Select(i => (string)i!["prompt_id"]!));
        Assert.Null(second["next_cursor"]);
        Assert.InRange(((string)first["items"]![0]!["preview"]!).Length, 1, 800);
        Assert.Null(first["items"]![0]!["text"]);

        async Task<IEnumerable<string>> FoundAsync(string query) => (await caller.GetAsync($"{Path(org)}?{query}")).Is(HttpStatusCode.OK).Json["items"]!.AsArray().Select(i => (string)i!["prompt_id"]!);
        Assert.Equal([ids[1]], await FoundAsync("project=acme"));
        Assert.Equal([ids[1], ids[0]], await FoundAsync("name=Offer"));
        Assert.Empty(await FoundAsync("module=M03"));
        (await caller.GetAsync($"{Path(org)}?module=M99")).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        (await caller.GetAsync($"{Path(org)}?limit=201")).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        (await caller.GetAsync($"{Path(org)}?name=%00")).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        (await caller.GetAsync($"{Path(org)}?cursor={first["next_cursor"]}x")).Is(HttpStatusCode.BadRequest, "CURSOR_INVALID");
    }

    [Fact]
    public async Task Every_line_is_explained_by_its_causes()
    {
        var (org, caller) = await OrgAsync();
        var saved = (await caller.PostAsync(Path(org), await BodyAsync())).Is(HttpStatusCode.Created);
        var read = (await caller.GetAsync(saved.Headers["Location"] + "?explain=true")).Is(HttpStatusCode.OK).Json;
        var explanation = read["explanation"]!;
        Assert.True((bool)explanation["exact"]!);
        Assert.Empty(explanation["changed_since"]!.AsArray());
        Assert.All(explanation["lines"]!.AsArray(), l => Assert.NotEmpty(l!["causes"]!.AsArray()));
        Assert.All(explanation["lines"]!.AsArray(), l => Assert.Contains((string)l!["text"]!, (string?)read["text"], StringComparison.Ordinal));
        Assert.Contains(explanation["lines"]!.AsArray().SelectMany(l => l!["causes"]!.AsArray()), c => (string?)c == "axis urgency=crisis");
    }

    [Fact]
    public async Task A_prompt_of_a_run_is_in_the_history_and_explained_too()
    {
        var (org, caller) = await OrgAsync();
        var run = (await caller.PostAsync($"/api/orgs/{org}/runs", await BodyAsync(("type", "generation")))).Is(HttpStatusCode.OK).Json;
        var read = (await caller.GetAsync($"{Path(org)}/{run["prompt"]!["prompt_id"]}?explain=true")).Is(HttpStatusCode.OK).Json;
        Assert.Equal((string?)run["prompt"]!["text"], (string?)read["text"]);
        Assert.True((bool)read["explanation"]!["exact"]!);
        Assert.Equal("M07", (string?)read["lock"]!["module"]!["name"]);
    }

    [Fact]
    public async Task What_no_longer_gives_the_stored_bytes_is_said_so_with_what_changed()
    {
        var (org, caller) = await OrgAsync();
        var saved = (await caller.PostAsync(Path(org), await BodyAsync())).Is(HttpStatusCode.Created);
        var id = (string)saved.Json["prompt_id"]!;
        await AdminAsync("""update prompt_history set hash = repeat('0', 64), lock = jsonb_set(lock, '{domain,version}', '"0.9.0"') where org_id = $1""", org);
        var explanation = (await caller.GetAsync($"{Path(org)}/{id}?explain=true")).Is(HttpStatusCode.OK).Json["explanation"]!;
        Assert.False((bool)explanation["exact"]!);
        Assert.Contains("today's prompt", (string?)explanation["detail"], StringComparison.Ordinal);
        Assert.Contains("domain fintech: 0.9.0 -> ", (string?)Assert.Single(explanation["changed_since"]!.AsArray()), StringComparison.Ordinal);

        await AdminAsync("""update prompt_history set inputs = '{"gone": "x"}' where org_id = $1""", org);
        var gone = (await caller.GetAsync($"{Path(org)}/{id}?explain=true")).Is(HttpStatusCode.OK).Json["explanation"]!;
        Assert.False((bool)gone["exact"]!);
        Assert.Empty(gone["lines"]!.AsArray());
        (await caller.GetAsync($"{Path(org)}/{id}/diff?with={id}")).Is(HttpStatusCode.Conflict, "STATE_CONFLICT");
    }

    [Fact]
    public async Task Two_prompts_differ_by_cause()
    {
        var (org, caller) = await OrgAsync();
        var body = await BodyAsync(("name", "Offer"));
        var old = (string)(await caller.PostAsync(Path(org), body)).Is(HttpStatusCode.Created).Json["prompt_id"]!;
        body["seven_d"]!["urgency"] = "planned";
        body["inputs"]!["price"] = "40000 EUR";
        var @new = (string)(await caller.PostAsync(Path(org), body)).Is(HttpStatusCode.Created).Json["prompt_id"]!;
        var diff = (await caller.GetAsync($"{Path(org)}/{old}/diff?with={@new}")).Is(HttpStatusCode.OK).Json;
        Assert.True((bool)diff["exact"]!);
        Assert.Equal((1, 2), ((int)diff["old"]!["version"]!, (int)diff["new"]!["version"]!));
        Assert.Equal(["urgency crisis -> planned", "input price"], diff["changes"]!.AsArray().Select(c => (string)c!["cause"]!));
        var price = Assert.Single(diff["changes"]![1]!["lines"]!.AsArray())!;
        Assert.Equal(("CONTEXT_7D", "context_7d.inputs.price", "<price>40000 EUR</price>"), ((string?)price["section"], (string?)price["key"], (string?)price["new"]));
        Assert.Empty((await caller.GetAsync($"{Path(org)}/{old}/diff?with={old}")).Is(HttpStatusCode.OK).Json["changes"]!.AsArray());
        (await caller.GetAsync($"{Path(org)}/{old}/diff")).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        (await caller.GetAsync($"{Path(org)}/{old}/diff?with=x")).Is(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Every_bad_value_is_named_at_once_and_nothing_is_saved()
    {
        var (org, caller) = await OrgAsync();
        var body = await BodyAsync(("name", "two\nlines"), ("language", "fr"), ("project", "nowhere"));
        body["inputs"]!["price"] = 25;
        var answer = (await caller.PostAsync(Path(org), body)).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        Assert.Equal(["/inputs/price", "/language", "/name", "/project"], answer.Json["errors"]!.AsArray().Select(e => (string)e!["pointer"]!).Order(StringComparer.Ordinal));
        (await caller.PostAsync(Path(org), await BodyAsync(("type", "test")))).Is(HttpStatusCode.BadRequest, "BODY_INVALID");
        (await caller.PostAsync(Path(org), await BodyAsync(("module_id", "M99")))).Is(HttpStatusCode.NotFound, "MODULE_NOT_FOUND");
        Assert.Empty((await caller.GetAsync(Path(org))).Is(HttpStatusCode.OK).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task Without_the_history_in_the_plan_nothing_is_saved_or_shown()
    {
        var (org, caller) = await OrgAsync("pilot");
        var id = Guid.CreateVersion7();
        foreach (var answer in new[] { await caller.PostAsync(Path(org), await BodyAsync()), await caller.GetAsync(Path(org)), await caller.GetAsync($"{Path(org)}/{id}"), await caller.GetAsync($"{Path(org)}/{id}/diff?with={id}") })
        {
            answer.Is(HttpStatusCode.Forbidden, "ENTITLEMENT_REQUIRED");
            Assert.Equal(("hasCloudHistory", "pro"), ((string?)answer.Json["flag"], (string?)answer.Json["required_plan"]));
        }
    }

    [Fact]
    public async Task Another_orgs_prompts_are_not_there()
    {
        var (org, caller) = await OrgAsync();
        var (otherOrg, other) = await OrgAsync();
        var mine = (string)(await caller.PostAsync(Path(org), await BodyAsync())).Is(HttpStatusCode.Created).Json["prompt_id"]!;
        var theirs = (string)(await other.PostAsync(Path(otherOrg), await BodyAsync())).Is(HttpStatusCode.Created).Json["prompt_id"]!;
        (await caller.GetAsync($"{Path(org)}/{theirs}")).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        (await caller.GetAsync($"{Path(org)}/{mine}/diff?with={theirs}")).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        (await caller.GetAsync($"{Path(org)}/{theirs}/diff?with={mine}")).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        foreach (var path in new[] { Path(otherOrg), $"{Path(otherOrg)}/{theirs}" })
            (await caller.GetAsync(path)).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        (await caller.PostAsync(Path(otherOrg), await BodyAsync())).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        (await nobody.GetAsync(Path(org))).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
    }

    [Fact]
    public async Task A_key_reads_with_one_scope_and_saves_with_another()
    {
        await postgres.CatalogAsync();
        var tenant = await postgres.NewOrgAsync("enterprise");
        using var reads = await (await Keys.NewAsync(postgres, tenant, "api.read")).CallerAsync(postgres);
        using var runs = await (await Keys.NewAsync(postgres, tenant, "api.run")).CallerAsync(postgres);
        (await reads.PostAsync(Path(tenant.OrgId), await BodyAsync())).Is(HttpStatusCode.Forbidden, "SCOPE_REQUIRED");
        (await runs.GetAsync(Path(tenant.OrgId))).Is(HttpStatusCode.Forbidden, "SCOPE_REQUIRED");
        var saved = (await runs.PostAsync(Path(tenant.OrgId), await BodyAsync())).Is(HttpStatusCode.Created).Json;
        Assert.Null(saved["created_by"]);
        (await reads.GetAsync($"{Path(tenant.OrgId)}/{saved["prompt_id"]}")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_same_idempotency_key_saves_once()
    {
        var (org, caller) = await OrgAsync();
        var body = await BodyAsync(("name", "Offer"));
        var answers = new[] { await caller.PostAsync(Path(org), body, ("Idempotency-Key", "one")), await caller.PostAsync(Path(org), body, ("Idempotency-Key", "one")) };
        Assert.Equal(answers[0].Is(HttpStatusCode.Created).Text, answers[1].Is(HttpStatusCode.Created).Text);
        Assert.Single((await caller.GetAsync(Path(org))).Json["items"]!.AsArray());
    }

    private async Task<(Guid Org, ApiCaller Caller)> OrgAsync(string plan = "enterprise")
    {
        await postgres.CatalogAsync();
        var tenant = await postgres.NewOrgAsync(plan);
        return (tenant.OrgId, await (await Accounts.SignInAsync(postgres, tenant.OwnerId)).CallerAsync(postgres));
    }

    private async Task<JsonObject> BodyAsync(params (string Name, JsonNode Value)[] members) => await RunBodies.OfAsync(postgres, "M07", members);

    private Task ProjectAsync(Guid org, string slug) => AdminAsync($"insert into projects (org_id, id, slug, name) values ($1, gen_random_uuid(), '{slug}', 'Project')", org);

    private async Task AdminAsync(string sql, Guid org)
    {
        await using var command = (await postgres.AdminAsync()).CreateCommand(sql);
        command.Parameters.Add(new() { Value = org });
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private static string Path(Guid org) => $"/api/orgs/{org}/prompts";
}
