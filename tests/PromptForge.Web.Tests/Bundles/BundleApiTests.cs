using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.Bundles;

public sealed class BundleApiTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Every_file_of_a_bundle_is_downloaded_as_its_row_says_and_the_zip_verifies()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var run = await org.RunAsync();
        using var http = await HttpAsync(org);
        var files = run["bundle"]!["files"]!.AsArray();
        Assert.Equal(9, files.Count);
        foreach (var file in files)
        {
            using var response = await http.GetAsync((string)file!["url"]!, TestContext.Current.CancellationToken);
            var bytes = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
            Assert.Equal(((string?)file["sha256"], (int)file["bytes"]!), (Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.Length));
            Assert.Equal($"\"{file["sha256"]}\"", response.Headers.ETag!.Tag);
            Assert.Equal((string?)file["name"], response.Content.Headers.ContentDisposition!.FileName);
        }

        using var pdf = await http.GetAsync((string)files.Single(f => (string?)f!["name"] == "prompt.pdf")!["url"]!, TestContext.Current.CancellationToken);
        Assert.Equal("application/pdf", pdf.Content.Headers.ContentType!.MediaType);
        using var cached = new HttpRequestMessage(HttpMethod.Get, (string)files[0]!["url"]!);
        cached.Headers.IfNoneMatch.Add(new EntityTagHeaderValue($"\"{files[0]!["sha256"]}\""));
        Assert.Equal(HttpStatusCode.NotModified, (await http.SendAsync(cached, TestContext.Current.CancellationToken)).StatusCode);
        foreach (var name in new[] { "prompt.exe", "..%2F..%2Fissuer.key", new string('a', 300) })
            (await org.Caller.GetAsync(org.Path($"/bundles/{run["bundle"]!["bundle_id"]}/files/{name}"))).Is(HttpStatusCode.NotFound, "NOT_FOUND");
    }

    [Fact]
    public async Task A_second_export_of_the_same_formats_is_the_same_bundle_and_other_formats_are_another()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var run = await org.RunAsync("M07", ("formats", new JsonArray("md", "json")));
        var path = org.Path($"/runs/{run["run_id"]}/bundles");
        var same = (await org.Caller.PostAsync(path, new { formats = new[] { "json", "md" } })).Is(HttpStatusCode.OK).Json;
        Assert.True(JsonNode.DeepEquals(run["bundle"], same));
        var all = (await org.Caller.PostAsync(path, new { })).Is(HttpStatusCode.Created).Json;
        Assert.NotEqual((string?)same["checksum"], (string?)all["checksum"]);
        var twice = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => org.Caller.PostAsync(path, new { formats = new[] { "txt" } })));
        Assert.Single(twice.Select(a => (string)a.Json["bundle_id"]!).Distinct());
        var list = (await org.Caller.GetAsync(path)).Is(HttpStatusCode.OK).Json["items"]!.AsArray();
        Assert.Equal(3, list.Count);
        Assert.Contains("bundle.exported", await AuditAsync(org));
    }

    [Fact]
    public async Task The_zip_can_be_asked_for_after_the_same_files_without_it()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var run = await org.RunAsync("M07", ("formats", new JsonArray("md", "json")));
        var zipped = (await org.Caller.PostAsync(org.Path($"/runs/{run["run_id"]}/bundles"), new { formats = new[] { "md", "json", "zip" } })).Is(HttpStatusCode.Created).Json;
        Assert.Equal((string?)run["bundle"]!["checksum"], (string?)zipped["checksum"]);
        var zip = zipped["files"]!.AsArray().Single(f => ((string)f!["name"]!).EndsWith(".zip", StringComparison.Ordinal))!;
        using var http = await HttpAsync(org);
        Assert.Equal((string?)zip["sha256"], Convert.ToHexStringLower(SHA256.HashData(await http.GetByteArrayAsync((string)zip["url"]!, TestContext.Current.CancellationToken))));
    }

    [Fact]
    public async Task A_bundle_says_when_the_runs_output_was_repaired_after_it_and_when_its_files_are_gone()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var run = await org.RunAsync();
        var path = org.Path($"/runs/{run["run_id"]}");
        Assert.False((bool)run["bundle"]!["superseded"]!);
        // Scored again it holds the same output, and a repair that does not help changes none.
        Assert.False((bool)(await org.Caller.PostAsync(path + "/score", null)).Is(HttpStatusCode.OK).Json["bundle"]!["superseded"]!);
        await AdminAsync("update prompt_scores set total = 100 where org_id = $1", org.OrgId);
        Assert.False((bool)(await org.Caller.PostAsync(path + "/tighten", new { strategy = "expand_steps" })).Is(HttpStatusCode.OK).Json["bundle"]!["superseded"]!);
        await AdminAsync("delete from score_attempts where org_id = $1 and strategy is not null", org.OrgId);
        await AdminAsync("update runs set output = output || E'\\nMaybe it could possibly be done, perhaps.' where org_id = $1", org.OrgId);
        await AdminAsync("update prompt_scores set total = 1, verdict = 'fail' where org_id = $1", org.OrgId);

        var repaired = (await org.Caller.PostAsync(path + "/tighten", new { strategy = "tighten" })).Is(HttpStatusCode.OK).Json;
        Assert.Equal(((string?)run["bundle"]!["bundle_id"], true), ((string?)repaired["bundle"]!["bundle_id"], (bool)repaired["bundle"]!["superseded"]!));
        var again = (await org.Caller.PostAsync(path + "/bundles", new { })).Is(HttpStatusCode.Created).Json;
        Assert.False((bool)again["superseded"]!);
        Assert.True(JsonNode.DeepEquals(again, (await org.Caller.GetAsync(path)).Is(HttpStatusCode.OK).Json["bundle"]));

        await AdminAsync("update bundles set purged_at = now() where id = $1", (Guid)run["bundle"]!["bundle_id"]!);
        var list = (await org.Caller.GetAsync(path + "/bundles")).Is(HttpStatusCode.OK).Json["items"]!.AsArray();
        Assert.Equal([(false, false), (true, true)], list.Select(b => ((bool)b!["superseded"]!, b["purged_at"] is not null)));
    }

    [Fact]
    public async Task A_bundle_that_is_there_is_given_again_when_the_catalogue_has_moved_on_but_not_after_its_term()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var run = await org.RunAsync();
        var path = org.Path($"/runs/{run["run_id"]}");
        await AdminAsync("""update prompt_history set inputs = '{"gone": "x"}' where org_id = $1""", org.OrgId);
        Assert.True(JsonNode.DeepEquals(run["bundle"], (await org.Caller.PostAsync(path + "/bundles", new { })).Is(HttpStatusCode.OK).Json));

        await AdminAsync("update bundles set purged_at = now() where org_id = $1", org.OrgId);
        (await org.Caller.PostAsync(path + "/bundles", new { })).Is(HttpStatusCode.Conflict, "STATE_CONFLICT");
        var after = (await org.Caller.GetAsync(path)).Is(HttpStatusCode.OK).Json;
        Assert.Null(after["bundle"]);
        Assert.Equal("CATALOG_CHANGED", (string?)Assert.Single(after["withheld"]!.AsArray())!["code"]);
    }

    [Fact]
    public async Task A_bundle_made_again_from_the_stored_run_is_byte_for_byte_the_first_one()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        foreach (var type in new[] { "generation", "test" })
        {
            // M05 takes an object, whose keys and exponents the database does not keep.
            var inputs = (await Runs.RunBodies.OfAsync(postgres, "M05"))["inputs"]!.DeepClone();
            inputs["ttl"] = JsonNode.Parse("""{"session":1.2e1,"core":0,"a key":{"z":1,"b":[1.50,true]}}""");
            var run = await org.RunAsync("M05", ("type", type), ("formats", new JsonArray("md", "json", "pdf", "zip")), ("inputs", inputs));
            await AdminAsync("delete from bundles where run_id = $1", (Guid)run["run_id"]!);
            var again = (await org.Caller.PostAsync(org.Path($"/runs/{run["run_id"]}/bundles"), new { })).Is(HttpStatusCode.Created).Json;
            Assert.Equal((string?)run["bundle"]!["checksum"], (string?)again["checksum"]);
            Assert.Equal(run["bundle"]!["files"]!.AsArray().Select(f => (string?)f!["sha256"]), again["files"]!.AsArray().Select(f => (string?)f!["sha256"]));
        }
    }

    [Fact]
    public async Task What_scored_too_low_or_holds_personal_data_is_kept_but_not_exported()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var hedged = string.Join(' ', Enumerable.Repeat("Maybe it could possibly fail, perhaps? Should we probably try to wait?", 6));
        var low = await Runs.RunBodies.OfAsync(postgres, "M07", ("type", "generation"), ("seven_d", new JsonObject { ["domain"] = "healthcare", ["urgency"] = "crisis", ["application"] = "crisis_response" }));
        low["inputs"]!["perceived_risk"] = hedged;
        low["inputs"]!["price"] = "maybe 10, perhaps 20?";
        var run = (await org.Caller.PostAsync(org.Path("/runs"), low)).Is(HttpStatusCode.OK).Json;
        Assert.Equal(("success", "fail"), ((string?)run["status"], (string?)run["score"]!["verdict"]));
        Assert.Null(run["bundle"]);
        Assert.Contains("SCORE_BELOW_GATE", run["withheld"]!.AsArray().Select(w => (string?)w!["code"]));
        var refused = (await org.Caller.PostAsync(org.Path($"/runs/{run["run_id"]}/bundles"), new { })).Is(HttpStatusCode.UnprocessableEntity, "SCORE_BELOW_GATE");
        Assert.Equal(((int)run["score"]!["total"]!, (int)run["score"]!["gate"]!), ((int)refused.Json["total"]!, (int)refused.Json["gate"]!));
        Assert.True(JsonNode.DeepEquals(run["withheld"], (await org.Caller.GetAsync(org.Path($"/runs/{run["run_id"]}"))).Json["withheld"]));

        var personal = await Runs.RunBodies.OfAsync(postgres, "M07", ("type", "generation"));
        personal["inputs"]!["perceived_risk"] = "ana.pop@example.com fears that delivery slips";
        var kept = (await org.Caller.PostAsync(org.Path("/runs"), personal)).Is(HttpStatusCode.OK).Json;
        (await org.Caller.PostAsync(org.Path($"/runs/{kept["run_id"]}/bundles"), new { })).Is(HttpStatusCode.UnprocessableEntity, "EXPORT_BLOCKED");
        personal["anonymise"] = true;
        var masked = (await org.Caller.PostAsync(org.Path("/runs"), personal)).Is(HttpStatusCode.OK).Json;
        Assert.NotNull(masked["bundle"]);
        (await org.Caller.PostAsync(org.Path($"/runs/{masked["run_id"]}/bundles"), new { formats = new[] { "txt" } })).Is(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_format_that_the_plan_lacks_is_refused()
    {
        var org = await ApiOrg.NewAsync(postgres, "pro");
        var run = await org.RunAsync();
        var refused = (await org.Caller.PostAsync(org.Path($"/runs/{run["run_id"]}/bundles"), new { formats = new[] { "zip" } })).Is(HttpStatusCode.Forbidden, "ENTITLEMENT_REQUIRED");
        Assert.Equal(("canExportBundleZip", "enterprise"), ((string?)refused.Json["flag"], (string?)refused.Json["required_plan"]));
        (await org.Caller.PostAsync(org.Path($"/runs/{run["run_id"]}/bundles"), new { formats = new[] { "exe" } })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        (await org.Caller.PostAsync(org.Path($"/runs/{run["run_id"]}/bundles"), new { formats = Enumerable.Repeat("md", 20).Append("exe") })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
    }

    private async Task AdminAsync(string sql, Guid id)
    {
        await using var command = (await postgres.AdminAsync()).CreateCommand(sql);
        command.Parameters.Add(new() { Value = id });
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private async Task<HttpClient> HttpAsync(ApiOrg org) => new()
    {
        BaseAddress = (await postgres.ServerAsync()).Address,
        DefaultRequestHeaders = { Authorization = new("Bearer", (await Identity.Accounts.SignInAsync(postgres, org.OwnerId)).Token) },
    };

    private async Task<IReadOnlyList<string>> AuditAsync(ApiOrg org) => await (await postgres.DbAsync()).InOrgAsync(org.OrgId, null, (scope, ct) =>
        scope.QueryAsync<string>("select action from audit_log where org_id = @Org", new { Org = org.OrgId }, ct), TestContext.Current.CancellationToken);
}
