using Microsoft.Extensions.DependencyInjection;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Tests.Platform;
using PromptForge.Web.Tests.Runs;

namespace PromptForge.Web.Tests.Entitlements;

/// <summary>The operator's verb as a process of its own, beside a server that runs on the same database.</summary>
public sealed class GrantVerbTests(PostgresFixture postgres, RunFixture fixture) : IClassFixture<RunFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_granted_plan_is_in_force_on_a_running_server_until_it_is_taken_back()
    {
        var tenant = await postgres.NewOrgAsync();
        var resolver = (await postgres.ServerAsync()).Services.GetRequiredService<EntitlementResolver>();
        Assert.Equal("pilot", (await resolver.OfAsync(tenant.OrgId, null, Cancel)).Plan.Code);

        var (exit, output, errors) = await GrantAsync($"t-{tenant.OrgId:n}", "--plan", "enterprise", "--seats", "25", "--until", "2099-01-01");
        Assert.True(exit == 0, errors);
        Assert.Contains("Enterprise, 25 seats, all modules, 100 live runs an hour, history for 365 days", output, StringComparison.Ordinal);
        Assert.Contains("manual enterprise until 2099-01-01T00:00:00Z", output, StringComparison.Ordinal);
        await InForce.WhenAsync(async () => (await resolver.OfAsync(tenant.OrgId, null, Cancel)).Plan.Code == "enterprise");
        var rights = await resolver.OfAsync(tenant.OrgId, null, Cancel);
        Assert.Equal(("enterprise", 25), (rights.Plan.Code, rights.Seats));
        Assert.Equal(["entitlement.granted"], await ActionsAsync(tenant.OrgId));

        Assert.Equal(0, (await GrantAsync(tenant.OrgId.ToString(), "--revoke", "--plan", "enterprise")).Exit);
        await InForce.WhenAsync(async () => (await resolver.OfAsync(tenant.OrgId, null, Cancel)).Plan.Code == "pilot");
        Assert.Equal(["entitlement.granted", "entitlement.revoked"], await ActionsAsync(tenant.OrgId));
    }

    [Fact]
    public async Task A_plan_granted_later_replaces_the_one_before_and_leaves_flags_and_packs_alone()
    {
        var tenant = await postgres.NewOrgAsync();
        var (catalog, resolver, grants) = (await fixture.CatalogAsync(), await fixture.EntitlementsAsync(), new Grants(await postgres.DbAsync(), TimeProvider.System));
        await grants.GrantAsync(tenant.OrgId, new(catalog.FindPlan("enterprise"), 5, ["industryPack_fintech", "hasExportDesigner"], null, null), Cancel);
        await grants.GrantAsync(tenant.OrgId, new(null, null, ["hasWhiteLabel"], tenant.OwnerId, null), Cancel);
        await grants.GrantAsync(tenant.OrgId, new(catalog.FindPlan("pro"), null, [], null, null), Cancel);
        var rights = await resolver.OfAsync(tenant.OrgId, null, Cancel);
        Assert.Equal(("pro", 1), (rights.Plan.Code, rights.Seats));
        Assert.False(rights.Has("hasAPI") || rights.Has("hasWhiteLabel"));
        Assert.True(rights.Has("hasExportDesigner") && rights.Has("industryPack_fintech"));
        Assert.True((await resolver.OfAsync(tenant.OrgId, tenant.OwnerId, Cancel)).Has("hasWhiteLabel"));

        await grants.RevokeAsync(tenant.OrgId, new(catalog.FindPlan("pro"), null, [], null, null), Cancel);
        rights = await resolver.OfAsync(tenant.OrgId, null, Cancel);
        Assert.Equal("pilot", rights.Plan.Code);
        Assert.True(rights.Allows(catalog.FindModule("M44")!));
        Assert.Equal(3, await grants.RevokeAsync(tenant.OrgId, new(null, null, [], null, null), Cancel));
        Assert.False((await resolver.OfAsync(tenant.OrgId, null, Cancel)).Has("hasExportDesigner"));
    }

    [Fact]
    public async Task What_cannot_be_granted_is_refused_by_name_and_all_of_it_at_once()
    {
        var (exit, _, errors) = await GrantAsync("acme", "--plan", "gold", "--flag", "isAdmin", "--pack", "space", "--seats", "0", "--until", "2020-01-01");
        Assert.Equal(2, exit);
        Assert.All(["PLAN_UNKNOWN", "FLAG_UNKNOWN", "PACK_UNKNOWN", "SEATS_INVALID", "UNTIL_INVALID"], code => Assert.Contains($"error {code}", errors, StringComparison.Ordinal));

        (exit, _, errors) = await GrantAsync("no-such-org", "--plan", "pro");
        Assert.Equal(2, exit);
        Assert.Contains("error ORG_NOT_FOUND", errors, StringComparison.Ordinal);
    }

    private async Task<(int Exit, string Output, string Errors)> GrantAsync(params string[] arguments) =>
        await Forge.RunAsync(["grant", .. arguments], Cancel, new Dictionary<string, string> { ["ConnectionStrings__Postgres"] = await postgres.ServerConnectionStringAsync() });

    private async Task<IReadOnlyList<string>> ActionsAsync(Guid orgId) => await (await postgres.DbAsync()).InOrgAsync(orgId, null, (scope, ct) =>
        scope.QueryAsync<string>("select action from audit_log where org_id = @Org and actor_kind = 'system' order by id", new { Org = orgId }, ct), Cancel);
}
