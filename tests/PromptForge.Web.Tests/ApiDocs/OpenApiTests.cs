using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using PromptForge.Web.Platform;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.ApiDocs;

/// <summary>docs/openapi.json is what the code makes. To write it anew: <c>FORGE_UPDATE=1 ./forge test OpenApi</c>.</summary>
public sealed class OpenApiTests(PostgresFixture postgres)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string Checked = Path.Combine(Repository.Root, "docs", "openapi.json");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_document_in_docs_is_the_one_that_the_code_makes()
    {
        var made = await MadeAsync();
        var text = made.ToJsonString(Indented) + "\n";
        if (Environment.GetEnvironmentVariable("FORGE_UPDATE") == "1")
            await File.WriteAllTextAsync(Checked, text, Cancel);
        var known = await File.ReadAllTextAsync(Checked, Cancel);
        Assert.True(known == text, $"The API changed and docs/openapi.json did not. Run: FORGE_UPDATE=1 ./forge test OpenApi\n{string.Join('\n', Differences(known, text))}");
    }

    [Fact]
    public async Task Nothing_that_clients_rely_on_goes_while_the_version_stays()
    {
        var made = await MadeAsync();
        var version = (string?)made["info"]!["version"];
        var commits = (await RunAsync("git", "log", "-n", "50", "--format=%H", "--", "docs/openapi.json")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var commit in commits)
        {
            var (status, text) = await RunAsync("git", "show", $"{commit}:docs/openapi.json");
            if (status != 0)
                continue;
            var before = JsonNode.Parse(text)!.AsObject();
            if (((string)before["info"]!["version"]!).Split('.')[0] != version!.Split('.')[0])
                break;
            Assert.True(Contract.Breaks(before, made) is not { Count: > 0 } breaks, $"This breaks clients of version {before["info"]!["version"]} (commit {commit[..8]}). Raise the major version in ApiDocsSetup, or keep it:\n{string.Join('\n', Contract.Breaks(before, made))}");
        }
    }

    [Fact]
    public void A_member_that_goes_and_a_demand_that_comes_are_seen()
    {
        var before = JsonNode.Parse("""{"paths":{"/a":{"post":{"requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"x":{"type":"string"}}}}}},"responses":{"200":{"content":{"application/json":{"schema":{"type":"object","properties":{"y":{"type":"integer"}}}}}}}}}}}""")!.AsObject();
        var after = JsonNode.Parse("""{"paths":{"/a":{"post":{"requestBody":{"content":{"application/json":{"schema":{"type":"object","required":["x"],"properties":{"x":{"type":"string"}}}}}},"responses":{"200":{"content":{"application/json":{"schema":{"type":"object","properties":{"y":{"type":"string"}}}}}}}}}}}""")!.AsObject();
        Assert.Equal(["gone: POST /a 200 gives application/json/y: integer", "new demand: POST /a needs /x"], Contract.Breaks(before, after));
        Assert.Empty(Contract.Breaks(before, before));
    }

    [Fact]
    public async Task Every_operation_says_what_it_does_to_whom_it_opens_and_what_it_refuses()
    {
        foreach (var (path, item) in (await MadeAsync())["paths"]!.AsObject())
        {
            foreach (var (method, operation) in item!.AsObject())
            {
                var name = $"{method} {path}";
                Assert.False(string.IsNullOrWhiteSpace((string?)operation!["summary"]), $"{name} has no summary");
                Assert.False(string.IsNullOrWhiteSpace((string?)operation["operationId"]), $"{name} has no name");
                Assert.True(operation["tags"]?.AsArray().Count == 1, $"{name} has no tag of its own");
                Assert.True(operation["security"] is not null, $"{name} does not say who may call it");
                Assert.Contains("429", operation["responses"]!.AsObject().Select(r => r.Key));
            }
        }
    }

    [Fact]
    public async Task Redoclys_recommended_rules_find_nothing()
    {
        var lint = Path.Combine(Repository.Root, "node_modules", "@redocly", "cli", "bin", "cli.js");
        Assert.SkipUnless(File.Exists(lint), "@redocly/cli is not installed; run npm ci");
        // Through a file: the linter leaves before a pipe has taken all that it wrote.
        var (document, report) = (Path.GetTempFileName(), Path.GetTempFileName());
        await File.WriteAllTextAsync(document, (await MadeAsync()).ToJsonString(Indented), Cancel);
        var (status, output) = await RunAsync("sh", "-c", $"node '{lint}' lint '{document}' --config '{Path.Combine(Repository.Root, "redocly.yaml")}' --format json > '{report}'; status=$?; cat '{report}'; rm '{report}' '{document}'; exit $status");
        var totals = JsonNode.Parse(output[..(output.LastIndexOf('}') + 1)])!["totals"]!;
        Assert.True(status == 0 && (int)totals["errors"]! == 0 && (int)totals["warnings"]! == 0, output);
    }

    [Fact]
    public async Task The_page_and_what_it_needs_come_from_this_host()
    {
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        var page = (await nobody.GetAsync("/docs/api/")).Is(HttpStatusCode.OK);
        Assert.DoesNotContain("https://", page.Text, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", page.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        foreach (var code in Web.Platform.Api.ApiError.All)
            (await nobody.GetAsync($"/docs/errors/{code.Code}")).Is(HttpStatusCode.OK);
        (await nobody.GetAsync("/docs/errors/NO_SUCH_CODE")).Is(HttpStatusCode.NotFound);
    }

    private async Task<JsonObject> MadeAsync()
    {
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        return (await nobody.GetAsync("/openapi/v1.json")).Is(HttpStatusCode.OK).Json.AsObject();
    }

    private static IEnumerable<string> Differences(string known, string made)
    {
        var (old, now) = (known.Split('\n').ToHashSet(), made.Split('\n').ToHashSet());
        return old.Except(now).Take(10).Select(l => "- " + l.Trim()).Concat(now.Except(old).Take(10).Select(l => "+ " + l.Trim()));
    }

    private static async Task<(int Status, string Output)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["REDOCLY_TELEMETRY"] = "off", ["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true", ["NO_COLOR"] = "1" },
        })!;
        var errors = process.StandardError.ReadToEndAsync(Cancel);
        var output = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, output.Length > 0 ? output : await errors);
    }
}
