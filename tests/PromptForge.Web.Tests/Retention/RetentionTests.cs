using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using PromptForge.Core.Bundling;
using PromptForge.Web.Bundles;
using PromptForge.Web.Retention;
using PromptForge.Web.Runs;
using PromptForge.Web.Tests.Runs;

namespace PromptForge.Web.Tests.Retention;

public sealed class RetentionTests(PostgresFixture postgres, RunFixture runs) : IClassFixture<RunFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("pilot", 30)]
    [InlineData("pro", 90)]
    [InlineData("enterprise", 365)]
    public async Task Texts_live_as_long_as_the_plan_says_and_counters_stay(string plan, int days)
    {
        var org = await runs.OrgAsync(plan);
        var run = await RunAsync(org);
        var stored = run.StoreKey is { } key ? runs.Store.PathOf(key) : null;
        Assert.Equal(new Purged(0, 0, 0, 0), await PurgeAsync(org, days - 1));
        Assert.Equal((1L, 1L), (await CountAsync(org, "prompt_history"), await CountAsync(org, "runs", "output is not null and telemetry <> '{}'")));
        Assert.True(File.Exists(stored));

        Assert.Equal(new Purged(1, 1, 1, 0), await PurgeAsync(org, days + 1));
        Assert.Equal(0L, await CountAsync(org, "prompt_history"));
        Assert.Equal(1L, await CountAsync(org, "runs", "output is null and telemetry = '{}' and status = 'success' and dor is not null"));
        Assert.Equal(1L, await CountAsync(org, "prompt_scores", "feedback = '{}' and total >= 80"));
        Assert.Equal(await CountAsync(org, "score_attempts"), await CountAsync(org, "score_attempts", "feedback = '{}' and text is null"));
        Assert.Equal(1L, await CountAsync(org, "bundles", $"purged_at is not null and checksum = '{run.Bundle!.Checksum}'"));
        Assert.False(File.Exists(stored));
        Assert.False(Directory.Exists(Path.GetFullPath(Path.Combine(stored!, "../../../.."))));

        Assert.Equal(new Purged(0, 0, 0, 0), await PurgeAsync(org, days + 2));
    }

    [Fact]
    public async Task What_is_younger_and_what_is_anothers_stays()
    {
        var (org, other) = (await runs.OrgAsync("pilot"), await runs.OrgAsync("pilot"));
        await RunAsync(org, daysAgo: 40);
        await RunAsync(org, daysAgo: 20);
        await RunAsync(other, daysAgo: 40);
        Assert.Equal(new Purged(1, 1, 1, 0), await PurgeAsync(org));
        Assert.Equal((1L, 1L), (await CountAsync(org, "prompt_history"), await CountAsync(other, "prompt_history")));
        Assert.Equal(1L, await CountAsync(org, "runs", "telemetry <> '{}'"));
    }

    [Fact]
    public async Task A_run_that_is_not_over_keeps_its_prompt_and_its_texts()
    {
        var org = await runs.OrgAsync("pilot");
        await RunAsync(org, daysAgo: 40);
        await AdminAsync("update runs set status = 'running', finished_at = null, lease_owner = 'another node', lease_until = now() + interval '1 day' where org_id = $1", org.OrgId);
        await RunAsync(org, daysAgo: 39);
        Assert.Equal(new Purged(1, 0, 2, 0), await PurgeAsync(org));
        Assert.Equal(2L, await CountAsync(org, "runs", "telemetry <> '{}'"));

        await AdminAsync("update runs set status = 'success', finished_at = now(), lease_owner = null, lease_until = null where org_id = $1 and status = 'running'", org.OrgId);
        Assert.Equal(new Purged(1, 2, 0, 0), await PurgeAsync(org));
    }

    [Fact]
    public async Task A_subscription_that_ended_keeps_its_term_for_thirty_days_more()
    {
        var org = await runs.OrgAsync("enterprise");
        await RunAsync(org, daysAgo: 60);
        await AdminAsync("update subscriptions set status = 'canceled' where org_id = $1", org.OrgId);
        Assert.Equal(new Purged(0, 0, 0, 0), await PurgeAsync(org, 29));
        Assert.Equal(new Purged(1, 1, 1, 0), await PurgeAsync(org, 31));
    }

    [Fact]
    public async Task More_than_one_batch_goes_in_one_pass()
    {
        var org = await runs.OrgAsync("pilot");
        await RunAsync(org, daysAgo: 40);
        await AdminAsync("""
            insert into prompt_history (org_id, id, module_id, module_version, ruleset_version, signature, language, hash, config, inputs, prompt)
            select p.org_id, ('00' || substr(gen_random_uuid()::text, 3))::uuid, p.module_id, p.module_version, p.ruleset_version, p.signature, p.language, p.hash, p.config, p.inputs, p.prompt
              from prompt_history p, generate_series(1, 1200) where p.org_id = $1
            """, org.OrgId);
        Assert.Equal(1201, (await PurgeAsync(org)).Prompts);
    }

    [Fact]
    public async Task Kept_answers_go_when_they_expire_and_counters_of_calls_after_a_month()
    {
        var org = await runs.OrgAsync("pilot");
        await AdminAsync("""
            insert into idempotency_records (org_id, key, route, request_hash, expires_at) select $1, k, 'POST /', repeat('a', 64), now() + e from (values ('old', interval '-1 second'), ('new', interval '1 hour')) v (k, e)
            """, org.OrgId);
        await AdminAsync("""
            with key as (insert into api_keys (org_id, id, name, key_prefix, key_hash, scopes) values ($1, gen_random_uuid(), 'Key', 'pf_live_AAAA', sha256($1::text::bytea), '{api.run}') returning id)
            insert into api_key_buckets (org_id, key_id, window_ts) select $1, id, now() - d from key, (values (interval '33 days'), (interval '31 days')) v (d)
            """, org.OrgId);
        Assert.Equal(new Purged(0, 0, 0, 2), await PurgeAsync(org));
        Assert.Equal((1L, 1L), (await CountAsync(org, "idempotency_records", "key = 'new'"), await CountAsync(org, "api_key_buckets")));
    }

    [Fact]
    public async Task An_object_that_was_sold_again_with_its_zip_lives_as_long_as_the_younger_row()
    {
        var org = await runs.OrgAsync("enterprise");
        var stored = runs.Store.PathOf((await RunAsync(org)).StoreKey!);
        // Exported without the zip long before.
        await AdminAsync("""
            insert into bundles (org_id, id, run_id, formats, paths, files, checksum, version, license_notice)
            select org_id, ('00' || substr(gen_random_uuid()::text, 3))::uuid, run_id, array_remove(formats, 'zip'),
                   (select jsonb_object_agg(key, value) from jsonb_each(paths) where key not like 'bundle-%'), files, checksum, version, license_notice from bundles where org_id = $1
            """, org.OrgId);
        Assert.Equal(new Purged(0, 0, 1, 0), await PurgeAsync(org));
        Assert.True(File.Exists(stored));
        Assert.Equal(1, (await PurgeAsync(org, 366)).Bundles);
        Assert.False(File.Exists(stored));
    }

    [Fact]
    public async Task Objects_that_no_row_knows_go_after_an_hour_and_those_that_were_sold_stay()
    {
        var org = await runs.OrgAsync("enterprise");
        var sold = runs.Store.PathOf((await RunAsync(org)).StoreKey!);
        var now = TimeProvider.System.GetUtcNow();
        var ofNoRun = BundleStore.Key(org.OrgId, now, "fintech", "M07", Guid.CreateVersion7(now), "bundle.zip");
        await runs.Store.SaveAsync(ofNoRun, new byte[1], Cancel);
        var besideSold = Path.Combine(Path.GetDirectoryName(sold)!, "bundle-M07-000000000000.zip");
        await File.WriteAllBytesAsync(besideSold, new byte[1], Cancel);
        var mine = Path.Combine(Path.GetDirectoryName(sold)!, "../notes.txt");
        await File.WriteAllBytesAsync(mine, new byte[1], Cancel);

        Assert.Equal(0, (await PurgeAsync(org)).Orphans);
        foreach (var file in new[] { sold, runs.Store.PathOf(ofNoRun), besideSold, mine })
            File.SetLastWriteTimeUtc(file, now.AddMinutes(-61).UtcDateTime);
        Assert.Equal(new Purged(0, 0, 0, 0, Orphans: 2), await PurgeAsync(org));
        Assert.True(File.Exists(sold) && File.Exists(mine));
        Assert.False(File.Exists(besideSold) || File.Exists(runs.Store.PathOf(ofNoRun)));
    }

    [Fact]
    public async Task Nodes_that_pass_at_once_share_the_orgs_and_come_again_the_next_day()
    {
        var orgs = new[] { await runs.OrgAsync("pilot"), await runs.OrgAsync("pilot") };
        foreach (var org in orgs)
            await RunAsync(org, daysAgo: 40);
        await Task.WhenAll(await PassAsync(), await PassAsync());
        foreach (var org in orgs)
            Assert.Equal((0L, 1L), (await CountAsync(org, "prompt_history"), await CountAsync(org, "bundles", "purged_at is not null")));

        await RunAsync(orgs[0], daysAgo: 40);
        await LeaveAsync(orgs[0], hoursAgo: 19);
        await await PassAsync();
        Assert.Equal(1L, await CountAsync(orgs[0], "prompt_history"));
        await LeaveAsync(orgs[0], hoursAgo: 24);
        await await PassAsync();
        Assert.Equal(0L, await CountAsync(orgs[0], "prompt_history"));
    }

    [Fact]
    public async Task An_org_that_holds_up_one_node_is_passed_by_and_its_transaction_is_one_batchs()
    {
        var (held, other) = (await runs.OrgAsync("pilot"), await runs.OrgAsync("pilot"));
        foreach (var org in new[] { held, other })
            await RunAsync(org, daysAgo: 40);
        await using var connection = await (await postgres.AdminAsync()).OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await using var hold = new NpgsqlCommand("select from prompt_history where org_id = $1 for update", connection, transaction) { Parameters = { new() { Value = held.OrgId } } };
        await hold.ExecuteNonQueryAsync(Cancel);
        var first = await PassAsync();
        while (!first.IsCompleted && await VisitedAsync(held) == 0)
            await Task.Delay(10, Cancel);
        await await PassAsync();
        Assert.Equal((1L, 0L), (await CountAsync(held, "prompt_history"), await CountAsync(other, "prompt_history")));
        await transaction.RollbackAsync(Cancel);
        await first;
        Assert.Equal(0L, await CountAsync(held, "prompt_history"));
    }

    private async Task<RunResult> RunAsync(Tenant org, int daysAgo = 0)
    {
        var pipeline = await runs.PipelineAsync(clock: new ShiftedClock(TimeSpan.FromDays(-daysAgo)));
        return (await pipeline.RunAsync(await runs.RequestAsync(org, type: daysAgo == 0 ? RunType.Test : RunType.Generation), Cancel)).Value;
    }

    private async Task<Purge> NewPurgeAsync(TimeProvider clock) => new(await postgres.DbAsync(), await runs.EntitlementsAsync(), runs.Store, clock);

    private async Task<Purged> PurgeAsync(Tenant org, int daysAhead = 0) => await (await NewPurgeAsync(new ShiftedClock(TimeSpan.FromDays(daysAhead)))).OfOrgAsync(org.OrgId, Cancel);

    /// <summary>A pass of a node of its own. It goes over the orgs of all tests, so its clock is everybody's.</summary>
    private async Task<Task<Purged>> PassAsync() =>
        new RetentionJob(await postgres.DbAsync(), await NewPurgeAsync(TimeProvider.System), TimeProvider.System, NullLogger<RetentionJob>.Instance).PassAsync(Cancel);

    private Task LeaveAsync(Tenant org, int hoursAgo) => AdminAsync($"update retention_marks set visited_at = now() - interval '{hoursAgo} hours' where org_id = $1", org.OrgId);

    private Task<long> VisitedAsync(Tenant org) => CountAsync(org, "retention_marks", "visited_at is not null");

    private async Task<long> CountAsync(Tenant org, string table, string where = "true") => await (await postgres.DbAsync()).InOrgAsync(org.OrgId, null,
        (scope, ct) => scope.QuerySingleAsync<long>($"select count(*) from {table} where org_id = @Org and {where}", new { Org = org.OrgId }, ct), Cancel);

    private async Task AdminAsync(string sql, Guid org)
    {
        await using var command = (await postgres.AdminAsync()).CreateCommand(sql);
        command.Parameters.Add(new() { Value = org });
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private sealed class ShiftedClock(TimeSpan shift) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + shift;
    }
}
