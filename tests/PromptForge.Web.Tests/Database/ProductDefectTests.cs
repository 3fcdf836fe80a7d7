using System.Text.Json;
using PromptForge.Core.Bundling;
using PromptForge.Core.SevenD;
using PromptForge.Web.Runs;
using PromptForge.Web.Tests.Runs;

namespace PromptForge.Web.Tests.Schema;

/// <summary>Defects of founding SQL helpers and seeds whose work the product's code does now, on the real catalogue.</summary>
public sealed class ProductDefectTests(PostgresFixture postgres, RunFixture fixture) : IClassFixture<RunFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task D_RUN_04_the_end_of_a_run_leaves_scores_and_overrides_whole_beside_their_typed_columns()
    {
        var tenant = await fixture.OrgAsync("enterprise");
        var request = await fixture.RequestAsync(tenant, type: RunType.Test, sevenD: new SevenDRequest { Domain = "fintech", Urgency = "crisis", Scale = "smb" });

        var run = (await (await fixture.PipelineAsync()).RunAsync(request, Cancel)).Value.RunId;

        var row = await (await postgres.DbAsync()).InOrgAsync(tenant.OrgId, null, (scope, ct) => scope.QuerySingleAsync<(string Scores, string Typed, string Overrides, string Logged, bool Tokens)>("""
            select r.telemetry ->> 'scores',
                   jsonb_build_object('clarity', s.clarity, 'execution', s.execution, 'ambiguity', s.ambiguity, 'alignment', s.alignment, 'business_fit', s.business_fit)::text,
                   r.telemetry ->> 'overrides', o.overrides ->> 'sevenD',
                   (r.telemetry ->> 'tokens_in')::int = r.tokens_in and (r.telemetry ->> 'tokens_out')::int = r.tokens_out
              from runs r join prompt_scores s on s.org_id = r.org_id and s.run_id = r.id join ruleset_overrides_log o on o.org_id = r.org_id and o.run_id = r.id
             where r.org_id = @Org and r.id = @Run
            """, new { Org = tenant.OrgId, Run = run }, ct), Cancel);
        Assert.Equal(row.Typed, row.Scores);
        Assert.Equal(row.Logged, row.Overrides);
        using var overrides = JsonDocument.Parse(row.Overrides);
        Assert.Equal(["scale", "urgency"], overrides.RootElement.EnumerateObject().Select(axis => axis.Name).Order());
        Assert.True(row.Tokens);
    }

    [Fact]
    public async Task D_SEED_01_the_local_org_is_seeded_whole_although_nobody_is_signed_in()
    {
        var db = await postgres.DbAsync();
        var catalog = await fixture.CatalogAsync();
        var plan = catalog.FindPlan("enterprise")!;

        var org = await LocalOrg.EnsureAsync(db, await fixture.EntitlementsAsync(), plan, TimeProvider.System, Cancel);

        Assert.Equal(("Local Enterprise", "enterprise", (long)plan.Flags.Count(flag => flag.Value)), await db.InOrgAsync(org, null, (scope, ct) => scope.QuerySingleAsync<(string, string, long)>("""
            select o.name, s.plan_code::text, (select count(*) from entitlements e where e.org_id = o.id and e.source = 'plan' and e.value)
              from orgs o join subscriptions s on s.org_id = o.id where o.id = @Org
            """, new { Org = org }, ct), Cancel));
    }

    [Fact]
    public async Task D_DOM_02_a_domain_s_two_tables_say_what_its_one_file_says()
    {
        var catalog = await fixture.CatalogAsync();

        var stored = await (await postgres.DbAsync()).AsServerAsync((scope, ct) => scope.QueryAsync<(string Code, string Name, string Sub, string Jargon, string Kpis, string Output)>(
            "select code, industry, sub_industries::text, jargon::text, kpis::text, default_output from v_domain_preset order by code collate \"C\"", null, ct), Cancel);

        Assert.Equal(catalog.Domains.Select(d => (d.Code, d.Name, string.Join('|', d.SubIndustries), string.Join('|', d.Jargon), string.Join('|', d.Kpis), d.Defaults.PrimaryOutput.Code())),
            stored.Select(d => (d.Code, d.Name, Texts(d.Sub), Texts(d.Jargon), Texts(d.Kpis), d.Output)));
        Assert.Equal("E-Commerce", catalog.FindDomain("ecommerce")!.Name);
    }

    [Fact]
    public async Task D_SQL_11_a_published_version_is_enabled_and_nobody_s_id_stands_in_another_column()
    {
        var catalog = await fixture.CatalogAsync();

        var stored = await (await postgres.DbAsync()).AsServerAsync((scope, ct) => scope.QueryAsync<(string, string, string, string, bool, bool)>("""
            select module_id::text, semver::text, name, content_hash::text, enabled, created_by is null from module_versions order by module_id collate "C"
            """, null, ct), Cancel);

        Assert.Equal(catalog.Modules.Select(m => (m.Id, m.Version, m.En.Name, m.ContentHash, true, true)), stored);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public async Task D_SQL_17_the_modules_of_a_vector_are_found_in_memory_as_the_table_has_them(int vector)
    {
        var catalog = await fixture.CatalogAsync();

        var stored = await (await postgres.DbAsync()).AsServerAsync((scope, ct) =>
            scope.QueryAsync<string>("select module_id::text from modules where @Vector = any (vectors) order by module_id collate \"C\"", new { Vector = vector }, ct), Cancel);

        Assert.NotEmpty(stored);
        Assert.Equal(stored, catalog.Modules.Where(m => m.Vectors.Contains(vector)).Select(m => m.Id));
    }

    private static string Texts(string json) => string.Join('|', JsonSerializer.Deserialize<string[]>(json)!);
}
