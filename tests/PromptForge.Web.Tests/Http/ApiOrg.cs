using System.Text.Json.Nodes;
using PromptForge.Web.Tests.Identity;

namespace PromptForge.Web.Tests.Http;

/// <summary>A fresh organisation on a plan, with its signed-in owner as the caller.</summary>
internal sealed record ApiOrg(Guid OrgId, Guid OwnerId, ApiCaller Caller, PostgresFixture Postgres)
{
    public static async Task<ApiOrg> NewAsync(PostgresFixture postgres, string plan)
    {
        await postgres.CatalogAsync();
        var tenant = await postgres.NewOrgAsync(plan);
        return new(tenant.OrgId, tenant.OwnerId, await (await Accounts.SignInAsync(postgres, tenant.OwnerId)).CallerAsync(postgres), postgres);
    }

    public string Path(string rest) => $"/api/orgs/{OrgId}{rest}";

    /// <summary>Runs the module's example, with members of the body added or replaced.</summary>
    public async Task<JsonNode> RunAsync(string module = "M07", params (string Name, JsonNode Value)[] members) =>
        (await Caller.PostAsync(Path("/runs"), await Runs.RunBodies.OfAsync(Postgres, module, members))).Is(System.Net.HttpStatusCode.OK).Json;

    public async Task<long> CountAsync(string table) => await (await Postgres.DbAsync()).InOrgAsync(OrgId, null, (scope, ct) =>
        scope.QuerySingleAsync<long>($"select count(*) from {table} where org_id = @Org", new { Org = OrgId }, ct), TestContext.Current.CancellationToken);
}
