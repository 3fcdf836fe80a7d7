using System.Net;
using System.Text.Json.Nodes;
using PromptForge.Web.Tests.ApiKeys;
using PromptForge.Web.Tests.Http;
using PromptForge.Web.Tests.Identity;

namespace PromptForge.Web.Tests.Catalog;

public sealed class CatalogEndpointTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("", 50)]
    [InlineData("?plan=pilot", 10)]
    [InlineData("?plan=pro&language=ro", 50)]
    [InlineData("?q=risk%20trust", 1)]
    [InlineData("?q=RISCULUI%20increderii&language=ro", 1)]
    [InlineData("?q=m07", 1)]
    [InlineData("?q=no-such-words", 0)]
    public async Task Modules_are_found_by_vector_words_and_plan(string query, int least)
    {
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        var answer = (await nobody.GetAsync("/api/modules" + query)).Is(HttpStatusCode.OK);
        var items = answer.Json["items"]!.AsArray();
        Assert.True(least == 0 ? items.Count == 0 : items.Count >= least, answer.Text);
        Assert.All(items, i => Assert.Equal(["module_id", "name", "vectors", "summary", "required_plan", "version"], i!.AsObject().Select(m => m.Key)));
    }

    [Fact]
    public async Task A_vector_narrows_and_every_fault_of_a_query_is_named_at_once()
    {
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        Assert.All((await nobody.GetAsync("/api/modules?vector=7")).Is(HttpStatusCode.OK).Json["items"]!.AsArray(), i => Assert.Contains(7, i!["vectors"]!.AsArray().Select(v => (int)v!)));
        var faults = (await nobody.GetAsync($"/api/modules?vector=8&plan=gold&language=de&q={new string('x', 101)}")).Is(HttpStatusCode.BadRequest, "INPUT_INVALID").Json["errors"]!.AsArray();
        Assert.Equal(["/language", "/vector", "/plan", "/q"], faults.Select(f => (string?)f!["pointer"]));
    }

    [Fact]
    public async Task D_RLS_13_a_modules_contract_is_for_organisations_that_may_use_it()
    {
        var (pilot, all) = (await postgres.NewOrgAsync(), await postgres.NewOrgAsync("enterprise"));
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        Assert.Null((await nobody.GetAsync("/api/modules/M44")).Is(HttpStatusCode.OK).Json["contract"]);
        (await nobody.GetAsync($"/api/modules/M44?org_id={all.OrgId}")).Is(HttpStatusCode.Unauthorized);
        (await nobody.GetAsync("/api/modules/M44/versions")).Is(HttpStatusCode.Unauthorized);

        using var small = await (await Accounts.SignInAsync(postgres, pilot.OwnerId)).CallerAsync(postgres);
        Assert.Null((await small.GetAsync("/api/modules/M44")).Is(HttpStatusCode.OK).Json["contract"]);
        var refused = (await small.GetAsync($"/api/modules/M44?org_id={pilot.OrgId}")).Is(HttpStatusCode.Forbidden, "MODULE_NOT_IN_PLAN").Json;
        Assert.Equal(("pro", "fintech"), ((string)refused["required_plan"]!, (string)refused["required_packs"]![0]!));
        Assert.Equal([pilot.OwnerId.ToString()], refused["changed_by_users"]!.AsArray().Select(u => (string?)u));
        (await small.GetAsync($"/api/modules/M44?org_id={all.OrgId}")).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        Assert.NotNull((await small.GetAsync($"/api/modules/M07?org_id={pilot.OrgId}")).Is(HttpStatusCode.OK).Json["contract"]);

        using var large = await (await Accounts.SignInAsync(postgres, all.OwnerId)).CallerAsync(postgres);
        var contract = (await large.GetAsync($"/api/modules/M44?org_id={all.OrgId}&language=ro")).Is(HttpStatusCode.OK).Json["contract"]!;
        Assert.NotEmpty(contract["inputs"]!.AsArray());
        Assert.NotEmpty(contract["output"]!["fields"]!.AsArray());
        Assert.NotEmpty(contract["tests"]!.AsArray());
        Assert.Equal("1.1.0", (string?)(await large.GetAsync("/api/modules/M44/versions")).Is(HttpStatusCode.OK).Json["items"]![0]!["version"]);

        using var system = await (await Keys.NewAsync(postgres, all, "api.read")).CallerAsync(postgres);
        Assert.NotNull((await system.GetAsync("/api/modules/M44")).Is(HttpStatusCode.OK).Json["contract"]);
        using var other = await (await Keys.NewAsync(postgres, all, "api.run")).CallerAsync(postgres);
        Assert.Null((await other.GetAsync("/api/modules/M44")).Is(HttpStatusCode.OK).Json["contract"]);
        (await other.GetAsync($"/api/modules/M44?org_id={all.OrgId}")).Is(HttpStatusCode.Forbidden, "SCOPE_REQUIRED");
        (await nobody.GetAsync("/api/modules/M51")).Is(HttpStatusCode.NotFound, "MODULE_NOT_FOUND");
    }

    [Theory]
    [InlineData("/api/modules")]
    [InlineData("/api/modules?plan=pilot")]
    [InlineData("/api/modules/M07")]
    [InlineData("/api/domains")]
    [InlineData("/api/domains/FinTech")]
    [InlineData("/api/ruleset")]
    public async Task What_a_client_has_already_is_not_sent_again(string path)
    {
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        var first = (await nobody.GetAsync(path)).Is(HttpStatusCode.OK);
        var tag = first.Headers["ETag"];
        Assert.Matches("^\"[0-9a-f]{32}\"$", tag);
        Assert.Contains("public", first.Headers["Cache-Control"], StringComparison.Ordinal);
        foreach (var known in new[] { tag, $"\"other\", W/{tag}", "*" })
        {
            var again = (await nobody.GetAsync(path, ("If-None-Match", known))).Is(HttpStatusCode.NotModified);
            Assert.Empty(again.Text);
            Assert.Equal(tag, again.Headers["ETag"]);
        }

        (await nobody.GetAsync(path, ("If-None-Match", "\"other\""))).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Domains_come_in_the_language_asked_for_and_by_code_or_label()
    {
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        Assert.NotEmpty((await nobody.GetAsync("/api/domains")).Is(HttpStatusCode.OK).Json["items"]!.AsArray());
        var (en, ro) = ((await nobody.GetAsync("/api/domains/fintech")).Is(HttpStatusCode.OK).Json, (await nobody.GetAsync("/api/domains/FinTech?language=ro")).Is(HttpStatusCode.OK).Json);
        Assert.Equal(("fintech", "high"), ((string)ro["code"]!, (string)ro["risk_level"]!));
        Assert.NotEqual((string?)en["rules"]![0], (string?)ro["rules"]![0]);
        (await nobody.GetAsync("/api/domains/astrology")).Is(HttpStatusCode.NotFound, "NOT_FOUND");
    }

    [Fact]
    public async Task A_7d_context_is_completed_signed_and_compared_with_its_domain()
    {
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        var answer = (await nobody.PostAsync("/api/7d/normalize", new { domain = "FinTech", urgency = "crisis", output_formats = new[] { "playbook", "json" } })).Is(HttpStatusCode.OK).Json;
        Assert.Equal(("fintech", "crisis"), ((string)answer["domain"]!, (string)answer["urgency"]!));
        Assert.Equal(["playbook", "json"], answer["output_formats"]!.AsArray().Select(o => (string?)o));
        Assert.Matches("^[0-9a-f]{64}$", (string)answer["signature_7d"]!);
        Assert.Equal("crisis", (string?)answer["overrides"]!["urgency"]!["actual"]);
        var again = new JsonObject(answer.AsObject().Where(m => m.Key is not ("signature_7d" or "overrides")).Select(m => KeyValuePair.Create(m.Key, m.Value?.DeepClone())));
        Assert.Equal((string?)answer["signature_7d"], (string?)(await nobody.PostAsync("/api/7d/normalize", again.ToJsonString())).Is(HttpStatusCode.OK).Json["signature_7d"]);
    }

    [Fact]
    public async Task Everything_wrong_with_a_7d_context_is_said_at_once()
    {
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        var both = (await nobody.PostAsync("/api/7d/normalize", new { domain = "astrology", scale = "huge", output_formats = new[] { "fax" } })).Is(HttpStatusCode.BadRequest, "7D_VALIDATION_ERROR").Json["errors"]!.AsArray();
        Assert.Equal(["/domain", "/scale", "/output_formats/0"], both.Select(f => (string?)f!["pointer"]));
        Assert.Contains("\"huge\"", (string?)both[1]!["detail"], StringComparison.Ordinal);
        Assert.Contains("enterprise", both[1]!["allowed"]!.AsArray().Select(a => (string?)a));
        var domain = (await nobody.PostAsync("/api/7d/normalize", new { domain = "astrology" })).Is(HttpStatusCode.BadRequest, "UNKNOWN_DOMAIN");
        Assert.Contains("fintech", domain.Json["allowed"]!.AsArray().Select(a => (string?)a));
        (await nobody.PostAsync("/api/7d/normalize", new { })).Is(HttpStatusCode.BadRequest, "7D_VALIDATION_ERROR");
        (await nobody.PostAsync("/api/7d/normalize", new { domain = "fintech", mood = "good" })).Is(HttpStatusCode.BadRequest, "BODY_INVALID");
    }

    [Fact]
    public async Task The_ruleset_in_force_is_named_with_its_checksum()
    {
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        var (answer, ruleset) = ((await nobody.GetAsync("/api/ruleset")).Is(HttpStatusCode.OK).Json, (await postgres.CatalogAsync()).Ruleset);
        Assert.Equal((ruleset.Version, "sha256:" + ruleset.ContentHash), ((string)answer["version"]!, (string)answer["checksum"]!));
    }
}
