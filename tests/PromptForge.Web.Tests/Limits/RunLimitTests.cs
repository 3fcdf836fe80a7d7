using PromptForge.Web.Limits;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tests.Runs;

namespace PromptForge.Web.Tests.Limits;

public sealed class RunLimitTests(PostgresFixture postgres, RunFixture fixture) : IClassFixture<RunFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_runs_started_at_once_as_many_are_admitted_as_may_be_at_work()
    {
        var org = await OrgAsync();
        var problems = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => StartAsync(org, "running")));
        Assert.Equal(5, problems.Count(p => p is null));
        Assert.All(problems.OfType<Problem>(), p => Assert.Equal(ApiError.RateLimited, p.Error));

        await RunAsync("update runs set status = 'success', finished_at = now(), lease_owner = null, lease_until = null where org_id = $1 and status = 'running'", org.Tenant.OrgId);
        Assert.Null(await StartAsync(org, "running"));
    }

    [Fact]
    public async Task An_hour_holds_as_many_live_runs_as_the_plan_says_and_the_refusal_says_when_there_is_room()
    {
        var org = await OrgAsync();
        for (var i = 0; i < 50; i++)
            Assert.Null(await StartAsync(org, "success"));
        var refused = await StartAsync(org, "success");
        Assert.Equal(ApiError.RateLimited, refused!.Error);
        Assert.InRange(refused.RetryAfter!.Value, TimeSpan.FromMinutes(50), TimeSpan.FromHours(1));

        // Neither what was simulated nor what only compiled is a live run.
        await RunAsync("update runs set simulated = true where (org_id, id) in (select org_id, id from runs where org_id = $1 and type = 'test' and not simulated limit 1)", org.Tenant.OrgId);
        Assert.Null(await StartAsync(org, "success"));
        Assert.NotNull(await StartAsync(org, "success"));
        await RunAsync("update runs set type = 'generation' where (org_id, id) in (select org_id, id from runs where org_id = $1 and type = 'test' and not simulated limit 1)", org.Tenant.OrgId);
        Assert.Null(await StartAsync(org, "success"));
    }

    [Fact]
    public async Task A_plan_without_live_runs_admits_none()
    {
        var org = await OrgAsync("pilot");
        Assert.Equal(ApiError.EntitlementRequired, (await StartAsync(org, "running"))!.Error);
    }

    [Fact]
    public async Task Live_runs_that_were_granted_on_top_of_the_plan_are_admitted()
    {
        var org = await OrgAsync("pilot");
        await RunAsync("insert into entitlements (org_id, id, flag, value, source, source_ref) values ($1, gen_random_uuid(), 'canUseGptTestReal', true, 'manual', '')", org.Tenant.OrgId);
        var rights = await (await fixture.EntitlementsAsync()).OfAsync(org.Tenant.OrgId, null, Cancel);
        Assert.Null(await StartAsync(org with { Rights = rights }, "running"));
    }

    /// <summary>An org with one finished run, of which more are made.</summary>
    private async Task<Org> OrgAsync(string plan = "pro")
    {
        var tenant = await fixture.OrgAsync(plan);
        var run = await (await fixture.PipelineAsync()).RunAsync(await fixture.RequestAsync(tenant, "M01", formats: Core.Bundling.BundleFormats.Md), Cancel);
        return new(tenant, run.Value.RunId, await (await fixture.EntitlementsAsync()).OfAsync(tenant.OrgId, null, Cancel));
    }

    private async Task<Problem?> StartAsync(Org org, string status)
    {
        var limits = new RunLimits(await fixture.CatalogAsync(), TimeProvider.System);
        return await (await postgres.DbAsync()).InOrgAsync(org.Tenant.OrgId, null, async (scope, ct) =>
        {
            var problem = await limits.TryAdmitLiveRunAsync(scope, org.Tenant.OrgId, org.Rights, ct);
            if (problem is null)
                await scope.ExecuteAsync("""
                    insert into runs (org_id, id, module_id, module_version, ruleset_version, parameter_set_id, signature, type, status, language, model, finished_at, lease_owner, lease_until)
                    select org_id, @Id, module_id, module_version, ruleset_version, parameter_set_id, signature, 'test', @Status::run_status_t, language, 'model', case when @Status = 'success' then now() end,
                           case when @Status = 'running' then 'this test' end, case when @Status = 'running' then now() + interval '1 hour' end
                      from runs where org_id = @Org and id = @Of
                    """, new { Org = org.Tenant.OrgId, Of = org.RunId, Id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), Status = status }, ct);
            return problem;
        }, Cancel);
    }

    private async Task RunAsync(string sql, object value)
    {
        await using var command = (await postgres.AdminAsync()).CreateCommand(sql);
        command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private sealed record Org(Tenant Tenant, Guid RunId, Core.Entitlements.Rights Rights);
}
