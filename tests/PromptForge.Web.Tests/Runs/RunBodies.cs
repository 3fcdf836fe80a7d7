using System.Text.Json.Nodes;

namespace PromptForge.Web.Tests.Runs;

internal static class RunBodies
{
    /// <summary>The module's own example in a fintech crisis, with members added or replaced.</summary>
    public static async Task<JsonObject> OfAsync(PostgresFixture postgres, string? module, params (string Name, JsonNode Value)[] members)
    {
        var found = (await postgres.CatalogAsync()).FindModule(module ?? "M07");
        var body = new JsonObject
        {
            ["seven_d"] = new JsonObject { ["domain"] = "FinTech", ["urgency"] = "crisis" },
            ["inputs"] = new JsonObject((found?.ExampleInput.ToArray() ?? []).Select(i => KeyValuePair.Create(i.Key, JsonNode.Parse(i.Value.GetRawText())))),
        };
        if (module is not null)
            body["module_id"] = module;
        foreach (var (name, value) in members)
            body[name] = value;
        return body;
    }
}
