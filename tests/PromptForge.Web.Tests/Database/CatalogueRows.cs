namespace PromptForge.Web.Tests.Schema;

/// <summary>How to write one more row of each table that belongs to no org, how to change one, and which.</summary>
internal static class CatalogueRows
{
    private const string Hash = "repeat('b', 64)";

    public static IReadOnlyDictionary<string, CatalogueRow> All { get; } = new Dictionary<string, CatalogueRow>
    {
        ["plans"] = new("""
            insert into plans (code, name, flags, retention_days, live_runs_per_hour, live_runs_per_month)
              select 'pilot', name, flags, retention_days, live_runs_per_hour, live_runs_per_month from plans where code = 'pro'
            """, "name = 'New'", "code = 'pro'"),
        ["modules"] = new("insert into modules (module_id, name, vectors, current_version) values ('M50', 'Registry', '{1}', '1.0.0')",
            "summary = 'New'", "module_id = 'M07'"),
        ["module_versions"] = new($$"""
            insert into module_versions (id, module_id, semver, name, vectors, definition, content_hash)
              values (gen_random_uuid(), 'M07', '2.0.0', 'Risk', '{2}', '{}', {{Hash}})
            """, "enabled = true", "module_id = 'M07'"),
        ["module_migrations"] = new($$"""
            insert into module_migrations (id, module_id, from_semver, to_semver, kind, script, script_checksum)
              values (gen_random_uuid(), 'M33', '1.9.1', '1.10.0', 'minor', '[]', {{Hash}})
            """, "status = 'pending'", "module_id = 'M33'"),
        ["industries"] = new("insert into industries (code, name) values ('media', 'Media')", "name = 'New'", "code = 'saas'"),
        ["domain_configs"] = new("""
            insert into domain_configs (code, version, risk_level, default_scale, default_urgency, default_complexity, default_resources,
                                        default_application, default_output, definition, content_hash)
              select 'media', version, risk_level, default_scale, default_urgency, default_complexity, default_resources,
                     default_application, default_output, definition, content_hash from domain_configs where code = 'saas'
            """, "style_bias = 'New'", "code = 'saas'"),
        ["packs"] = new($$"""
            insert into packs (code, version, name, min_plan, modules, definition, content_hash) values ('media', '1.0.0', 'Media', 'pro', '{}', '{}', {{Hash}})
            """, "enabled = false", "code = 'fintech'"),
        ["ruleset_versions"] = new($"insert into ruleset_versions (id, version, checksum, content) values (gen_random_uuid(), '1.0.1', {Hash}, 'gate: 81')",
            "content = 'gate: 0'", "version = '1.0.0'"),
        ["ruleset_current"] = new("insert into ruleset_current (version) values ('1.0.0')", "switched_at = now()", "id = 1"),
        ["catalog_files"] = new($"insert into catalog_files (name, version, content_hash) values ('models.yaml', '1.0.1', {Hash})", "content_hash = content_hash", "name = 'models.yaml'"),
        ["stripe_events"] = new("""
            insert into stripe_events (id, type, event_created, livemode, payload) values ('evt_' || gen_random_uuid(), 'invoice.paid', now(), false, '{}')
            """, "attempts = 1", "true"),
    };
}

internal sealed record CatalogueRow(string Insert, string Change, string Where);
