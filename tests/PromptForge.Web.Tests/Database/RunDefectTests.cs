namespace PromptForge.Web.Tests.Schema;

/// <summary>Defects of the founding SQL in parameter sets, runs, scores and bundles.</summary>
public sealed class RunDefectTests(SchemaDatabase database) : IClassFixture<SchemaDatabase>
{
    private const string Finished = "status = 'success', finished_at = now()";

    [Theory]
    [InlineData("saas", "startup", "planned", "advanced", "lean_team", "implementation", "spec",
        "4949d477eb5d4d97ac4ca75414b2d9c59d433a2f961a5d63d3744a01ffd7b75b")]
    [InlineData("fintech", "enterprise", "sprint", "advanced", "full_stack_org", "implementation", "spec",
        "36fc036518abe2ceffcd427aba878ccab381bdc3867c3193c95e7c538aaad658")]
    [InlineData("ecommerce", "smb", "sprint", "standard", "agency_stack", "implementation", "playbook",
        "eeb4a096d7ea607dce90f618225448e2ab4d4750ea4701002c9ef543117aa0db")]
    [InlineData("education", "smb", "planned", "standard", "lean_team", "training", "checklist",
        "33a3b3b2f2c9a8827ca91688623ba673a4cd98ed1a6f331223f378a9d511ac36")]
    public async Task D_7D_05_and_06_the_signature_is_that_of_the_seven_codes(
        string domain, string scale, string urgency, string complexity, string resources, string application, string output, string signature)
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        const string insert = """
            insert into parameter_sets (org_id, id, signature, domain, scale, urgency, complexity, resources, application, output_formats)
              values ($1, $2, $3, $4, $5::scale_t, $6::urgency_t, $7::complexity_t, $8::resources_t, $9::application_t, array[$10, 'yaml']::output_t[])
            """;
        object?[] Values(string claimed) => [org.Org, Guid.CreateVersion7(), claimed, domain, scale, urgency, complexity, resources, application, output];
        await session.AsServerAsync(org.Org);

        await session.RefusesAsync(Session.CheckFailed, insert, Values(new string('0', 64)));
        Assert.Null((await session.TryAsync(insert, Values(signature))).State);
        await session.RefusesAsync(Session.Duplicate, insert, Values(signature));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{NULL}")]
    [InlineData("{spec,NULL}")]
    [InlineData("{spec,spec}")]
    [InlineData("{{spec},{json}}")]
    public async Task D_7D_04_outputs_are_a_list_without_gaps_and_doubles(string outputs)
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);

        await session.RefusesAsync(Session.CheckFailed, "update parameter_sets set output_formats = $2::text::output_t[] where org_id = $1", org.Org, outputs);
    }

    [Fact]
    public async Task D_SQL_10_the_four_contexts_of_the_founding_text_go_in_with_one_statement()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        await session.AsServerAsync(org.Org);

        Assert.Equal(4, await session.RunAsync(org.Fill("""
            insert into parameter_sets (org_id, id, signature, domain, scale, urgency, complexity, resources, application, output_formats)
            select {org}, id, pf_signature_7d(d, s::scale_t, u::urgency_t, c::complexity_t, r::resources_t, a::application_t, (o::output_t[])[1]), d,
                   s::scale_t, u::urgency_t, c::complexity_t, r::resources_t, a::application_t, o::output_t[]
              from (values ({fresh}::uuid, 'saas', 'startup', 'planned', 'advanced', 'lean_team', 'implementation', '{spec}'),
                           ({fresh}, 'fintech', 'enterprise', 'sprint', 'advanced', 'full_stack_org', 'implementation', '{spec,json}'),
                           ({fresh}, 'ecommerce', 'smb', 'sprint', 'standard', 'agency_stack', 'implementation', '{playbook,checklist}'),
                           ({fresh}, 'education', 'smb', 'planned', 'standard', 'lean_team', 'training', '{playbook}')) as v(id, d, s, u, c, r, a, o)
            """)));
    }

    [Theory]
    [InlineData("status = 'running', finished_at = null")]
    [InlineData("finished_at = null")]
    [InlineData("status = 'queued'")]
    [InlineData("lease_until = now(), lease_owner = 'node'")]
    [InlineData("error_code = 'PROVIDER_ERROR'")]
    [InlineData("status = 'error', error_code = 'the client said: my card is 4111'")]
    [InlineData("finished_at = started_at - interval '1 second'")]
    [InlineData("tokens_in = -1")]
    [InlineData("telemetry = '[]'")]
    public async Task D_RUN_03_and_D_PRIV_02_a_run_s_state_its_times_and_its_lease_agree(string change)
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);

        await session.RefusesAsync(Session.CheckFailed, $"update runs set {change} where org_id = $1", org.Org);
    }

    [Fact]
    public async Task D_RUN_05_and_06_a_month_of_milliseconds_and_a_millionth_of_a_dollar_fit()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);
        await session.AsServerAsync(org.Org);

        await session.RunAsync("update runs set duration_ms = 3000000000, cost_usd = 0.000001");

        Assert.Equal(0.000001m, await session.ReadAsync<decimal>("select cost_usd from runs"));
        Assert.Equal(3_000_000_000, await session.ReadAsync<long>("select duration_ms from runs"));
    }

    [Theory]
    [InlineData("ambiguity = null", Session.NullRefused)]
    [InlineData("total = null", Session.NullRefused)]
    [InlineData("clarity = 101", Session.CheckFailed)]
    [InlineData("ambiguity = -1", Session.CheckFailed)]
    [InlineData("threshold_clarity = 101", Session.CheckFailed)]
    [InlineData("threshold_total = 79", Session.CheckFailed)]
    [InlineData("total = 79, verdict = 'pass'", Session.CheckFailed)]
    [InlineData("total = 79, verdict = 'partial_pass'", Session.CheckFailed)]
    [InlineData("inconclusive = true", Session.CheckFailed)]
    [InlineData("total = 79, verdict = 'fail'", null)]
    public async Task D_SCO_01_and_03_and_D_SQL_04_a_score_is_whole_and_passes_at_the_gate_only(string change, string? refusal)
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);

        Assert.Equal(refusal, (await session.TryAsync($"update prompt_scores set {change} where org_id = $1", org.Org)).State);
    }

    [Fact]
    public async Task D_SQL_05_total_and_verdict_are_stored_as_computed_elsewhere()
    {
        await using var session = await database.BeginAsync();

        Assert.Empty(await session.ListAsync("select attname::text from pg_attribute where attrelid in ('prompt_scores'::regclass, 'runs'::regclass) and attgenerated <> ''"));
    }

    [Fact]
    public async Task D_SCO_09_every_attempt_is_kept()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);
        await session.AsServerAsync(org.Org);
        var second = Rows.Insert["score_attempts"].Replace("{run}, 1,", "{run}, 2,", StringComparison.Ordinal);

        await session.RunAsync(org.Fill(second));
        await session.RefusesAsync(Session.Duplicate, org.Fill(second));
        await session.RefusesAsync(Session.Refused, "update score_attempts set total = 100");
    }

    [Theory]
    [InlineData("formats = '{exe}'")]
    [InlineData("formats = '{}'")]
    [InlineData("formats = '{txt,txt}'")]
    [InlineData("formats = '{txt,NULL}'")]
    [InlineData("formats = '{txt,pdf}'")]
    [InlineData("paths = '{}'")]
    [InlineData("paths = paths - 'manifest.json'")]
    [InlineData("paths = paths || '{\"run.exe\":\"k\"}'")]
    [InlineData("paths = paths || '{\"prompt.txt\":\"\"}'")]
    [InlineData("paths = paths || '{\"prompt.pdf\":\"k\"}'")]
    [InlineData("version = 'not-semver'")]
    [InlineData("license_notice = ' '")]
    [InlineData("checksum = repeat('a', 64)")]
    [InlineData("checksum = 'sha256:' || repeat('A', 64)")]
    public async Task D_BUN_01_and_06_a_bundle_names_known_files_that_are_all_there(string change)
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);

        await session.RefusesAsync(Session.CheckFailed, $"update bundles set {change} where org_id = $1", org.Org);
    }

    [Fact]
    public async Task D_BUN_01_a_full_bundle_is_accepted()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);

        Assert.Equal(1, await session.RunAsync("""
            update bundles set formats = '{txt,json,md,pdf,zip}', paths = '{"prompt.txt":"k","prompt.json":"k","prompt.md":"k","prompt.pdf":"k",
              "telemetry.json":"k","manifest.json":"k","checksum.sha256":"k","manifest.sig":"k","bundle-M07-0123456789ab.zip":"k"}' where org_id = $1
            """, org.Org));
    }

    [Fact]
    public async Task D_BUN_05_and_07_a_sold_run_stays_and_the_same_content_is_one_bundle()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);
        await session.AsServerAsync(org.Org);

        await session.RefusesAsync(Session.StillReferenced, "delete from runs where id = $1", org.Run);
        await session.RefusesAsync(Session.Duplicate, org.Fill(Rows.Insert["bundles"]));
    }

    [Fact]
    public async Task A_run_is_claimed_once_and_again_only_when_its_lease_is_over()
    {
        FullOrg org;
        await using (var arrange = await database.BeginAsync())
        {
            org = await FullOrg.WithRowsAsync(arrange);
            await arrange.RunAsync("update runs set status = 'queued', finished_at = null where org_id = $1", org.Org);
            await arrange.CommitAsync();
        }

        await using var first = await database.BeginAsync();
        await using var second = await database.BeginAsync();
        await first.AsServerAsync(org: null);
        await second.AsServerAsync(org: null);
        const string claim = "select org_id || ' ' || run_id || ' ' || fencing_token || ' ' || attempt from app.claim_run($1, $2::text::interval)";

        Assert.Equal([$"{org.Org} {org.Run} 1 1"], await first.ListAsync(claim, "one", "1 minute"));
        Assert.Empty(await second.ListAsync(claim, "two", "1 minute"));
        Assert.Empty(await first.ListAsync(claim, "one", "1 minute"));

        await first.AsServerAsync(org.Org);
        await first.RunAsync("update runs set lease_until = now() - interval '1 second' where id = $1", org.Run);
        await first.AsServerAsync(org: null);
        Assert.Equal([$"{org.Org} {org.Run} 2 2"], await first.ListAsync(claim, "three", "1 minute"));

        await first.AsServerAsync(org.Org);
        Assert.Equal(0,
            await first.RunAsync($"update runs set {Finished}, lease_owner = null, lease_until = null where id = $1 and fencing_token = 1", org.Run));
        Assert.Equal(1,
            await first.RunAsync($"update runs set {Finished}, lease_owner = null, lease_until = null where id = $1 and fencing_token = 2", org.Run));
        await first.CommitAsync();
    }

    [Fact]
    public async Task The_organisation_with_the_fewest_runs_at_work_is_served_first_and_of_its_runs_the_oldest()
    {
        await using var session = await database.BeginAsync();
        var (busy, other) = (await FullOrg.WithRowsAsync(session), await FullOrg.WithRowsAsync(session));
        const string copy = """
            insert into runs (org_id, id, module_id, module_version, ruleset_version, parameter_set_id, signature, type, status, language, model, lease_owner, lease_until)
            select org_id, app.uuid_from(now() + n * interval '1 second'), module_id, module_version, ruleset_version, parameter_set_id, signature, type, $2::run_status_t, language, model,
                   case $2 when 'running' then 'elsewhere' end, case $2 when 'running' then now() + $5::interval end
              from runs, generate_series($3::int, $4::int) n where org_id = $1 and status = 'success'
            """;
        // Whose turn it is does not depend on who came first: the crowd is older.
        await session.RunAsync(copy, busy.Org, "queued", 1, 1000, "0");
        await session.RunAsync(copy, other.Org, "queued", 2001, 2003, "0");
        var order = new List<Guid>();
        await session.AsServerAsync(org: null);
        for (var i = 0; i < 7; i++)
            order.Add(await session.ReadAsync<Guid>("select org_id from app.claim_run('me', '1 minute')"));
        Assert.Equal([busy.Org, other.Org, busy.Org, other.Org, busy.Org, other.Org, busy.Org], order);

        await session.AsAdminAsync();
        Assert.Equal(4, await session.CountAsync("runs where org_id = $1 and status = 'running' and id <= app.uuid_from(now() + interval '4 seconds')", busy.Org));
        // Runs whose nodes died are not at work, and wait for their turn as any other.
        await session.RunAsync("update runs set lease_until = now() - interval '1 second' where org_id = $1 and status = 'running'", busy.Org);
        await session.RunAsync(copy, other.Org, "queued", 2004, 2004, "0");
        await session.AsServerAsync(org: null);
        Assert.Equal($"{busy.Org} 2", await session.ReadAsync<string>("select org_id || ' ' || attempt from app.claim_run('me', '1 minute')"));
    }

    [Fact]
    public async Task The_versions_of_one_prompt_are_counted_once_with_or_without_a_project()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);
        var again = Rows.Insert["prompt_history"].Replace("{prompt}", "{fresh}", StringComparison.Ordinal);
        var loose = again.Replace("{project}", "null", StringComparison.Ordinal);
        await session.AsServerAsync(org.Org);

        await session.RefusesAsync(Session.Duplicate, org.Fill(again));
        await session.RunAsync(org.Fill(loose));
        await session.RefusesAsync(Session.Duplicate, org.Fill(loose));
        Assert.Null((await session.TryAsync(org.Fill(loose.Replace("'Offer'", "null", StringComparison.Ordinal)))).State);
        Assert.Null((await session.TryAsync(org.Fill(loose.Replace("'Offer'", "null", StringComparison.Ordinal)))).State);
    }

    [Fact]
    public async Task Enumerations_and_lists_of_them_are_read_as_text()
    {
        await using var session = await database.BeginAsync();
        await FullOrg.WithRowsAsync(session);

        Assert.Equal("startup", await session.ReadAsync<string>("select scale from parameter_sets"));
        Assert.Equal(["spec"], await session.ReadAsync<string[]>("select output_formats from parameter_sets"));
    }

    [Fact]
    public async Task A_range_of_ids_is_a_range_of_time()
    {
        await using var session = await database.BeginAsync();
        var moment = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

        Assert.True(await session.ReadAsync<bool>("select app.uuid_from($1) between $2 and $3",
            moment, Guid.CreateVersion7(moment.AddMilliseconds(-1)), Guid.CreateVersion7(moment)));
    }
}
