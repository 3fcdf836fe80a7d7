using System.Net;
using System.Text.Json.Nodes;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.Prompts;

public sealed class PromptApiTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_saved_prompt_counts_its_versions_even_when_many_save_at_once()
    {
        var org = await ApiOrg.NewAsync(postgres, "pro");
        var body = await BodyAsync("Pricing");
        var saved = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => org.Caller.PostAsync(org.Path("/prompts"), body.DeepClone())));
        Assert.Equal(Enumerable.Range(1, 8), saved.Select(s => (int)s.Is(HttpStatusCode.Created).Json["version"]!).Order());
        var other = (await org.Caller.PostAsync(org.Path("/prompts"), await BodyAsync("Other"))).Is(HttpStatusCode.Created);
        Assert.Equal(1, (int)other.Json["version"]!);
        var read = (await org.Caller.GetAsync(other.Headers["Location"])).Is(HttpStatusCode.OK).Json;
        Assert.Equal((string?)other.Json["hash"], (string?)read["hash"]);
        Assert.Contains("ROLE_GOAL", (string?)read["text"], StringComparison.Ordinal);
        Assert.Equal("M07", (string?)read["lock"]!["module"]!["name"]);
        Assert.Null(read["lines"]);
        var list = (await org.Caller.GetAsync(org.Path("/prompts?name=Pricing&module=m07&limit=3"))).Is(HttpStatusCode.OK);
        Assert.Equal(["Pricing", "Pricing", "Pricing"], list.Json["items"]!.AsArray().Select(p => (string?)p!["name"]));
        Assert.NotNull(list.Json["next_cursor"]);
        Assert.DoesNotContain("ROLE_GOAL", list.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_difference_is_told_by_its_cause()
    {
        var org = await ApiOrg.NewAsync(postgres, "pro");
        var old = (await org.Caller.PostAsync(org.Path("/prompts"), await BodyAsync("A"))).Json;
        var changed = await BodyAsync("A");
        changed["seven_d"]!["urgency"] = "planned";
        var @new = (await org.Caller.PostAsync(org.Path("/prompts"), changed)).Is(HttpStatusCode.Created).Json;
        var diff = (await org.Caller.GetAsync(org.Path($"/prompts/{old["prompt_id"]}/diff?with={@new["prompt_id"]}"))).Is(HttpStatusCode.OK).Json;
        Assert.False((bool)diff["same"]!);
        Assert.Equal("urgency crisis -> planned", (string?)Assert.Single(diff["changes"]!.AsArray())!["cause"]);
        var explained = (await org.Caller.GetAsync(org.Path($"/prompts/{old["prompt_id"]}?explain=true"))).Is(HttpStatusCode.OK).Json["lines"]!.AsArray();
        Assert.All(explained, l => Assert.NotEmpty(l!["causes"]!.AsArray()));
        (await org.Caller.GetAsync(org.Path($"/prompts/{old["prompt_id"]}/diff"))).Is(HttpStatusCode.BadRequest, "BODY_INVALID");
        (await org.Caller.GetAsync(org.Path($"/prompts/{old["prompt_id"]}/diff?with={Guid.Empty}"))).Is(HttpStatusCode.NotFound, "NOT_FOUND");
    }

    [Fact]
    public async Task History_takes_a_plan_that_has_it_and_is_nobody_elses()
    {
        var pilot = await ApiOrg.NewAsync(postgres, "pilot");
        var saved = (await pilot.Caller.PostAsync(pilot.Path("/prompts"), await BodyAsync("A"))).Is(HttpStatusCode.Created).Json;
        foreach (var path in new[] { "/prompts", $"/prompts/{saved["prompt_id"]}", $"/prompts/{saved["prompt_id"]}/diff?with={saved["prompt_id"]}", "/runs" })
            Assert.Equal("hasCloudHistory", (string?)(await pilot.Caller.GetAsync(pilot.Path(path))).Is(HttpStatusCode.Forbidden, "ENTITLEMENT_REQUIRED").Json["flag"]);
        var other = await ApiOrg.NewAsync(postgres, "pro");
        (await other.Caller.GetAsync(other.Path($"/prompts/{saved["prompt_id"]}"))).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        (await other.Caller.GetAsync(pilot.Path($"/prompts/{saved["prompt_id"]}"))).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        var elsewhere = (await pilot.Caller.GetAsync(pilot.Path($"/runs/{saved["prompt_id"]}"))).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        Assert.NotNull(elsewhere.Json["trace_id"]);
    }

    [Fact]
    public async Task A_name_and_every_value_beside_it_are_checked_at_once()
    {
        var org = await ApiOrg.NewAsync(postgres, "pro");
        var body = await BodyAsync(" ");
        body["language"] = "xx";
        var refused = (await org.Caller.PostAsync(org.Path("/prompts"), body)).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        Assert.Equal(["/language", "/name"], refused.Json["errors"]!.AsArray().Select(e => (string)e!["pointer"]!).Order(StringComparer.Ordinal));
        Assert.Equal(0L, await org.CountAsync("prompt_history"));
    }

    private async Task<JsonObject> BodyAsync(string name) => await Runs.RunBodies.OfAsync(postgres, "M07", ("name", name));
}
