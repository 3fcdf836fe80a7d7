namespace PromptForge.Web.Tests.Schema;

/// <summary>Defects of the founding SQL in row security and privilege; the ids are those of the specification.</summary>
public sealed class RowSecurityDefectTests(SchemaDatabase database) : IClassFixture<SchemaDatabase>
{
    [Fact]
    public async Task D_RLS_01_members_can_read_members_and_what_hangs_on_them()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);
        await session.AsUserAsync(org.Member);

        Assert.Equal(4, await session.CountAsync("org_members where org_id = $1", org.Org));
        Assert.Equal(1, await session.CountAsync("runs where org_id = $1", org.Org));
    }

    [Fact]
    public async Task D_RLS_02_the_server_makes_an_org_and_its_owner_in_one_transaction_and_reads_them_back()
    {
        await using var session = await database.BeginAsync();
        var (org, user) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await session.RunAsync("insert into auth.users (id) values ($1)", user);
        await session.AsServerAsync(org);

        Assert.Equal(org, await session.ReadAsync<Guid>("insert into orgs (id, name, slug) values ($1, 'New', $2) returning id", org, $"new-{org:n}"));
        Assert.Equal("owner",
            await session.ReadAsync<string>("insert into org_members (org_id, user_id, role) values ($1, $2, 'owner') returning role", org, user));
    }

    [Theory]
    [InlineData("update org_members set role = 'owner' where org_id = {org} and user_id = {admin}", Session.Refused)]
    [InlineData("update org_members set role = 'owner' where org_id = {org} and user_id = {member}", Session.Refused)]
    [InlineData("update org_members set role = 'member' where org_id = {org} and user_id = {owner}", null)]
    [InlineData("delete from org_members where org_id = {org} and user_id = {owner}", null)]
    [InlineData("delete from orgs where id = {org}", Session.Refused)]
    public async Task D_RLS_03_an_admin_neither_makes_nor_unmakes_an_owner_nor_deletes_the_org(string sql, string? refusal)
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        await session.AsUserAsync(org.Admin);

        var outcome = await session.TryAsync(org.Fill(sql));

        Assert.Equal(refusal, outcome.State);
        Assert.True(outcome.Rows <= 0);
        await session.AsAdminAsync();
        Assert.Equal(1, await session.CountAsync("org_members where org_id = $1 and role = 'owner'", org.Org));
    }

    [Fact]
    public async Task D_RLS_03_a_member_may_leave()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        await session.AsUserAsync(org.Member);

        Assert.Equal(1, await session.RunAsync("delete from org_members where org_id = $1 and user_id = $2", org.Org, org.Member));
    }

    [Fact]
    public async Task D_RLS_04_owners_are_counted_whoever_asks()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        await session.RunAsync("update org_members set role = 'owner' where org_id = $1 and user_id = $2", org.Org, org.Admin);
        await session.RunAsync("create policy narrow on org_members as restrictive for select to authenticated using (user_id = (select auth.uid()))");
        await session.AsUserAsync(org.Owner);

        Assert.Equal(1, await session.RunAsync("delete from org_members where org_id = $1 and user_id = $2", org.Org, org.Owner));
    }

    [Fact]
    public async Task D_RLS_05_users_make_no_orgs_past_the_server_that_limits_them()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        await session.AsUserAsync(org.Owner);

        await session.RefusesAsync(Session.Refused, "insert into orgs (id, name, slug) values ($1, 'Mine', 'mine-mine')", Guid.CreateVersion7());
    }

    [Theory]
    [InlineData("update plans set flags = flags")]
    [InlineData("delete from api_key_buckets")]
    [InlineData("select prompt from prompt_history")]
    [InlineData("delete from prompt_history")]
    public async Task D_RLS_07_the_anonymous_touch_neither_plans_nor_counters_nor_prompts(string sql)
    {
        await using var session = await database.BeginAsync();
        await session.AsAnonymousAsync();

        await session.RefusesAsync(Session.Refused, sql);
    }

    [Theory]
    [InlineData("update subscriptions set seats = 999")]
    [InlineData("update subscriptions set status = 'active'")]
    [InlineData("update subscriptions set trial_end = now() + interval '10 years'")]
    [InlineData("insert into entitlements (org_id, id, flag, value, source) values ({org}, {fresh}, 'hasAPI', true, 'manual')")]
    public async Task D_RLS_08_an_owner_does_not_write_what_was_not_paid(string sql)
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);
        await session.AsUserAsync(org.Owner);

        await session.RefusesAsync(Session.Refused, org.Fill(sql));
    }

    [Theory]
    [InlineData("select key_hash from api_keys")]
    [InlineData("select * from api_keys")]
    [InlineData("update api_keys set rate_limit_per_min = 9999")]
    [InlineData("update api_keys set revoked_at = null")]
    [InlineData("insert into api_keys (org_id, id, name, key_prefix, key_hash, scopes) values ({org}, {fresh}, 'x', 'pf_live_AAAA', sha256('x'), '{api.run}')")]
    public async Task D_RLS_09_no_user_writes_a_key_or_reads_its_hash(string sql)
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);
        await session.AsUserAsync(org.Owner);

        await session.RefusesAsync(Session.Refused, org.Fill(sql));
        Assert.Equal(1, await session.ReadAsync<long>("select count(key_prefix) from api_keys where org_id = $1", org.Org));
    }

    [Theory]
    [InlineData("entitlements_effective_org")]
    [InlineData("entitlements_effective_user")]
    [InlineData("v_user_addons_active")]
    [InlineData("v_run_bundles")]
    [InlineData("v_project_bundles")]
    [InlineData("v_ruleset_overrides_recent")]
    public async Task D_RLS_10_a_view_shows_what_its_reader_may_see(string view)
    {
        await using var session = await database.BeginAsync();
        var mine = await FullOrg.WithRowsAsync(session);
        var theirs = await FullOrg.WithRowsAsync(session);

        await session.AsUserAsync(mine.Member);
        Assert.True(await session.CountAsync($"{view} where org_id = $1", mine.Org) > 0);
        Assert.Equal(0, await session.CountAsync($"{view} where org_id = $1", theirs.Org));

        await session.AsServerAsync(mine.Org);
        Assert.Equal(0, await session.CountAsync($"{view} where org_id = $1", theirs.Org));

        await session.AsAnonymousAsync();
        await session.RefusesAsync(Session.Refused, $"select * from {view}");
    }

    [Theory]
    [InlineData("select * from app.api_key_lookup('x')")]
    [InlineData("select * from app.claim_run('me', '1 minute')")]
    [InlineData("select app.stripe_customer_org('cus_1')")]
    [InlineData("select * from app.orgs_of(gen_random_uuid())")]
    [InlineData("select * from app.org_page(null, 10)")]
    [InlineData("select * from app.invitation_lookup('x')")]
    public async Task D_RLS_11_what_runs_as_the_owner_is_called_by_the_server_only(string sql)
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        await session.AsUserAsync(org.Owner);
        await session.RefusesAsync(Session.Refused, sql);
        await session.AsAnonymousAsync();
        await session.RefusesAsync(Session.Refused, sql);

        await session.AsServerAsync(org: null);
        Assert.Null((await session.TryAsync(sql)).State);
    }

    [Fact]
    public async Task D_RLS_13_the_anonymous_see_a_module_s_name_and_not_its_contract()
    {
        await using var session = await database.BeginAsync();
        await session.AsAnonymousAsync();

        Assert.Equal("pilot", await session.ReadAsync<string>("select required_plan from v_modules_catalog where module_id = 'M07'"));
        Assert.Equal("pro", await session.ReadAsync<string>("select required_plan from v_modules_catalog where module_id = 'M33'"));
        foreach (var sql in (string[])["select spec from modules", "select * from modules", "select 1 from module_versions", "select 1 from module_migrations"])
        {
            await session.RefusesAsync(Session.Refused, sql);
        }
    }

    [Fact]
    public async Task D_RLS_13_users_see_the_contract_but_no_disabled_version_and_no_migration()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        await session.RunAsync("update module_versions set enabled = false where semver = '1.9.1'");
        await session.AsUserAsync(org.Member);

        Assert.Equal("the contract", await session.ReadAsync<string>("select spec from modules where module_id = 'M07'"));
        Assert.Equal(["1.10.0"], await session.ListAsync("select semver::text from v_module_versions where module_id = 'M33'"));
        await session.RefusesAsync(Session.Refused, "select script from module_migrations");
    }

    [Fact]
    public async Task D_RLS_14_no_member_forges_a_run()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);
        await session.AsUserAsync(org.Member);

        await session.RefusesAsync(Session.Refused, org.Fill(Rows.Insert["runs"]));
        await session.RefusesAsync(Session.Refused, "update runs set status = 'success', cost_usd = 0");
    }

    [Theory]
    [InlineData("update runs set project_id = {project} where id = {run}")]
    [InlineData("update runs set prompt_id = {prompt} where id = {run}")]
    public async Task D_RLS_15_a_run_refers_to_its_own_org_s_rows_only(string sql)
    {
        await using var session = await database.BeginAsync();
        var theirs = await FullOrg.WithRowsAsync(session);
        var mine = await FullOrg.WithRowsAsync(session);
        await session.AsServerAsync(mine.Org);

        await session.RefusesAsync(Session.StillReferenced, sql
            .Replace("{run}", $"'{mine.Run}'", StringComparison.Ordinal)
            .Replace("{project}", $"'{theirs.Project}'", StringComparison.Ordinal)
            .Replace("{prompt}", $"'{theirs.Prompt}'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task D_RLS_16_a_parameter_set_belongs_to_its_org()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);
        await session.AsUserAsync(org.Stranger);

        Assert.Equal(0, await session.CountAsync("parameter_sets where org_id = $1", org.Org));
    }
}
