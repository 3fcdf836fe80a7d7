namespace PromptForge.Web.Tests.Schema;

/// <summary>Defects of the founding SQL in plans, subscriptions, entitlements, add-ons and keys.</summary>
public sealed class EntitlementDefectTests(SchemaDatabase database) : IClassFixture<SchemaDatabase>
{
    private const string Grant = "insert into entitlements (org_id, id, user_id, flag, value, source, source_ref, expires_at) values ({org}, {fresh}, ";

    [Fact]
    public async Task D_SQL_01_and_02_one_source_grants_a_flag_once_with_or_without_a_user()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        await session.AsServerAsync(org.Org);

        await session.RunAsync(org.Fill(Grant + "null, 'hasAPI', true, 'manual', '', null)"));
        await session.RunAsync(org.Fill(Grant + "{member}, 'hasAPI', true, 'manual', '', null)"));

        await session.RefusesAsync(Session.Duplicate, org.Fill(Grant + "null, 'hasAPI', true, 'manual', '', now())"));
        await session.RefusesAsync(Session.Duplicate, org.Fill(Grant + "{member}, 'hasAPI', true, 'manual', '', now())"));
        Assert.Equal(1, await session.RunAsync(org.Fill(Grant
            + "null, 'hasAPI', true, 'manual', '', now()) on conflict (org_id, user_id, flag, source, source_ref) do update set expires_at = excluded.expires_at")));
    }

    [Theory]
    [InlineData("allowedModules")]
    [InlineData("isAdmin")]
    [InlineData("pack_fintech")]
    [InlineData("industryPack_")]
    [InlineData(" ")]
    public async Task D_ENT_01_and_09_only_known_flags_are_granted(string flag)
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        await session.AsServerAsync(org.Org);

        await session.RefusesAsync(Session.CheckFailed, org.Fill(Grant + $"null, '{flag}', true, 'plan', 'pro', null)"));
        Assert.Null((await session.TryAsync(org.Fill(Grant + "null, 'industryPack_fintech', true, 'pack', 'fintech', null)"))).State);
    }

    [Fact]
    public async Task D_ENT_04_an_expired_row_grants_nothing_at_the_second_it_expires()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        await session.RunAsync(org.Fill(Grant + "null, 'hasAPI', true, 'manual', 'a', now()), "
            + "({org}, {fresh}, null, 'canExportPDF', true, 'manual', 'a', now() + interval '1 second')"));
        await session.AsUserAsync(org.Member);

        Assert.Equal(["canExportPDF"], await session.ListAsync("select flag from entitlements_effective_org where org_id = $1", org.Org));
        Assert.Equal(["canExportPDF"],
            await session.ListAsync("select flag from entitlements_effective_user where org_id = $1 and user_id = $2", org.Org, org.Member));
    }

    [Fact]
    public async Task D_ENT_05_a_flag_lasts_as_long_as_its_longest_source()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        await session.RunAsync(org.Fill(Grant + "null, 'hasAPI', true, 'manual', 'a', now() + interval '1 day'), "
            + "({org}, {fresh}, null, 'hasAPI', true, 'manual', 'b', now() + interval '9 days'), "
            + "({org}, {fresh}, null, 'canExportMD', true, 'manual', 'a', now() + interval '1 day'), ({org}, {fresh}, null, 'canExportMD', true, 'plan', 'pro', null)"));

        Assert.Equal(["canExportMD for ever", "hasAPI 9"], await session.ListAsync(
            "select flag || coalesce(' ' || extract(day from expires_at - now())::int, ' for ever') from entitlements_effective_org where org_id = $1 order by 1", org.Org));
    }

    [Fact]
    public async Task D_ENT_06_every_member_has_the_org_s_flags_and_one_s_own_on_top()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        await session.RunAsync(org.Fill(Grant + "null, 'hasAPI', true, 'plan', 'enterprise', null), "
            + "({org}, {fresh}, {member}, 'hasExportDesigner', true, 'addon', 'export_designer', null)"));
        const string flags = "select flag from entitlements_effective_user where org_id = $1 and user_id = $2 order by flag";

        Assert.Equal(["hasAPI", "hasExportDesigner"], await session.ListAsync(flags, org.Org, org.Member));
        Assert.Equal(["hasAPI"], await session.ListAsync(flags, org.Org, org.Colleague));
        Assert.Equal(0, await session.CountAsync("entitlements_effective_user where org_id = $1 and user_id is null", org.Org));
    }

    [Fact]
    public async Task D_ENT_07_a_row_that_denies_cannot_be_written()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);

        await session.RefusesAsync(Session.CheckFailed, org.Fill(Grant + "null, 'hasAPI', false, 'manual', '', null)"));
    }

    [Theory]
    [InlineData("flags - 'hasSeatsGT1'")]
    [InlineData("flags || '{\"hasAPI\":\"yes\"}'")]
    [InlineData("flags || '{\"isAdmin\":true}'")]
    [InlineData("flags || '{\"allowedModules\":\"M01-M10\"}'")]
    [InlineData("flags || '{\"allowedModules\":[]}'")]
    [InlineData("flags || '{\"allowedModules\":[\"M51\"]}'")]
    [InlineData("flags || '{\"allowedModules\":[1]}'")]
    public async Task D_PLAN_03_a_plan_names_every_flag_as_a_boolean_and_real_modules(string flags)
    {
        await using var session = await database.BeginAsync();
        await session.AsCatalogAsync();

        await session.RefusesAsync(Session.CheckFailed, $"update plans set flags = {flags} where code = 'pro'");
    }

    [Fact]
    public async Task D_SUB_01_a_subscription_is_known_once_and_an_org_has_one_that_lives()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        const string insert = "insert into subscriptions (org_id, id, plan_code, status, stripe_subscription_id) values ($1, $2, 'pro', $3::subscription_status_t, $4)";
        await session.AsServerAsync(org.Org);

        await session.RunAsync(insert, org.Org, Guid.CreateVersion7(), "active", $"sub_{org.Org}");
        await session.RefusesAsync(Session.Duplicate, insert, org.Org, Guid.CreateVersion7(), "canceled", $"sub_{org.Org}");
        await session.RefusesAsync(Session.Duplicate, insert, org.Org, Guid.CreateVersion7(), "trialing", $"sub_{org.Owner}");
        Assert.Null((await session.TryAsync(insert, org.Org, Guid.CreateVersion7(), "canceled", $"sub_{org.Admin}")).State);
    }

    [Fact]
    public async Task D_SUB_01_a_customer_of_stripe_is_one_org()
    {
        await using var session = await database.BeginAsync();
        var (one, other) = (await FullOrg.WithPeopleAsync(session), await FullOrg.WithPeopleAsync(session));
        await session.RunAsync("update orgs set stripe_customer_id = $2 where id = $1", one.Org, $"cus_{one.Org}");

        await session.RefusesAsync(Session.Duplicate, "update orgs set stripe_customer_id = $2 where id = $1", other.Org, $"cus_{one.Org}");
        await session.AsServerAsync(org: null);
        Assert.Equal(one.Org, await session.ReadAsync<Guid>("select app.stripe_customer_org($1)", $"cus_{one.Org}"));
        Assert.Equal(0, await session.CountAsync("orgs"));
    }

    [Fact]
    public async Task D_ADD_01_an_expired_add_on_is_not_active()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);

        Assert.Equal(1, await session.CountAsync("v_user_addons_active where org_id = $1", org.Org));
        await session.RunAsync("update user_addons set expires_at = now() where org_id = $1", org.Org);
        Assert.Equal(0, await session.CountAsync("v_user_addons_active where org_id = $1", org.Org));
    }

    [Fact]
    public async Task D_ADD_02_an_add_on_does_not_pass_to_somebody_else()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);
        await session.AsServerAsync(org.Org);

        await session.RefusesAsync(Session.Refused, "update user_addons set user_id = $1", org.Colleague);
        await session.RefusesAsync(Session.Refused, "update user_addons set addon_code = 'export_designer'");
    }

    [Fact]
    public async Task D_ADD_03_an_org_with_add_ons_can_be_deleted()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);
        await session.AsServerAsync(org.Org);

        Assert.Equal(1, (await session.TryAsync("delete from orgs where id = $1", org.Org)).Rows);
    }

    [Fact]
    public async Task D_ADD_04_an_add_on_is_a_member_s_and_goes_with_the_member()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);

        await session.RefusesAsync(Session.StillReferenced, "insert into user_addons (org_id, user_id, addon_code) values ($1, $2, 'eval_ai_adv')", org.Org,
            org.Stranger);
        await session.RunAsync("delete from org_members where org_id = $1 and user_id = $2", org.Org, org.Member);
        Assert.Equal(0, await session.CountAsync("user_addons where org_id = $1", org.Org));
    }

    [Theory]
    [InlineData("pf_live_A2Z7", null)]
    [InlineData("pf_test_ABCD", null)]
    [InlineData("pf_live_abcd", Session.CheckFailed)]
    [InlineData("pf_live_A-_Z", Session.CheckFailed)]
    [InlineData("pf_live_A018", Session.CheckFailed)]
    [InlineData("sk_live_ABCD", Session.CheckFailed)]
    public async Task D_SQL_03_and_D_KEY_01_a_key_s_prefix_is_checked_and_can_be_stored(string prefix, string? refusal)
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);

        Assert.Equal(refusal, (await session.TryAsync("update api_keys set key_prefix = $2 where org_id = $1", org.Org, prefix)).State);
    }

    [Theory]
    [InlineData("revoked_at = now()")]
    [InlineData("expires_at = now()")]
    public async Task D_KEY_04_a_revoked_or_expired_key_is_not_found(string change)
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);
        var hash = await session.ReadAsync<byte[]>("select key_hash from api_keys where org_id = $1", org.Org);
        await session.AsServerAsync(org: null);
        Assert.Equal(org.Org, await session.ReadAsync<Guid>("select org_id from app.api_key_lookup($1)", hash));

        await session.AsAdminAsync();
        await session.RunAsync($"update api_keys set {change} where org_id = $1", org.Org);
        await session.AsServerAsync(org: null);
        Assert.Equal(0, await session.CountAsync("app.api_key_lookup($1)", hash));
    }

    [Theory]
    [InlineData("scopes = '{api.root}'")]
    [InlineData("scopes = '{}'")]
    [InlineData("total_calls = -5")]
    [InlineData("total_tokens = -1")]
    [InlineData("rate_limit_per_min = 0")]
    [InlineData("rate_limit_per_min = 9999999")]
    public async Task D_KEY_07_and_11_scopes_counters_and_limits_stay_within_bounds(string change)
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);

        await session.RefusesAsync(Session.CheckFailed, $"update api_keys set {change} where org_id = $1", org.Org);
    }

    [Fact]
    public async Task D_KEY_07_a_name_is_free_again_once_its_key_is_revoked_or_replaced()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        const string insert = """
            insert into api_keys (org_id, id, name, key_prefix, key_hash, scopes) values ($1, $2, 'CI', $3, sha256($3::bytea), '{api.run}')
            """;
        var (first, second) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await session.RunAsync(insert, org.Org, first, "pf_live_AAAA");
        await session.RefusesAsync(Session.Duplicate, insert, org.Org, second, "pf_live_BBBB");

        await session.RunAsync("update api_keys set replaced_by = $2, expires_at = now() + interval '24 hours' where id = $1", first, second);
        Assert.Null((await session.TryAsync(insert, org.Org, second, "pf_live_BBBB")).State);

        await session.RunAsync("update api_keys set revoked_at = now() where id = $1", second);
        Assert.Null((await session.TryAsync(insert, org.Org, Guid.CreateVersion7(), "pf_live_CCCC")).State);
        await session.RunAsync("set constraints all immediate");
    }
}
