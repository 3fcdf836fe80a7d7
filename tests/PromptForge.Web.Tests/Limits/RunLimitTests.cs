using System.Net;
using PromptForge.Web.Limits;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tests.Http;
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
        Assert.All(problems.OfType<Problem>(), p => Assert.Equal((ApiError.RateLimited, TimeSpan.FromSeconds(5)), (p.Error, p.RetryAfter)));

        await RunAsync("update runs set status = 'success', finished_at = now(), lease_owner = null, lease_until = null where org_id = $1 and status = 'running'", org.Tenant.OrgId);
        Assert.Null(await StartAsync(org, "running"));
    }

    [Fact]
    public async Task Runs_that_wait_or_are_simulated_take_places_too_a_repeated_write_takes_no_second_one_and_a_run_whose_node_died_takes_none()
    {
        var org = await OrgAsync("pilot");
        var ids = Enumerable.Range(0, 4).Select(_ => Guid.CreateVersion7(TimeProvider.System.GetUtcNow())).ToArray();
        var admitted = 0;
        // Never committed, so that no worker finds what waits.
        var full = await Assert.ThrowsAsync<PlatformException>(async () => await (await postgres.DbAsync()).InOrgAsync(org.Tenant.OrgId, null, async (scope, ct) =>
        {
            async Task StoreAsync(Guid id, string status)
            {
                foreach (var statement in await StartingAsync(org, id, status, live: false))
                    await scope.ExecuteAsync(statement, ct);
                admitted++;
            }

            await StoreAsync(ids[0], "running");
            await StoreAsync(ids[1], "queued");
            await StoreAsync(ids[1], "queued");
            await scope.ExecuteAsync("update runs set lease_until = now() - interval '1 second' where org_id = @Org and id = @Id", new { Org = org.Tenant.OrgId, Id = ids[0] }, ct);
            await StoreAsync(ids[2], "queued");
            await StoreAsync(ids[3], "queued");
            return 0;
        }, Cancel));
        Assert.Equal((4, RunLimits.FullState, "concurrent_runs"), (admitted, full.SqlState, full.Constraint));
    }

    [Fact]
    public async Task An_organisation_with_as_many_runs_at_work_as_it_may_have_is_told_when_to_come_back_and_what_goes_straight_through_is_not_kept_out()
    {
        var org = await ApiOrg.NewAsync(postgres, "pilot");
        var generation = await RunBodies.OfAsync(postgres, "M07", ("type", "generation"));
        var done = new Org(new Tenant(org.OrgId, org.OwnerId), (Guid)(await org.Caller.PostAsync(org.Path("/runs"), generation)).Is(HttpStatusCode.OK).Json["run_id"]!, await RightsAsync(org.OrgId));
        Assert.Null(await StartAsync(done, "running", live: false));
        var last = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
        Assert.Null(await StartAsync(done, "running", live: false, last));

        var test = await RunBodies.OfAsync(postgres, "M07");
        foreach (var (body, header) in new[] { (test, ("Accept", "application/json")), (test, ("Prefer", "respond-async")), (generation, ("Prefer", "respond-async")), (test, ("Accept", "text/event-stream")) })
        {
            var refused = (await org.Caller.PostAsync(org.Path("/runs"), body, header)).Is(HttpStatusCode.TooManyRequests, "RATE_LIMITED");
            Assert.Equal(("5", "concurrent_runs", 2), (refused.Headers["Retry-After"], (string?)refused.Json["limit_name"], (int)refused.Json["limit"]!));
        }

        Assert.Equal(3L, await org.CountAsync("runs"));
        (await org.Caller.PostAsync(org.Path("/runs"), generation)).Is(HttpStatusCode.OK);
        (await org.Caller.PostAsync(org.Path($"/runs/{last}/cancel"), null)).Is(HttpStatusCode.OK);
        (await org.Caller.PostAsync(org.Path("/runs"), test)).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Runs_that_are_stored_together_are_refused_alone()
    {
        var org = await OrgAsync("pilot");
        Assert.Null(await StartAsync(org, "running", live: false));
        var pipeline = await fixture.PipelineAsync();
        var request = await fixture.RequestAsync(org.Tenant, type: Core.Bundling.RunType.Test);
        var runs = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            try
            {
                return (await pipeline.RunAsync(request, Cancel)).Ok;
            }
            catch (RefusedException e) when (e.Problem.Error == ApiError.RateLimited)
            {
                return false;
            }
        }));
        Assert.Contains(true, runs);
        await using var stored = (await postgres.AdminAsync()).CreateCommand("select count(*) from runs where org_id = $1 and status = 'success' and type = 'test'");
        stored.Parameters.Add(new() { Value = org.Tenant.OrgId });
        Assert.Equal((long)runs.Count(r => r), await stored.ExecuteScalarAsync(Cancel));
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
        Assert.Null(await StartAsync(org with { Rights = await RightsAsync(org.Tenant.OrgId) }, "running"));
    }

    /// <summary>An org with one finished run, of which more are made.</summary>
    private async Task<Org> OrgAsync(string plan = "pro")
    {
        var tenant = await fixture.OrgAsync(plan);
        var run = await (await fixture.PipelineAsync()).RunAsync(await fixture.RequestAsync(tenant, "M01", formats: Core.Bundling.BundleFormats.Md), Cancel);
        return new(tenant, run.Value.RunId, await RightsAsync(tenant.OrgId));
    }

    private async Task<Core.Entitlements.Rights> RightsAsync(Guid orgId) => await (await fixture.EntitlementsAsync()).OfAsync(orgId, null, Cancel);

    /// <summary>Stores one more run as the pipeline does: its admission first, in the same transaction.</summary>
    private async Task<Problem?> StartAsync(Org org, string status, bool live = true, Guid? id = null)
    {
        try
        {
            await (await postgres.DbAsync()).BatchInOrgAsync(org.Tenant.OrgId, null, await StartingAsync(org, id ?? Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), status, live), Cancel);
            return null;
        }
        catch (PlatformException e) when (e.SqlState == RunLimits.FullState)
        {
            return new RunLimits(await fixture.CatalogAsync()).Refusal(e, org.Rights);
        }
    }

    private async Task<Statement[]> StartingAsync(Org org, Guid id, string status, bool live) =>
    [
        new RunLimits(await fixture.CatalogAsync()).Admission(org.Tenant.OrgId, id, live, org.Rights).Alone,
        new($"""
            insert into runs (org_id, id, module_id, module_version, ruleset_version, parameter_set_id, signature, type, status, language, model, simulated, finished_at, lease_owner, lease_until)
            select org_id, $2, module_id, module_version, ruleset_version, parameter_set_id, signature, 'test', '{status}', language, 'model', $4, {(status == "success" ? "now()" : "null")},
                   {(status == "running" ? "'this test', now() + interval '1 hour'" : "null, null")}
              from runs where org_id = $1 and id = $3 on conflict do nothing
            """, org.Tenant.OrgId, id, org.RunId, !live),
    ];

    private async Task RunAsync(string sql, object value)
    {
        await using var command = (await postgres.AdminAsync()).CreateCommand(sql);
        command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private sealed record Org(Tenant Tenant, Guid RunId, Core.Entitlements.Rights Rights);
}
