namespace PromptForge.Web.Tests.Schema;

/// <summary>Defects of the founding SQL in modules, versions, migrations, domains and rulesets.</summary>
public sealed class CatalogueDefectTests(SchemaDatabase database) : IClassFixture<SchemaDatabase>
{
    private const string Migration = """
        insert into module_migrations (id, module_id, from_semver, to_semver, kind, script, script_checksum)
          values (gen_random_uuid(), $1, $2, $3, $4::migration_kind_t, $5::jsonb, repeat('c', 64))
        """;

    [Theory]
    [InlineData("{}")]
    [InlineData("{0}")]
    [InlineData("{8}")]
    [InlineData("{2,2}")]
    [InlineData("{1,NULL}")]
    [InlineData("{1,2,3,4}")]
    [InlineData("{{1,2},{3,4}}")]
    public async Task D_CAT_01_and_D_SQL_06_vectors_are_one_to_three_different_numbers_from_one_to_seven(string vectors)
    {
        await using var session = await database.BeginAsync();
        await session.AsCatalogAsync();

        await session.RefusesAsync(Session.CheckFailed, "update modules set vectors = $1::text::smallint[] where module_id = 'M07'", vectors);
        await session.RefusesAsync(Session.CheckFailed, """
            insert into module_versions (id, module_id, semver, name, vectors, definition, content_hash)
              values (gen_random_uuid(), 'M07', '3.0.0', 'Risk', $1::text::smallint[], '{}', repeat('c', 64))
            """, vectors);
    }

    [Fact]
    public async Task D_CAT_02_the_latest_version_is_the_highest_not_the_youngest()
    {
        await using var session = await database.BeginAsync();
        await session.AsServerAsync(org: null);
        Assert.Equal("1.10.0", await session.ReadAsync<string>("select semver::text from v_module_latest where module_id = 'M33'"));

        await session.AsCatalogAsync();
        await session.RunAsync("update module_versions set enabled = false where module_id = 'M33' and semver = '1.10.0'");
        await session.AsServerAsync(org: null);
        Assert.Equal("1.9.1", await session.ReadAsync<string>("select semver::text from v_module_latest where module_id = 'M33'"));
    }

    [Fact]
    public async Task D_CAT_03_a_module_with_versions_is_not_deleted()
    {
        await using var session = await database.BeginAsync();

        Assert.True((await session.TryAsync("delete from modules where module_id = 'M07'")).State is Session.StillReferenced or Session.Restricted);
        await session.AsCatalogAsync();
        await session.RefusesAsync(Session.Refused, "delete from modules where module_id = 'M07'");
    }

    [Fact]
    public async Task D_CAT_04_a_published_version_does_not_change()
    {
        await using var session = await database.BeginAsync();

        await session.RefusesAsync(Session.Immutable, "update module_versions set spec = 'other' where module_id = 'M07'");
        await session.AsCatalogAsync();
        await session.RefusesAsync(Session.Refused, "update module_versions set spec = 'other' where module_id = 'M07'");
    }

    [Theory]
    [InlineData("01.0.0")]
    [InlineData("1.0")]
    [InlineData("1.0.0-beta")]
    [InlineData("v1.0.0")]
    [InlineData("1.0.1234567890")]
    public async Task D_CAT_06_a_version_is_three_plain_numbers(string version)
    {
        await using var session = await database.BeginAsync();

        await session.RefusesAsync(Session.CheckFailed, "select $1::app.semver", version);
    }

    [Fact]
    public async Task D_CAT_05_the_current_version_is_a_pointer_to_a_version_that_exists()
    {
        await using var session = await database.BeginAsync();
        await session.AsCatalogAsync();
        await session.RunAsync("update modules set current_version = '1.9.1' where module_id = 'M33'");
        await session.RunAsync("set constraints all immediate");

        await session.RefusesAsync(Session.StillReferenced, "update modules set current_version = '9.9.9' where module_id = 'M33'");
    }

    [Theory]
    [InlineData("M51")]
    [InlineData("M00")]
    [InlineData("m07")]
    public async Task A_module_is_one_of_fifty(string id)
    {
        await using var session = await database.BeginAsync();

        await session.RefusesAsync(Session.CheckFailed, "insert into modules (module_id, name, vectors, current_version) values ($1, 'x', '{1}', '1.0.0')", id);
    }

    [Theory]
    [InlineData("1.9.1", "1.10.0", "minor", "[]", null)]
    [InlineData("1.9.1", "1.10.0", "major", "[]", Session.CheckFailed)]
    [InlineData("1.10.0", "1.9.1", "minor", "[]", Session.CheckFailed)]
    [InlineData("1.10.0", "1.10.0", "patch", "[]", Session.CheckFailed)]
    [InlineData("1.9.1", "1.10.0", "minor", "\"drop table runs\"", Session.CheckFailed)]
    public async Task D_MIG_01_and_03_a_migration_is_a_list_of_steps_upwards_of_the_named_kind(string from, string to, string kind, string script,
        string? refusal)
    {
        await using var session = await database.BeginAsync();
        await session.AsCatalogAsync();

        Assert.Equal(refusal, (await session.TryAsync(Migration, "M33", from, to, kind, script)).State);
    }

    [Fact]
    public async Task D_SQL_07_a_refused_registration_names_the_rule_it_breaks()
    {
        await using var session = await database.BeginAsync();
        await session.AsCatalogAsync();

        var refused = await session.TryAsync(Migration, "M33", "1.9.1", "1.10.0", "major", "[]");
        Assert.Equal((Session.CheckFailed, "module_migrations_kind_check"), (refused.State, refused.Constraint));
        Assert.Equal(Session.StillReferenced, (await session.TryAsync(Migration, "M33", "1.9.1", "7.0.0", "major", "[]")).State);

        await session.AsAdminAsync();
        var changed = await session.TryAsync("update module_versions set spec = 'other' where module_id = 'M07'");
        Assert.Equal(("module_versions_immutable", "module_versions may not be changed"), (changed.Constraint, changed.Message));
    }

    [Fact]
    public async Task D_SQL_08_a_dry_run_is_undone_by_whoever_began_it_and_only_its_result_stays()
    {
        const string publish = """
            insert into module_versions (id, module_id, semver, name, vectors, definition, content_hash)
              values (gen_random_uuid(), 'M33', '2.0.0', 'KPI Instrumentation Spec', '{6}', '{"inputs":[]}', repeat('d', 64))
            """;
        const string apply = """
            with moved as (update modules set current_version = '2.0.0' where module_id = 'M33' returning module_id)
            update module_migrations g set status = 'applied', applied_at = now() from moved where g.module_id = moved.module_id
            """;
        const string state = "select m.current_version || ' ' || g.status || ' ' || coalesce(g.dry_run_result::text, '') from modules m join module_migrations g using (module_id)";
        await using var session = await database.BeginAsync();
        Assert.Empty(await session.ListAsync(@"select proname::text from pg_proc where pronamespace in ('app'::regnamespace, 'public'::regnamespace) and prosrc ~* '\mexecute\M'"));
        await session.AsCatalogAsync();
        await session.RunAsync(publish);
        await session.RunAsync(Migration, "M33", "1.10.0", "2.0.0", "major", """[{"op":"remove","path":"/inputs/0"}]""");

        Assert.Equal(1, (await session.ProbeAsync(apply)).Rows);
        await session.RunAsync("""update module_migrations set dry_run_result = '{"ok": true}'""");
        Assert.Equal("""1.10.0 draft {"ok": true}""", await session.ReadAsync<string>(state));

        await session.RunAsync(apply);
        await session.RunAsync("set constraints all immediate");
        Assert.Equal("""2.0.0 applied {"ok": true}""", await session.ReadAsync<string>(state));
    }

    [Fact]
    public async Task D_MIG_02_an_applied_migration_stays_applied()
    {
        await using var session = await database.BeginAsync();
        await session.AsCatalogAsync();
        await session.RunAsync(Migration, "M33", "1.9.1", "1.10.0", "minor", "[]");
        await session.RefusesAsync(Session.Duplicate, Migration, "M33", "1.9.1", "1.10.0", "minor", "[]");
        await session.RunAsync("update module_migrations set status = 'applied', applied_at = now()");

        Assert.Equal(0, await session.RunAsync("update module_migrations set status = 'pending', applied_at = null"));
    }

    [Fact]
    public async Task D_DOM_01_and_02_a_domain_has_one_profile_under_its_code()
    {
        await using var session = await database.BeginAsync();

        Assert.Empty(await session.ListAsync("""
            select column_name::text from information_schema.columns
             where table_schema = 'public' and table_name = 'industries' and column_name in ('jargon', 'kpis', 'compliance_notes', 'style_bias', 'risk_level')
            """));
        await session.RefusesAsync(Session.StillReferenced, """
            insert into domain_configs select 'space', version, jargon, kpis, compliance_notes, risk_level, style_bias, default_scale, default_urgency,
              default_complexity, default_resources, default_application, default_output, evaluator_overrides, definition, content_hash
              from domain_configs where code = 'saas'
            """);
    }

    [Fact]
    public async Task D_DOM_03_a_domain_s_default_output_is_an_output_and_its_preset_is_found_by_code()
    {
        await using var session = await database.BeginAsync();

        await session.RefusesAsync(Session.NotAValue, "update domain_configs set default_output = 'report' where code = 'saas'");
        Assert.Equal("E-Commerce", await session.ReadAsync<string>("select industry from v_domain_preset where code = 'ecommerce'"));
    }

    [Fact]
    public async Task D_RS_01_the_first_ruleset_can_be_made_current_and_an_unknown_one_cannot()
    {
        await using var session = await database.BeginAsync();
        await session.AsCatalogAsync();
        const string activate = "insert into ruleset_current (version) values ($1) on conflict (id) do update set version = excluded.version, switched_at = now()";

        Assert.Equal(1, await session.RunAsync(activate, "1.0.0"));
        Assert.Equal(1, await session.RunAsync(activate, "1.0.0"));
        await session.RefusesAsync(Session.StillReferenced, activate, "9.0.0");
        await session.RefusesAsync(Session.CheckFailed, "insert into ruleset_current (id, version) values (2, '1.0.0')");
        await session.AsServerAsync(org: null);
        Assert.Equal("1.0.0", await session.ReadAsync<string>("select version::text from v_ruleset_current"));
    }

    [Fact]
    public async Task D_RS_02_a_registered_ruleset_keeps_its_checksum()
    {
        await using var session = await database.BeginAsync();
        await session.RefusesAsync(Session.Immutable, "update ruleset_versions set checksum = repeat('b', 64)");

        await session.AsCatalogAsync();
        await session.RefusesAsync(Session.Refused, "update ruleset_versions set checksum = repeat('b', 64)");
        await session.RefusesAsync(Session.Duplicate,
            "insert into ruleset_versions (id, version, checksum, content) values (gen_random_uuid(), '1.0.0', repeat('b', 64), 'other')");
    }

    [Fact]
    public async Task A_registered_file_keeps_its_hash_and_is_a_file_of_the_catalogue()
    {
        await using var session = await database.BeginAsync();
        await session.RefusesAsync(Session.Immutable, "update catalog_files set content_hash = repeat('b', 64)");

        await session.AsCatalogAsync();
        await session.RefusesAsync(Session.Refused, "update catalog_files set content_hash = repeat('b', 64)");
        const string insert = "insert into catalog_files (name, version, content_hash) values ($1, '1.0.0', repeat('b', 64))";
        await session.RefusesAsync(Session.Duplicate, insert, "models.yaml");
        await session.RefusesAsync(Session.CheckFailed, insert, "../models.yaml");
        Assert.Null((await session.TryAsync(insert, "standard/en.yaml")).State);
    }

    [Fact]
    public async Task D_RS_03_and_05_a_checksum_is_lower_hex_and_may_come_back_under_a_new_version()
    {
        await using var session = await database.BeginAsync();
        await session.AsCatalogAsync();
        const string insert = "insert into ruleset_versions (id, version, checksum, content) values (gen_random_uuid(), '2.0.0', repeat($1, 64), 'gate: 80')";

        await session.RefusesAsync(Session.CheckFailed, insert, "A");
        Assert.Null((await session.TryAsync(insert, "a")).State);
    }
}
