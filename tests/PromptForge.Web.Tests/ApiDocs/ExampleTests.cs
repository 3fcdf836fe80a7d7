using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using PromptForge.Web.Platform;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.ApiDocs;

/// <summary>The document's examples. To record them anew: <c>FORGE_UPDATE=1 ./forge test Example</c>, then <c>FORGE_UPDATE=1 ./forge test OpenApi</c>.</summary>
public sealed class ExampleTests(PostgresFixture postgres)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string Folder = Path.Combine(Repository.Root, "src", "PromptForge.Web", "ApiDocs", "Examples");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_scenario_behind_the_examples_still_works()
    {
        var scenario = new ExampleScenario(postgres, await DocumentAsync());
        await scenario.RunAsync();
        Assert.True(scenario.Examples.Count > 40, $"Only {scenario.Examples.Count} operations were called.");
        if (Environment.GetEnvironmentVariable("FORGE_UPDATE") != "1")
            return;
        Directory.CreateDirectory(Folder);
        foreach (var (operation, example) in scenario.Examples)
            await File.WriteAllTextAsync(Path.Combine(Folder, operation + ".json"), example.ToJsonString(Indented) + "\n", Cancel);
    }

    [Fact]
    public async Task Every_request_and_answer_in_json_has_an_example_that_fits_its_schema()
    {
        var document = await DocumentAsync();
        var schemas = new Schemas(document);
        var faults = new List<string>();
        foreach (var (path, item) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in item!.AsObject())
            {
                var contents = operation!["responses"]!.AsObject().Where(r => r.Key[0] == '2').Select(r => (Name: r.Key, Content: r.Value!["content"]?["application/json"]))
                    .Append((Name: "request", Content: operation["requestBody"]?["content"]?["application/json"]))
                    // A file is its own example.
                    .Where(c => c.Content is not null && (string?)c.Content["schema"]?["format"] is not ("byte" or "binary")).ToList();
                foreach (var (name, content) in contents)
                {
                    if (content!["example"] is { } example)
                        faults.AddRange(schemas.Breach(content["schema"], example) is { } breach ? [$"{method} {path} {name}: {breach}"] : []);
                }

                var request = contents.FirstOrDefault(c => c.Name == "request").Content;
                var answers = contents.Where(c => c.Name != "request").ToList();
                if (request is not null && request["example"] is null)
                    faults.Add($"{operation["operationId"]}: the request has no example");
                if (answers.Count > 0 && answers.All(a => a.Content!["example"] is null))
                    faults.Add($"{operation["operationId"]}: no answer has an example");
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private async Task<JsonObject> DocumentAsync()
    {
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        return (await nobody.GetAsync("/openapi/v1.json")).Is(HttpStatusCode.OK).Json.AsObject();
    }
}
