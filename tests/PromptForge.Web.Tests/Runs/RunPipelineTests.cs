using Microsoft.Extensions.DependencyInjection;
using PromptForge.Core.Bundling;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;
using PromptForge.Web.Bundles;
using PromptForge.Web.Platform;
using PromptForge.Web.Runs;

namespace PromptForge.Web.Tests.Runs;

public sealed class RunPipelineTests(PostgresFixture postgres, RunFixture fixture) : IClassFixture<RunFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_generation_run_is_stored_whole_and_its_bundle_verifies()
    {
        var tenant = await fixture.OrgAsync("enterprise");
        var request = await fixture.RequestAsync(tenant, sevenD: new SevenDRequest { Domain = "fintech", Urgency = "crisis" });
        var result = (await (await fixture.PipelineAsync()).RunAsync(request, Cancel)).Value;

        Assert.Empty(result.Withheld);
        Assert.True(result.Ready.Passed && result.Done.Passed);
        var stored = await fixture.Store.ReadAsync(result.StoreKey!, Cancel);
        Assert.Equal(BundleVerdict.Valid, BundleVerifier.VerifyZip(stored, [fixture.Key.Issuer("test")]).Verdict);

        var row = await (await postgres.DbAsync()).InOrgAsync(tenant.OrgId, tenant.OwnerId, (scope, ct) => scope.QuerySingleAsync<Stored>("""
            select r.status::text as status, r.type::text as type, r.signature, p.hash, p.prompt, s.total, s.verdict::text as verdict, b.checksum, r.telemetry ->> 'score_total' as telemetry_total,
                   (r.dod ->> 'ok')::bool as done, (select count(*) from score_attempts a where a.org_id = r.org_id and a.run_id = r.id) as attempts,
                   (select overrides #>> '{sevenD,urgency,actual}' from ruleset_overrides_log o where o.org_id = r.org_id and o.run_id = r.id) as urgency
              from runs r join prompt_history p on p.org_id = r.org_id and p.id = r.prompt_id join prompt_scores s on s.org_id = r.org_id and s.run_id = r.id
              join bundles b on b.org_id = r.org_id and b.run_id = r.id where r.org_id = @Org and r.id = @Run
            """, new { Org = tenant.OrgId, Run = result.RunId }, ct), Cancel);
        Assert.Equal(("success", "generation", request.SevenD.Set.Signature, result.Prompt.Hash, result.Prompt.Text), (row.Status, row.Type, row.Signature, row.Hash, row.Prompt));
        Assert.Equal((result.Score.Total, "pass", result.Bundle!.Checksum, $"{result.Score.Total}"), (row.Total, row.Verdict, row.Checksum, row.TelemetryTotal));
        Assert.Equal((true, 1L, "crisis"), (row.Done, row.Attempts, row.Urgency));
    }

    [Fact]
    public async Task A_test_run_without_a_model_is_marked_simulated_everywhere()
    {
        var tenant = await fixture.OrgAsync("enterprise");
        var result = (await (await fixture.PipelineAsync()).RunAsync(await fixture.RequestAsync(tenant, type: RunType.Test), Cancel)).Value;

        Assert.NotNull(result.Output);
        Assert.True(result.Telemetry.Simulated);
        Assert.Contains("\"simulated\": true", result.Bundle!.Find(BundleFiles.Manifest)!.Text(), StringComparison.Ordinal);
        Assert.Contains("\"simulated\": true", result.Bundle.Find(BundleFiles.Telemetry)!.Text(), StringComparison.Ordinal);
        var (simulated, output) = await (await postgres.DbAsync()).InOrgAsync(tenant.OrgId, null, (scope, ct) =>
            scope.QuerySingleAsync<(bool, string)>("select simulated, output from runs where org_id = @Org and id = @Run and status = 'success'", new { Org = tenant.OrgId, Run = result.RunId }, ct), Cancel);
        Assert.Equal((true, result.Output), (simulated, output));
    }

    [Fact]
    public async Task A_plan_exports_what_it_includes_and_refuses_the_rest_by_name()
    {
        var tenant = await fixture.OrgAsync("pilot");
        var pipeline = await fixture.PipelineAsync();
        var result = (await pipeline.RunAsync(await fixture.RequestAsync(tenant), Cancel)).Value;
        Assert.Equal(["prompt.txt", "prompt.md", "manifest.json", "checksum.sha256", "manifest.sig"], result.Bundle!.Files.Select(f => f.Name));

        var refused = (await pipeline.RunAsync(await fixture.RequestAsync(tenant, "M11", formats: BundleFormats.Pdf), Cancel)).Faults;
        Assert.Equal(["MODULE_NOT_IN_PLAN", "ENTITLEMENT_REQUIRED"], refused.Select(f => f.Code));
        Assert.All(refused, f => Assert.Contains("opens with Pro", f.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Personal_data_withholds_the_bundle_and_keeps_the_run_until_it_is_masked()
    {
        var tenant = await fixture.OrgAsync("enterprise");
        var pipeline = await fixture.PipelineAsync();
        var request = await fixture.RequestAsync(tenant, inputs: ("perceived_risk", "Card 4111 1111 1111 1111 of ana.pop@example.com is charged twice"));
        var result = (await pipeline.RunAsync(request, Cancel)).Value;
        Assert.Null(result.Bundle);
        Assert.Equal([("GUARDRAIL_BLOCKS_EXPORT", "input perceived_risk"), ("PII_NOT_ANONYMISED", "input perceived_risk")], result.Withheld.Select(f => (f.Code, f.Where)));
        Assert.Equal(1L, await CountAsync(tenant.OrgId, "runs"));
        Assert.Equal(0L, await CountAsync(tenant.OrgId, "bundles"));

        var masked = (await pipeline.RunAsync(request with { Anonymise = true }, Cancel)).Value;
        Assert.Equal("GUARDRAIL_BLOCKS_EXPORT", Assert.Single(masked.Withheld).Code);
        Assert.DoesNotContain("4111 1111", masked.Prompt.Text, StringComparison.Ordinal);

        var mail = await fixture.RequestAsync(tenant, inputs: ("perceived_risk", "ana.pop@example.com fears that delivery slips"));
        Assert.Equal("PII_NOT_ANONYMISED", Assert.Single((await pipeline.RunAsync(mail, Cancel)).Value.Withheld).Code);
        var sent = (await pipeline.RunAsync(mail with { Anonymise = true }, Cancel)).Value;
        Assert.NotNull(sent.Bundle);
        Assert.DoesNotContain("ana.pop", sent.Prompt.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prompt_below_its_gate_is_kept_with_its_score_and_has_no_bundle()
    {
        var tenant = await fixture.OrgAsync("enterprise");
        var hedged = string.Join(' ', Enumerable.Repeat("Maybe it could possibly fail, perhaps? Should we probably try to wait?", 6));
        var request = await fixture.RequestAsync(tenant, sevenD: new SevenDRequest { Domain = "healthcare", Urgency = "crisis", Application = "crisis_response" }, inputs: [("perceived_risk", hedged), ("price", "maybe 10, perhaps 20?")]);
        var result = (await (await fixture.PipelineAsync()).RunAsync(request, Cancel)).Value;
        Assert.Null(result.Bundle);
        Assert.Contains(result.Withheld, f => f.Code == "SCORE_BELOW_GATE");
        Assert.False(result.Done.Passed);
        Assert.Contains(result.Score.SubScores, s => !s.Evidence.IsEmpty);
        Assert.Equal(1L, await CountAsync(tenant.OrgId, "prompt_scores"));
    }

    [Fact]
    public async Task A_store_that_cannot_be_written_stops_the_run_before_any_row()
    {
        var tenant = await fixture.OrgAsync("enterprise");
        var blocked = Path.GetTempFileName();
        var pipeline = await fixture.PipelineAsync(new BundleStore(blocked));
        var request = await fixture.RequestAsync(tenant);
        var error = await Assert.ThrowsAsync<PlatformException>(() => pipeline.RunAsync(request, Cancel));
        Assert.StartsWith("DATA_DIR_", error.Code, StringComparison.Ordinal);
        Assert.Equal(0L, await CountAsync(tenant.OrgId, "runs"));

        var test = await fixture.RequestAsync(tenant, type: RunType.Test);
        await Assert.ThrowsAsync<PlatformException>(() => pipeline.RunAsync(test, Cancel));
        Assert.Equal(("error", error.Code), await (await postgres.DbAsync()).InOrgAsync(tenant.OrgId, null, (scope, ct) =>
            scope.QuerySingleAsync<(string, string)>("select status::text, error_code from runs where org_id = @Org", new { Org = tenant.OrgId }, ct), Cancel));
        File.Delete(blocked);
    }

    [Fact]
    public async Task A_row_that_the_database_refuses_leaves_no_object_in_the_store()
    {
        var missing = new Tenant(Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), Guid.CreateVersion7(TimeProvider.System.GetUtcNow()));
        var store = new BundleStore(Path.Combine(Path.GetTempPath(), $"promptforge-refused-{Guid.CreateVersion7(TimeProvider.System.GetUtcNow())}"));
        var pipeline = await fixture.PipelineAsync(store);
        var request = await fixture.RequestAsync(missing);
        await Assert.ThrowsAsync<PlatformException>(() => pipeline.RunAsync(request, Cancel));
        Assert.Empty(Directory.EnumerateFiles(store.PathOf("bundles"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Connections_that_are_cut_between_runs_lose_nothing()
    {
        var tenant = await fixture.OrgAsync("enterprise");
        var pipeline = await fixture.PipelineAsync();
        Assert.True((await pipeline.RunAsync(await fixture.RequestAsync(tenant), Cancel)).Ok);
        await using (var cut = (await postgres.AdminAsync()).CreateCommand("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'promptforge_server' and application_name = 'promptforge'"))
            await cut.ExecuteNonQueryAsync(Cancel);
        Assert.True((await pipeline.RunAsync(await fixture.RequestAsync(tenant), Cancel)).Ok);
        Assert.Equal(2L, await CountAsync(tenant.OrgId, "bundles"));
    }

    [Fact]
    public async Task A_run_is_its_nodes_for_a_whole_lease_though_the_nodes_clock_is_a_day_behind()
    {
        var tenant = await fixture.OrgAsync("enterprise");
        var request = await fixture.RequestAsync(tenant, type: RunType.Test);
        var prompt = new PromptCompiler(await fixture.CatalogAsync()).Compile(request.Module, request.SevenD.Set, request.Inputs, request.Language);
        var behind = TimeProvider.System.GetUtcNow().AddDays(-1);
        var lease = new RunLease("this test", 1);
        var ids = new RunIds(Guid.CreateVersion7(behind), Guid.CreateVersion7(behind), RunRows.ParameterSetId(tenant.OrgId, request.SevenD.Set), behind, lease);
        var db = await postgres.DbAsync();
        await db.BatchInOrgAsync(tenant.OrgId, null, RunRows.Statements(
            [RunRows.ParameterSet(tenant.OrgId, ids.Set, request.SevenD), RunRows.Prompt(request, ids.Prompt, ids.Set, prompt, behind), RunRows.StartedRun(request, ids, prompt, "offline", null, lease)]), Cancel);
        Assert.True(await db.InOrgAsync(tenant.OrgId, null, (scope, ct) => scope.QuerySingleAsync<bool>("select lease_until > now() + interval '1 minute' from runs where org_id = @Org", new { Org = tenant.OrgId }, ct), Cancel));
    }

    [Fact]
    public async Task A_run_that_is_waited_for_keeps_its_lease_while_it_is_worked_on()
    {
        var (tenant, clock, run) = await HeldAsync();
        await AdminAsync("update runs set lease_until = now() + interval '1 minute' where org_id = $1", tenant.OrgId);
        // Who is told that something happened looks after its run at once, and not when the next beat is due.
        await AdminAsync("select pg_notify('promptforge', 'run:' || id) from runs where org_id = $1", tenant.OrgId);
        while (!run.IsCompleted && await CountAsync(tenant.OrgId, "runs", "status = 'running' and lease_until > now() + interval '90 seconds'") == 0)
            await Task.Delay(10, Cancel);
        clock.GoOn();
        Assert.True((await run).Ok);
        Assert.Equal(1L, await CountAsync(tenant.OrgId, "runs", "status = 'success'"));
    }

    [Fact]
    public async Task A_run_that_is_waited_for_and_canceled_meanwhile_is_not_stored_over_it()
    {
        var (tenant, clock, run) = await HeldAsync();
        await AdminAsync("update runs set status = 'canceled', error_code = 'CANCELED', finished_at = greatest(now(), started_at), lease_owner = null, lease_until = null where org_id = $1", tenant.OrgId);
        clock.GoOn();
        Assert.Equal("RUN_LOST", (await Assert.ThrowsAsync<PlatformException>(() => run)).Code);
        Assert.Equal((1L, 0L), (await CountAsync(tenant.OrgId, "runs", "status = 'canceled'"), await CountAsync(tenant.OrgId, "prompt_scores")));
    }

    [Fact]
    public async Task Many_runs_at_once_are_all_stored_and_no_other_org_sees_them()
    {
        var tenant = await fixture.OrgAsync("enterprise");
        var other = await fixture.OrgAsync("enterprise");
        var pipeline = await fixture.PipelineAsync();
        var request = await fixture.RequestAsync(tenant, formats: BundleFormats.Md | BundleFormats.Json);
        var results = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => pipeline.RunAsync(request, Cancel)));
        Assert.All(results, r => Assert.True(r.Ok));
        Assert.Equal(24, results.Select(r => r.Value.RunId).Distinct().Count());
        Assert.Equal(24L, await CountAsync(tenant.OrgId, "bundles"));
        Assert.Equal(1L, await CountAsync(tenant.OrgId, "parameter_sets"));
        foreach (var table in new[] { "runs", "bundles", "prompt_history", "prompt_scores", "score_attempts", "parameter_sets" })
            Assert.Equal(0L, await (await postgres.DbAsync()).InOrgAsync(other.OrgId, null, (scope, ct) => scope.QuerySingleAsync<long>($"select count(*) from {table}", null, ct), Cancel));
    }

    /// <summary>A test run that is journalled and stands still in the middle.</summary>
    private async Task<(Tenant Tenant, HeldClock Clock, Task<Core.Outcome<RunResult>> Run)> HeldAsync()
    {
        var (tenant, clock) = (await fixture.OrgAsync("enterprise"), new HeldClock());
        var pipeline = await fixture.PipelineAsync(clock: clock, signals: (await postgres.ServerAsync()).Services.GetRequiredService<RunSignals>());
        var request = await fixture.RequestAsync(tenant, type: RunType.Test);
        var run = Task.Run(() => pipeline.RunAsync(request, Cancel), Cancel);
        await clock.Reached.WaitAsync(Cancel);
        return (tenant, clock, run);
    }

    private async Task AdminAsync(string sql, Guid orgId)
    {
        await using var command = (await postgres.AdminAsync()).CreateCommand(sql);
        command.Parameters.Add(new() { Value = orgId });
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private async Task<long> CountAsync(Guid orgId, string table, string where = "true") =>
        await (await postgres.DbAsync()).InOrgAsync(orgId, null, (scope, ct) => scope.QuerySingleAsync<long>($"select count(*) from {table} where org_id = @Org and {where}", new { Org = orgId }, ct), Cancel);

    /// <summary>Stands still when it is asked the second time: when the run begins to be worked on.</summary>
    private sealed class HeldClock : TimeProvider
    {
        private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int asked;

        public Task Reached => reached.Task;

        public void GoOn() => goOn.SetResult();

        public override DateTimeOffset GetUtcNow()
        {
            if (Interlocked.Increment(ref asked) == 2)
            {
                reached.SetResult();
                goOn.Task.Wait(Cancel);
            }

            return System.GetUtcNow();
        }
    }

    private sealed record Stored(string Status, string Type, string Signature, string Hash, string Prompt, short Total, string Verdict, string Checksum, string TelemetryTotal, bool Done, long Attempts, string Urgency);
}
