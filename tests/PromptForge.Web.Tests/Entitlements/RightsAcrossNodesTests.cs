using Microsoft.Extensions.DependencyInjection;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Tests.Entitlements;

public sealed class RightsAcrossNodesTests(PostgresFixture postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rights_are_read_once_and_a_change_is_in_force_on_every_node()
    {
        await using var other = await postgres.NewServerAsync();
        WebServer[] nodes = [await postgres.ServerAsync(), other];
        var tenant = await postgres.NewOrgAsync();
        // A node whose listener was held up just now asks again, as it should; one that always asks never gets through here.
        for (var attempt = 0; await AskedAgainAsync(nodes, tenant); attempt++)
        {
            Assert.True(attempt < 20, "What was read is read again although nothing was said to have changed.");
            tenant = await postgres.NewOrgAsync();
        }

        await ExecuteAsync("insert into subscriptions (org_id, id, plan_code, status) values ($1, gen_random_uuid(), 'enterprise', 'active')", tenant.OrgId);
        foreach (var node in nodes)
            await InForce.WhenAsync(() => HasAsync(node, tenant, "hasAPI"));
    }

    [Fact]
    public async Task D_ADD_01_what_expires_is_gone_at_its_second_although_nothing_was_written()
    {
        var tenant = await postgres.NewOrgAsync();
        var server = await postgres.ServerAsync();
        await ExecuteAsync("insert into user_addons (org_id, user_id, addon_code, expires_at) select org_id, user_id, 'export_designer', now() + interval '1 hour' from org_members where org_id = $1", tenant.OrgId);
        var clock = new ShiftedClock();
        var resolver = new EntitlementResolver(await postgres.DbAsync(), await postgres.CatalogAsync(), server.Services.GetRequiredService<Changes>(), clock);
        Assert.True((await resolver.OfAsync(tenant.OrgId, tenant.OwnerId, Cancel)).Has("hasExportDesigner"));
        Assert.False((await resolver.OfAsync(tenant.OrgId, null, Cancel)).Has("hasExportDesigner"));

        clock.Shift = TimeSpan.FromHours(1);
        Assert.False((await resolver.OfAsync(tenant.OrgId, tenant.OwnerId, Cancel)).Has("hasExportDesigner"));
    }

    private static async Task<bool> HasAsync(WebServer node, Tenant tenant, string flag) =>
        (await node.Services.GetRequiredService<EntitlementResolver>().OfAsync(tenant.OrgId, tenant.OwnerId, Cancel)).Has(flag);

    /// <summary>Writes behind the triggers' back, so whoever sees it has asked the database although nothing was said to have changed.</summary>
    private async Task<bool> AskedAgainAsync(WebServer[] nodes, Tenant tenant)
    {
        foreach (var node in nodes)
            Assert.False(await HasAsync(node, tenant, "hasWhiteLabel"));
        await ExecuteAsync("set local session_replication_role = replica; insert into entitlements (org_id, id, flag, value, source) values ($1, gen_random_uuid(), 'hasWhiteLabel', true, 'manual')", tenant.OrgId);
        foreach (var node in nodes)
            if (await HasAsync(node, tenant, "hasWhiteLabel"))
                return true;
        return false;
    }

    private async Task ExecuteAsync(string sql, Guid orgId)
    {
        await postgres.CatalogAsync();
        await using var batch = (await postgres.AdminAsync()).CreateBatch();
        foreach (var statement in sql.Split("; "))
        {
            var command = new Npgsql.NpgsqlBatchCommand(statement);
            if (statement.Contains("$1", StringComparison.Ordinal))
                command.Parameters.Add(new() { Value = orgId });
            batch.BatchCommands.Add(command);
        }

        await batch.ExecuteNonQueryAsync(Cancel);
    }

    private sealed class ShiftedClock : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;
    }
}
