using System.Text.Json.Nodes;
using PromptForge.Web.ApiKeys;
using PromptForge.Web.Tests.ApiKeys;
using PromptForge.Web.Tests.Identity;
using PromptForge.Web.Tests.Runs;

namespace PromptForge.Web.Tests.ApiDocs;

/// <summary>An organisation with something in every list, and another one that must stay unseen.</summary>
/// <param name="Ids">By the names of the path and query parameters.</param>
internal sealed record FuzzWorld(
    Uri Address, string Owner, string Member, string Stranger, string Key,
    IReadOnlyDictionary<string, string> Ids, IReadOnlyDictionary<string, string> OtherIds, IReadOnlyDictionary<string, string> Garbage)
{
    public static async Task<FuzzWorld> MakeAsync(PostgresFixture postgres, Uri address)
    {
        var (own, other) = (await OrgAsync(postgres), await OrgAsync(postgres));
        var member = await Accounts.NewAsync(postgres);
        await using (var command = (await postgres.AdminAsync()).CreateCommand("insert into org_members (org_id, user_id, role) values ($1, $2, 'member')"))
        {
            command.Parameters.Add(new() { Value = own.Tenant.OrgId });
            command.Parameters.Add(new() { Value = member.Id });
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var ids = own.Ids.Append(new("user_id", member.Id.ToString())).ToDictionary();
        return new(address, own.Owner.Token, member.Token, (await Accounts.NewAsync(postgres)).Token, own.Key.Text, ids, other.Ids.Append(new("user_id", other.Owner.Id.ToString())).ToDictionary(),
            ids.ToDictionary(i => i.Key, i => Guid.TryParse(i.Value, out _) ? Guid.CreateVersion7().ToString() : "no such thing %00"));
    }

    private static async Task<(Tenant Tenant, Account Owner, Key Key, Dictionary<string, string> Ids)> OrgAsync(PostgresFixture postgres)
    {
        var tenant = await postgres.NewOrgAsync("enterprise");
        await using (var command = (await postgres.AdminAsync()).CreateCommand("update subscriptions set seats = 100 where org_id = $1"))
        {
            command.Parameters.Add(new() { Value = tenant.OrgId });
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var owner = await Accounts.SignInAsync(postgres, tenant.OwnerId);
        var key = await Keys.NewAsync(postgres, tenant, new KeyDraft("fuzz", ["api.run", "api.export", "api.read", "api.metrics"], 10_000, false, null));
        using var caller = await owner.CallerAsync(postgres);
        var org = $"/api/orgs/{tenant.OrgId}";
        var project = (await caller.PostAsync($"{org}/projects", new JsonObject { ["name"] = "Fuzz" })).Json;
        var run = (await caller.PostAsync($"{org}/runs", await RunBodies.OfAsync(postgres, "M07", ("type", "test")))).Json;
        var prompt = (await caller.PostAsync($"{org}/prompts", await PromptAsync(postgres))).Json;
        var invitation = (await caller.PostAsync($"{org}/members", new JsonObject { ["email"] = $"fuzz{tenant.OrgId:n}@example.test", ["role"] = "member" })).Json;
        return (tenant, owner, key, new Dictionary<string, string>
        {
            ["org_id"] = tenant.OrgId.ToString(),
            ["slug"] = (string)project["slug"]!,
            ["key_id"] = key.Id.ToString(),
            ["run_id"] = (string)run["run_id"]!,
            ["bundle_id"] = (string)run["bundle"]!["bundle_id"]!,
            ["name"] = "prompt.txt",
            ["prompt_id"] = (string)prompt["prompt_id"]!,
            ["with"] = (string)run["prompt"]!["prompt_id"]!,
            ["id"] = (string?)invitation["invitation"]?["id"] ?? Guid.CreateVersion7().ToString(),
            ["module_id"] = "M07",
            ["code"] = "fintech",
            ["language"] = "en",
        });
    }

    private static async Task<JsonObject> PromptAsync(PostgresFixture postgres)
    {
        var body = await RunBodies.OfAsync(postgres, "M07", ("name", "offer"));
        return body;
    }
}
