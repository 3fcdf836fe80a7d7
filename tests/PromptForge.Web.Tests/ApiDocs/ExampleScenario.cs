using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PromptForge.Web.Tests.ApiKeys;
using PromptForge.Web.Tests.Http;
using PromptForge.Web.Tests.Identity;

namespace PromptForge.Web.Tests.ApiDocs;

/// <summary>A team at work, so that each operation is called once as its reader would call it; the first answer of each is kept as its example.</summary>
internal sealed partial class ExampleScenario(PostgresFixture postgres, JsonObject document)
{
    private const int LongestText = 160;
    private const int MostItems = 2;

    private static readonly JsonObject Offer = new()
    {
        ["price"] = "25000 EUR",
        ["perceived_risk"] = "delivery uncertainty",
        ["proofs"] = new JsonArray("audit 2025", "case study"),
        ["guarantees"] = new JsonArray("milestone refunds"),
    };

    private static readonly JsonObject Context = new() { ["domain"] = "fintech", ["urgency"] = "crisis" };

    public Dictionary<string, JsonObject> Examples { get; } = new(StringComparer.Ordinal);

    public async Task RunAsync()
    {
        var tenant = await postgres.NewOrgAsync("enterprise");
        await SeatsAsync(tenant);
        var mate = await Accounts.NewAsync(postgres);
        using var owner = await (await Accounts.SignInAsync(postgres, tenant.OwnerId)).CallerAsync(postgres);
        using var system = await (await Keys.NewAsync(postgres, tenant)).CallerAsync(postgres);
        var org = $"/api/orgs/{tenant.OrgId}";

        var own = (string)(await SendAsync(owner, "createOrg", "/api/orgs", new JsonObject { ["name"] = "Acme Consulting" }))["id"]!;
        await SendAsync(owner, "renameOrg", $"/api/orgs/{own}", new JsonObject { ["name"] = "Acme Advisory" });
        await SendAsync(owner, "deleteOrg", $"/api/orgs/{own}", new JsonObject { ["confirm"] = (string)(await SendAsync(owner, "getOrg", $"/api/orgs/{own}"))["slug"]! });
        await SendAsync(owner, "restoreOrg", $"/api/orgs/{own}/restore");
        await SendAsync(owner, "listOrgs", "/api/orgs");

        await SendAsync(owner, "addMember", $"{org}/members", new JsonObject { ["user_id"] = mate.Id.ToString(), ["role"] = "member" });
        await SendAsync(owner, "changeMemberRole", $"{org}/members/{mate.Id}", new JsonObject { ["role"] = "admin" });
        await SendAsync(owner, "listMembers", $"{org}/members");
        await owner.PostAsync($"{org}/members", new JsonObject { ["email"] = "new.colleague@example.com", ["role"] = "member" });
        await SendAsync(owner, "listInvitations", $"{org}/invitations");

        await SendAsync(owner, "createProject", $"{org}/projects", new JsonObject { ["name"] = "Acme KYC", ["description"] = "Onboarding for the spring launch" });
        await SendAsync(owner, "changeProject", $"{org}/projects/acme-kyc", new JsonObject { ["name"] = "Acme KYC 2027" });
        var key = await SendAsync(owner, "createApiKey", $"{org}/api-keys", new JsonObject { ["name"] = "crm", ["scopes"] = new JsonArray("api.run", "api.read"), ["expires_in_days"] = 180 });
        await SendAsync(owner, "rotateApiKey", $"{org}/api-keys/{key["api_key"]!["id"]}/rotate", new JsonObject { ["overlap_minutes"] = 60 });
        await SendAsync(owner, "listApiKeys", $"{org}/api-keys");

        var body = new JsonObject { ["seven_d"] = Context.DeepClone(), ["inputs"] = Offer.DeepClone(), ["type"] = "test", ["project"] = "acme-kyc", ["formats"] = new JsonArray("md", "json") };
        var run = await SendAsync(system, "runModule", "/api/run/M07", body);
        var inOrg = body.DeepClone().AsObject();
        inOrg["module_id"] = "M07";
        await SendAsync(owner, "createRun", $"{org}/runs", inOrg);
        var at = $"{org}/runs/{run["run_id"]}";
        await SendAsync(owner, "getRun", at);
        await SendAsync(owner, "listRuns", $"{org}/runs?limit=2");
        await SendAsync(owner, "scoreRun", $"{at}/score");
        await SendAsync(owner, "exportRun", $"{at}/bundles", new JsonObject { ["formats"] = new JsonArray("md", "json", "zip") });
        var bundles = await SendAsync(owner, "listBundles", $"{at}/bundles");
        await VerifyAsync(owner, org, bundles["items"]!.AsArray());
        var queued = await owner.PostAsync($"{org}/runs", inOrg.DeepClone(), ("Prefer", "respond-async"));
        await SendAsync(owner, "cancelRun", $"{org}/runs/{queued.Json["run_id"]}/cancel");

        var save = new JsonObject { ["module_id"] = "M07", ["seven_d"] = Context.DeepClone(), ["inputs"] = Offer.DeepClone(), ["name"] = "Spring offer", ["project"] = "acme-kyc" };
        var first = await SendAsync(owner, "savePrompt", $"{org}/prompts", save);
        var calm = save.DeepClone().AsObject();
        calm["seven_d"] = new JsonObject { ["domain"] = "fintech", ["urgency"] = "planned" };
        var second = (await owner.PostAsync($"{org}/prompts", calm)).Json;
        await SendAsync(owner, "getPrompt", $"{org}/prompts/{first["prompt_id"]}?explain=true");
        await SendAsync(owner, "listPrompts", $"{org}/prompts");
        await SendAsync(owner, "diffPrompts", $"{org}/prompts/{second["prompt_id"]}/diff?with={first["prompt_id"]}");

        await SendAsync(owner, "listProjects", $"{org}/projects");
        await SendAsync(owner, "getProject", $"{org}/projects/acme-kyc");
        await SendAsync(owner, "getEntitlements", $"{org}/entitlements");
        await SendAsync(owner, "readAudit", $"{org}/audit?limit=2");
        await SendAsync(owner, "listModules", "/api/modules?q=risk");
        await SendAsync(owner, "getModule", $"/api/modules/M07?org_id={tenant.OrgId}");
        await SendAsync(owner, "listModuleVersions", "/api/modules/M07/versions");
        await SendAsync(owner, "listDomains", "/api/domains");
        await SendAsync(owner, "getDomain", "/api/domains/fintech");
        await SendAsync(owner, "getRuleset", "/api/ruleset");
        await SendAsync(owner, "normalizeSevenD", "/api/7d/normalize", Context.DeepClone().AsObject());
        await SendAsync(owner, "getAccount", "/api/auth/me");
        await SendAsync(owner, "listSessions", "/api/me/sessions");
        await SendAsync(owner, "listIssuers", "/api/auth/oidc");
        await SendAsync(owner, "listPasskeys", "/api/auth/passkeys");
    }

    private async Task<JsonNode> SendAsync(ApiCaller caller, string operation, string path, JsonObject? body = null)
    {
        var method = document["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject()).Single(o => (string?)o.Value!["operationId"] == operation).Key;
        var answer = await caller.SendAsync(new HttpMethod(method.ToUpperInvariant()), path, body?.ToJsonString());
        if ((int)answer.Status < 300)
        {
            var example = new JsonObject { ["status"] = (int)answer.Status };
            if (body is not null)
                example["request"] = body.DeepClone();
            example["response"] = Readable(answer.Json);
            Examples.TryAdd(operation, example);
        }
        else if (operation != "cancelRun")
        {
            throw new InvalidOperationException($"{operation} answered {(int)answer.Status}: {answer.Text}");
        }

        return answer.Json;
    }

    private async Task VerifyAsync(ApiCaller owner, string org, JsonArray bundles)
    {
        var bundle = bundles.First(b => b!["files"]!.AsArray().Any(f => ((string)f!["name"]!).EndsWith(".zip", StringComparison.Ordinal)))!;
        var name = (string)bundle["files"]!.AsArray().Single(f => ((string)f!["name"]!).EndsWith(".zip", StringComparison.Ordinal))!["name"]!;
        using var http = new HttpClient { BaseAddress = (await postgres.ServerAsync()).Address };
        using var form = new MultipartFormDataContent { { new ByteArrayContent(await owner.BytesAsync($"{org}/bundles/{bundle["bundle_id"]}/files/{name}")) { Headers = { ContentType = new MediaTypeHeaderValue("application/zip") } }, "bundle", name } };
        using var answer = await http.PostAsync(new Uri("/api/bundles/verify", UriKind.Relative), form, TestContext.Current.CancellationToken);
        Examples["verifyBundle"] = new JsonObject { ["status"] = 200, ["response"] = Readable(JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))) };
    }

    private async Task SeatsAsync(Tenant tenant)
    {
        await using var command = (await postgres.AdminAsync()).CreateCommand("update subscriptions set seats = 10 where org_id = $1");
        command.Parameters.Add(new() { Value = tenant.OrgId });
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Long texts and lists are cut, and no key stands in it, not even one of a test.</summary>
    private static JsonNode? Readable(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.Select(m => KeyValuePair.Create(m.Key, Readable(m.Value)))),
        JsonArray list => new JsonArray([.. list.Take(MostItems).Select(Readable)]),
        JsonValue value when value.TryGetValue<string>(out var text) => ApiKey().Replace(text, "pf_live_....") is var clean && clean.Length > LongestText ? clean[..LongestText] + "…" : clean,
        _ => node?.DeepClone(),
    };

    [GeneratedRegex(@"pf_(live|test)_[A-Z2-7]{4}\.[A-Za-z0-9_-]+")]
    private static partial Regex ApiKey();
}
