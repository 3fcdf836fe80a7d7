using System.Text.Json;
using System.Text.Json.Nodes;
using PromptForge.Core;
using PromptForge.Core.Catalog;
using PromptForge.Core.SevenD;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Catalog;

/// <summary>
/// Brings the catalogue's tables to what the files say, at start. A version is registered once: content that moved under an unchanged version is refused
/// before anything is written. Nodes that start together take turns.
/// </summary>
public static class CatalogSync
{
    public const string Code = "CATALOG_VERSION_REUSED";

    /// <returns>How many entries were new; faults where a version was reused.</returns>
    public static Task<Outcome<int>> RunAsync(Db db, ProductCatalog catalog, TimeProvider clock, CancellationToken ct) =>
        db.AsCatalogAsync(async (scope, token) =>
        {
            var known = await KnownAsync(scope, token);
            var wanted = Wanted(catalog);
            if (Faults(wanted, known) is { Count: > 0 } early)
                return early;
            if (wanted.All(w => known.Contains(w)))
                return (Outcome<int>)0;

            await scope.ExecuteAsync("select pg_advisory_xact_lock(hashtext('promptforge.catalogue'))", null, token);
            known = await KnownAsync(scope, token);
            if (Faults(wanted, known) is { Count: > 0 } faults)
                return faults;
            await WriteAsync(scope, catalog, clock, token);
            return wanted.Count(w => !known.Contains(w));
        }, ct);

    private static List<Entry> Wanted(ProductCatalog catalog) =>
    [
        .. catalog.Modules.Select(m => new Entry("module", m.Id, m.Version, m.ContentHash)),
        .. catalog.Domains.Select(d => new Entry("domain", d.Code, d.Version, d.ContentHash)),
        .. catalog.Packs.Select(p => new Entry("pack", p.Code, p.Version, p.ContentHash)),
        new("ruleset", "ruleset", catalog.Ruleset.Version, catalog.Ruleset.ContentHash),
        .. catalog.Files.Select(f => new Entry("file", f.Name, f.Version, f.ContentHash)),
        .. catalog.Plans.Select(p => new Entry("plan", p.Code, "", Flags(p))),
    ];

    private static async Task<HashSet<Entry>> KnownAsync(OrgScope scope, CancellationToken ct) =>
        [.. await scope.QueryAsync<Entry>("""
            select 'module' as kind, module_id::text as name, semver::text as version, content_hash::text as hash from module_versions
            union all select 'domain', code, version::text, content_hash::text from domain_configs
            union all select 'pack', code, version::text, content_hash::text from packs
            union all select 'ruleset', 'ruleset', version::text, checksum::text from ruleset_versions
            union all select 'file', name, version::text, content_hash::text from catalog_files
            union all select 'plan', code::text, '', flags::text || retention_days || '/' || live_runs_per_hour || '/' || live_runs_per_month || name from plans
            """, null, ct)];

    private static List<Fault> Faults(List<Entry> wanted, HashSet<Entry> known)
    {
        var versions = known.ToLookup(k => (k.Kind, k.Name, k.Version));
        return [.. wanted.Where(w => w.Kind != "plan" && versions[(w.Kind, w.Name, w.Version)].Any(k => k.Hash != w.Hash)).Select(w => new Fault(Code, w.File,
            $"The content changed but the version is still {w.Version}, which this database already knows with other content. Raise \"version\" in the file (a patch for wording, a minor for additions, a major when outputs change), or put the old content back."))];
    }

    private static async Task WriteAsync(OrgScope scope, ProductCatalog catalog, TimeProvider clock, CancellationToken ct)
    {
        await scope.ExecuteAsync("""
            insert into plans (code, name, flags, retention_days, live_runs_per_hour, live_runs_per_month)
            select r.code::plan_code_t, r.name, r.flags, r.retention_days, r.per_hour, r.per_month
              from jsonb_to_recordset(@Rows::jsonb) as r (code text, name text, flags jsonb, retention_days int, per_hour int, per_month int)
            on conflict (code) do update set name = excluded.name, flags = excluded.flags, retention_days = excluded.retention_days,
              live_runs_per_hour = excluded.live_runs_per_hour, live_runs_per_month = excluded.live_runs_per_month
            """, new { Rows = Rows(catalog.Plans, p => new { code = p.Code, name = p.Name, flags = FlagsNode(p), retention_days = p.RetentionDays, per_hour = p.LiveRunsPerHour, per_month = p.LiveRunsPerMonth }) }, ct);

        await scope.ExecuteAsync("""
            insert into industries (code, name, sub_industries)
            select r.code, r.name, r.sub_industries from jsonb_to_recordset(@Rows::jsonb) as r (code text, name text, sub_industries jsonb)
            on conflict (code) do update set name = excluded.name, sub_industries = excluded.sub_industries
            """, new { Rows = Rows(catalog.Domains, d => new { code = d.Code, name = d.Name, sub_industries = d.SubIndustries }) }, ct);

        await scope.ExecuteAsync("""
            insert into domain_configs (code, version, jargon, kpis, compliance_notes, risk_level, style_bias, default_scale, default_urgency, default_complexity,
              default_resources, default_application, default_output, evaluator_overrides, definition, content_hash)
            select r.code, r.version, r.jargon, r.kpis, r.rules, r.risk::risk_level_t, r.tone, r.scale::scale_t, r.urgency::urgency_t, r.complexity::complexity_t,
                   r.resources::resources_t, r.application::application_t, r.output::output_t, r.definition -> 'thresholds', r.definition, r.hash
              from jsonb_to_recordset(@Rows::jsonb) as r (code text, version text, jargon jsonb, kpis jsonb, rules text, risk text, tone text, scale text, urgency text,
                complexity text, resources text, application text, output text, definition jsonb, hash text)
            on conflict (code) do update set version = excluded.version, jargon = excluded.jargon, kpis = excluded.kpis, compliance_notes = excluded.compliance_notes,
              risk_level = excluded.risk_level, style_bias = excluded.style_bias, default_scale = excluded.default_scale, default_urgency = excluded.default_urgency,
              default_complexity = excluded.default_complexity, default_resources = excluded.default_resources, default_application = excluded.default_application,
              default_output = excluded.default_output, evaluator_overrides = excluded.evaluator_overrides, definition = excluded.definition, content_hash = excluded.content_hash
            where app.semver_key(domain_configs.version) < app.semver_key(excluded.version)
            """, new
        {
            Rows = Rows(catalog.Domains, d => new
            {
                code = d.Code,
                version = d.Version,
                jargon = d.Jargon,
                kpis = d.Kpis,
                rules = string.Join("; ", d.En.Rules),
                risk = Codes<RiskLevel>.Of(d.RiskLevel),
                tone = d.En.Tone,
                scale = d.Defaults.Scale.Code(),
                urgency = d.Defaults.Urgency.Code(),
                complexity = d.Defaults.Complexity.Code(),
                resources = d.Defaults.Resources.Code(),
                application = d.Defaults.Application.Code(),
                output = d.Defaults.PrimaryOutput.Code(),
                definition = JsonNode.Parse(d.Definition),
                hash = d.ContentHash,
            }),
        }, ct);

        await ModulesAsync(scope, catalog, clock, ct);

        await scope.ExecuteAsync("""
            insert into packs (code, version, name, domain, min_plan, price_eur_per_year, modules, definition, content_hash)
            select r.code, r.version, r.name, r.domain, r.min_plan::plan_code_t, r.price, array(select jsonb_array_elements_text(r.modules)), r.definition, r.hash
              from jsonb_to_recordset(@Rows::jsonb) as r (code text, version text, name text, domain text, min_plan text, price int, modules jsonb, definition jsonb, hash text)
            on conflict (code) do update set version = excluded.version, name = excluded.name, domain = excluded.domain, min_plan = excluded.min_plan,
              price_eur_per_year = excluded.price_eur_per_year, modules = excluded.modules, definition = excluded.definition, content_hash = excluded.content_hash
            where app.semver_key(packs.version) < app.semver_key(excluded.version)
            """, new { Rows = Rows(catalog.Packs, p => new { code = p.Code, version = p.Version, name = p.Name, domain = p.Domain, min_plan = p.MinPlan, price = (int)p.PriceEurPerYear, modules = p.Modules, definition = JsonNode.Parse(p.Definition), hash = p.ContentHash }) }, ct);

        await scope.ExecuteAsync("""
            insert into ruleset_versions (id, version, checksum, content) values (@Id, @Version, @ContentHash, @Content) on conflict (version) do nothing;
            insert into ruleset_current (id, version) values (1, @Version) on conflict (id) do update set version = excluded.version, switched_at = now()
              where app.semver_key(ruleset_current.version) < app.semver_key(excluded.version)
            """, new { Id = Guid.CreateVersion7(clock.GetUtcNow()), catalog.Ruleset.Version, catalog.Ruleset.ContentHash, catalog.Ruleset.Content }, ct);

        await scope.ExecuteAsync("""
            insert into catalog_files (name, version, content_hash)
            select r.name, r.version, r.hash from jsonb_to_recordset(@Rows::jsonb) as r (name text, version text, hash text)
            on conflict do nothing
            """, new { Rows = Rows(catalog.Files, f => new { name = f.Name, version = f.Version, hash = f.ContentHash }) }, ct);
    }

    private static Task<int> ModulesAsync(OrgScope scope, ProductCatalog catalog, TimeProvider clock, CancellationToken ct) =>
        // The pointer from module to current version is checked at commit, so either may be written first.
        scope.ExecuteAsync("""
            create temporary table wanted on commit drop as
            select r.*, array(select jsonb_array_elements_text(r.vectors)::smallint) as vector_list
              from jsonb_to_recordset(@Rows::jsonb) as r (id uuid, module_id text, version text, name text, vectors jsonb, summary text, inputs jsonb, process text, outputs jsonb, kpi jsonb,
                guardrails jsonb, definition jsonb, hash text);
            insert into modules (module_id, name, summary, vectors, inputs, spec, output_schema, kpi, guardrails, current_version)
            select module_id, name, summary, vector_list, inputs, process, outputs, kpi, guardrails, version from wanted
            on conflict (module_id) do update set name = excluded.name, summary = excluded.summary, vectors = excluded.vectors, inputs = excluded.inputs, spec = excluded.spec,
              output_schema = excluded.output_schema, kpi = excluded.kpi, guardrails = excluded.guardrails, current_version = excluded.current_version
            where app.semver_key(modules.current_version) < app.semver_key(excluded.current_version);
            insert into module_versions (id, module_id, semver, parent_version_id, name, vectors, spec, output_schema, kpi, guardrails, definition, content_hash)
            select w.id, w.module_id, w.version, (select v.id from module_versions v where v.module_id = w.module_id order by app.semver_key(v.semver) desc limit 1),
                   w.name, w.vector_list, w.process, w.outputs, w.kpi, w.guardrails, w.definition, w.hash
              from wanted w
            on conflict (module_id, semver) do nothing
            """, new
        {
            Rows = Rows(catalog.Modules, m =>
            {
                var definition = JsonNode.Parse(m.Definition)!.AsObject();
                return new
                {
                    id = Guid.CreateVersion7(clock.GetUtcNow()),
                    module_id = m.Id,
                    version = m.Version,
                    name = m.Name,
                    vectors = m.Vectors,
                    summary = m.En.Purpose,
                    inputs = definition["inputs"]!.DeepClone(),
                    process = string.Join("\n", m.En.Process.Select(s => s.Step)),
                    outputs = definition["outputs"]!.DeepClone(),
                    kpi = definition["kpi"]!.DeepClone(),
                    guardrails = definition["guardrails"]!.DeepClone(),
                    definition,
                    hash = m.ContentHash,
                };
            }),
        }, ct);

    private static string Rows<T, TRow>(IEnumerable<T> items, Func<T, TRow> row) => JsonSerializer.Serialize(items.Select(row));

    private static JsonObject FlagsNode(Plan plan)
    {
        var flags = new JsonObject(plan.Flags.Select(f => KeyValuePair.Create(f.Key, (JsonNode?)JsonValue.Create(f.Value))))
        {
            ["allowedModules"] = plan.Modules is { } modules ? new JsonArray([.. modules.Select(m => (JsonNode)JsonValue.Create(m)!)]) : JsonValue.Create("ALL"),
        };
        return flags;
    }

    // As PostgreSQL prints the same object, so that an unchanged plan is seen as such.
    private static string Flags(Plan plan) =>
        "{" + string.Join(", ", FlagsNode(plan).OrderBy(f => f.Key.Length).ThenBy(f => f.Key, StringComparer.Ordinal).Select(f => $"\"{f.Key}\": {f.Value!.ToJsonString().Replace(",", ", ", StringComparison.Ordinal)}")) + "}"
        + $"{plan.RetentionDays}/{plan.LiveRunsPerHour}/{plan.LiveRunsPerMonth}{plan.Name}";

    private sealed record Entry(string Kind, string Name, string Version, string Hash)
    {
        public string File => Kind switch { "module" => $"catalog/modules/{Name}.yaml", "domain" => $"catalog/domains/{Name}.yaml", "pack" => $"catalog/packs/{Name}.yaml", "file" => $"catalog/{Name}", _ => "catalog/ruleset.yml" };
    }
}
