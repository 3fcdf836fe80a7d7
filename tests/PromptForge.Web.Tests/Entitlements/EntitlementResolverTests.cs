using PromptForge.Core.Entitlements;
using PromptForge.Web.Tests.Runs;

namespace PromptForge.Web.Tests.Entitlements;

public sealed class EntitlementResolverTests(PostgresFixture postgres, RunFixture fixture) : IClassFixture<RunFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task D_PLAN_05_D_DOR_04_an_org_without_a_subscription_is_on_pilot()
    {
        var tenant = await postgres.NewOrgAsync();
        var rights = await RightsAsync(tenant);
        Assert.Equal("pilot", rights.Plan.Code);
        Assert.True(rights.Has("canExportMD"));
        Assert.False(rights.Has("canExportPDF"));
        Assert.Equal(10, rights.Modules!.Count);
    }

    [Fact]
    public async Task D_ENT_02_a_downgrade_leaves_no_flag_of_the_old_plan()
    {
        var tenant = await fixture.OrgAsync("enterprise");
        Assert.True((await RightsAsync(tenant)).Has("hasAPI"));
        await ExecuteAsync("update subscriptions set plan_code = 'pro' where org_id = $1", tenant.OrgId);
        await (await fixture.EntitlementsAsync()).ApplyPlanAsync(tenant.OrgId, (await fixture.CatalogAsync()).FindPlan("pro")!, Cancel);
        var rights = await RightsAsync(tenant);
        Assert.False(rights.Has("hasAPI"));
        Assert.True(rights.Has("canExportPDF"));
        Assert.Null(rights.Modules);
    }

    [Theory]
    [InlineData("trialing", "enterprise")]
    [InlineData("canceled", "pilot")]
    [InlineData("unpaid", "pilot")]
    [InlineData("incomplete", "pilot")]
    [InlineData("paused", "pilot")]
    public async Task D_ENT_03_the_status_counts_and_not_only_the_plan(string status, string plan)
    {
        var tenant = await fixture.OrgAsync("enterprise");
        await ExecuteAsync($"update subscriptions set status = '{status}' where org_id = $1", tenant.OrgId);
        var rights = await RightsAsync(tenant);
        Assert.Equal(plan, rights.Plan.Code);
        Assert.Equal(plan == "enterprise", rights.Has("hasAPI"));
        Assert.Equal(status == "trialing", rights.Trial);
    }

    [Theory]
    [InlineData(6, "enterprise")]
    [InlineData(8, "pilot")]
    public async Task A_failed_payment_keeps_the_plan_for_the_days_of_grace(int days, string plan)
    {
        var tenant = await fixture.OrgAsync("enterprise");
        await ExecuteAsync($"update subscriptions set status = 'past_due', past_due_since = now() - interval '{days} days' where org_id = $1", tenant.OrgId);
        Assert.Equal(plan, (await RightsAsync(tenant)).Plan.Code);
    }

    [Fact]
    public async Task D_ENT_04_a_manual_grant_counts_until_the_second_it_expires()
    {
        var tenant = await postgres.NewOrgAsync();
        await GrantAsync(tenant.OrgId, null, "canExportPDF", "now() + interval '1 hour'");
        await GrantAsync(tenant.OrgId, null, "canExportJSON", "now() - interval '1 second'");
        var rights = await RightsAsync(tenant);
        Assert.True(rights.Has("canExportPDF"));
        Assert.False(rights.Has("canExportJSON"));
    }

    [Fact]
    public async Task D_ENT_06_a_members_own_flag_is_added_to_the_orgs_for_that_member_only()
    {
        var tenant = await postgres.NewOrgAsync();
        await GrantAsync(tenant.OrgId, tenant.OwnerId, "hasEvaluatorAI", "null");
        Assert.True((await RightsAsync(tenant)).Has("hasEvaluatorAI"));
        Assert.False((await (await fixture.EntitlementsAsync()).OfAsync(tenant.OrgId, null, Cancel)).Has("hasEvaluatorAI"));
    }

    [Fact]
    public async Task A_pack_opens_its_modules_until_it_ends()
    {
        var tenant = await postgres.NewOrgAsync();
        var catalog = await fixture.CatalogAsync();
        Assert.False((await RightsAsync(tenant)).Allows(catalog.FindModule("M44")!));
        await ExecuteAsync("insert into org_packs (org_id, pack_code, source, expires_at) values ($1, 'fintech', 'manual', now() + interval '1 day')", tenant.OrgId);
        Assert.True((await RightsAsync(tenant)).Allows(catalog.FindModule("M44")!));
    }

    private async Task<Rights> RightsAsync(Tenant tenant) => await (await fixture.EntitlementsAsync()).OfAsync(tenant.OrgId, tenant.OwnerId, Cancel);

    private async Task GrantAsync(Guid orgId, Guid? userId, string flag, string expires) => await ExecuteAsync(
        $"insert into entitlements (org_id, id, user_id, flag, value, source, expires_at) values ($1, gen_random_uuid(), {(userId is { } id ? $"'{id}'" : "null")}, '{flag}', true, 'manual', {expires})", orgId);

    private async Task ExecuteAsync(string sql, Guid orgId)
    {
        await fixture.CatalogAsync();
        await using var command = (await postgres.AdminAsync()).CreateCommand(sql);
        command.Parameters.Add(new() { Value = orgId });
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
