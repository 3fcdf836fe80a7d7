using System.Net;
using System.Text.Json.Nodes;

namespace PromptForge.Web.Tests.Http;

/// <summary>A parameter with a slip in its name would be no filter at all, and the answer would look like one.</summary>
public sealed class QueryNameTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_parameter_that_the_operation_does_not_have_is_refused_by_name()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var answer = (await org.Caller.GetAsync(org.Path("/runs?limit=5&modul=M07&a~b%2Fc="))).Is(HttpStatusCode.BadRequest, "INPUT_INVALID").Json["errors"]!.AsArray();
        Assert.Equal(["/modul", "/a~0b~1c"], answer.Select(e => (string?)e!["pointer"]));
        Assert.All(answer, e => Assert.Equal("PARAMETER_UNKNOWN", (string?)e!["code"]));
        Assert.StartsWith("\"modul\" is not a parameter of this operation. Allowed: ", (string?)answer[0]!["detail"], StringComparison.Ordinal);
        Assert.Equal(["cursor", "from", "limit", "module", "project", "status", "to", "type", "verdict"], answer[0]!["allowed"]!.AsArray().Select(a => (string)a!).Order(StringComparer.Ordinal));
        Assert.Contains("It has none.", (await org.Caller.GetAsync(org.Path("?x=1"))).Is(HttpStatusCode.BadRequest, "INPUT_INVALID").Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/runs?limit=5&limit=6")]
    [InlineData("/runs?limit=5&LIMIT=5")]
    public async Task A_parameter_with_one_value_stands_there_once(string path)
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var answer = (await org.Caller.GetAsync(org.Path(path))).Is(HttpStatusCode.BadRequest, "INPUT_INVALID").Json["errors"]![0]!;
        Assert.Equal(("/limit", "PARAMETER_REPEATED"), (((string?)answer["pointer"])!.ToLowerInvariant(), (string?)answer["code"]));
    }

    [Fact]
    public async Task Every_operation_refuses_what_its_document_does_not_list_and_knows_what_it_lists()
    {
        await using var server = await postgres.NewServerAsync(new Dictionary<string, string?> { ["Identity:RequestsPerMinute"] = "100000", ["Limits:UserPerMinute"] = "100000", ["Limits:AnonymousPerMinute"] = "100000" });
        using var nobody = new ApiCaller(server.Address);
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var unseen = new List<string>();
        var document = (await nobody.GetAsync("/openapi/v1.json")).Json["paths"]!.AsObject();
        foreach (var (path, operations) in document)
        {
            foreach (var (method, operation) in operations!.AsObject())
            {
                var here = path.Replace("{org_id}", org.OrgId.ToString(), StringComparison.Ordinal).Replace("{module_id}", "M07", StringComparison.Ordinal).Replace("{name}", "x", StringComparison.Ordinal);
                here = System.Text.RegularExpressions.Regex.Replace(here, "{[a-z_]*id}", Guid.Empty.ToString());
                here = System.Text.RegularExpressions.Regex.Replace(here, "{[a-z_]*}", "x");
                var listed = (operation!["parameters"]?.AsArray() ?? []).Where(p => (string?)p!["in"] == "query").Select(p => (string)p!["name"]!).Order(StringComparer.Ordinal).ToList();
                // A system's operation asks first who calls.
                var answer = await (path == "/api/run/{module_id}" ? nobody : org.Caller).SendAsync(new HttpMethod(method.ToUpperInvariant()), here + "?nonsense=1", method == "get" ? null : path == "/api/bundles/verify" ? new MultipartFormDataContent() : new JsonObject());
                if (path == "/api/run/{module_id}" ? answer.Status != HttpStatusCode.Unauthorized
                    : answer.Code != "INPUT_INVALID" || !(answer.Json["errors"]![0]!["allowed"]?.AsArray() ?? []).Select(a => (string)a!).Order(StringComparer.Ordinal).SequenceEqual(listed))
                    unseen.Add($"{method} {here}: {answer.Text}");
            }
        }

        Assert.True(unseen.Count == 0, string.Join('\n', unseen));
    }
}
