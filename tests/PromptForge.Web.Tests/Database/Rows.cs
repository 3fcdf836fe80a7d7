namespace PromptForge.Web.Tests.Schema;

/// <summary>How to write one row of each tenant table, in an order that satisfies the references.</summary>
internal static class Rows
{
    private const string Hash = "repeat('a', 64)";
    private const string Signature = "'4949d477eb5d4d97ac4ca75414b2d9c59d433a2f961a5d63d3744a01ffd7b75b'";
    private const string RandomBytes = "sha256({fresh}::text::bytea)";

    private static readonly (string Table, string Insert)[] InOrder =
    [
        ("projects", "insert into projects (org_id, id, slug, name, created_by) values ({org}, {project}, 'slug-' || substr({fresh}, 25), 'Project', {actor})"),
        ("invitations", $$"""
            insert into invitations (org_id, id, email, role, token_hash, expires_at)
              values ({org}, {fresh}, {fresh} || '@example.org', 'member', {{RandomBytes}}, now() + interval '7 days')
            """),
        ("subscriptions", """
            insert into subscriptions (org_id, id, plan_code, status, seats, stripe_subscription_id)
              values ({org}, {fresh}, 'enterprise', 'active', 10, 'sub_' || {fresh})
            """),
        ("entitlements",
            "insert into entitlements (org_id, id, flag, value, source, source_ref) values ({org}, {fresh}, 'hasSeatsGT1', true, 'plan', 'enterprise')"),
        ("user_addons", "insert into user_addons (org_id, user_id, addon_code) values ({org}, {member}, 'eval_ai_adv')"),
        ("licences", """
            insert into licences (org_id, id, serial, customer, issued_at, expires_at, key_id, document)
              values ({org}, {fresh}, {fresh}, 'Customer', now(), now() + interval '1 year', 'k1', 'signed')
            """),
        ("api_keys", $$"""
            insert into api_keys (org_id, id, name, key_prefix, key_hash, scopes)
              values ({org}, {key}, 'Key ' || {fresh}, 'pf_live_' || translate(upper(substr({fresh}, 33)), '0189', 'XYZW'), {{RandomBytes}}, '{api.run}')
            """),
        ("api_key_buckets", "insert into api_key_buckets (org_id, key_id, window_ts, calls) values ({org}, {key}, now(), 1)"),
        ("org_packs", "insert into org_packs (org_id, pack_code, source) values ({org}, 'fintech', 'manual')"),
        ("parameter_sets", $$"""
            insert into parameter_sets (org_id, id, signature, domain, scale, urgency, complexity, resources, application, output_formats)
              values ({org}, {set}, {{Signature}}, 'saas', 'startup', 'planned', 'advanced', 'lean_team', 'implementation', '{spec}')
            """),
        ("prompt_history", $$"""
            insert into prompt_history (org_id, id, user_id, project_id, module_id, module_version, ruleset_version, parameter_set_id, signature,
                                        language, name, hash, config, inputs, prompt)
              values ({org}, {prompt}, {member}, {project}, 'M07', '1.0.0', '1.0.0', {set}, {{Signature}}, 'en', 'Offer', {{Hash}}, '{}', '{}', 'Text')
            """),
        ("runs", $$"""
            insert into runs (org_id, id, project_id, module_id, module_version, ruleset_version, parameter_set_id, signature, prompt_id, type, status,
                              language, model, created_by, api_key_id, finished_at)
              values ({org}, {run}, {project}, 'M07', '1.0.0', '1.0.0', {set}, {{Signature}}, {prompt}, 'generation', 'success',
                      'en', 'none', {member}, {key}, now())
            """),
        ("run_steps", """
            insert into run_steps (org_id, run_id, seq, name, status, fencing_token, finished_at) values ({org}, {run}, 1, 'SourceMiner', 'success', 1, now())
            """),
        ("ruleset_overrides_log", """
            insert into ruleset_overrides_log (org_id, id, run_id, ruleset_version, overrides) values ({org}, {fresh}, {run}, '1.0.0', '{"sevenD":{}}')
            """),
        ("prompt_scores", """
            insert into prompt_scores (org_id, run_id, evaluator, clarity, execution, ambiguity, alignment, business_fit, total, verdict, threshold_clarity,
                                       threshold_execution, threshold_ambiguity, threshold_alignment, threshold_business_fit, threshold_total)
              values ({org}, {run}, 'rubric', 88, 83, 12, 79, 82, 84, 'pass', 80, 80, 20, 75, 75, 80)
            """),
        ("score_attempts", """
            insert into score_attempts (org_id, run_id, attempt, evaluator, clarity, execution, ambiguity, alignment, business_fit, total, verdict)
              values ({org}, {run}, 1, 'rubric', 88, 83, 12, 79, 82, 84, 'pass')
            """),
        ("bundles", $$"""
            insert into bundles (org_id, id, run_id, formats, paths, checksum, version, license_notice)
              values ({org}, {fresh}, {run}, '{txt}', '{"prompt.txt":"k","manifest.json":"k","checksum.sha256":"k"}', 'sha256:' || {{Hash}}, '1.0.0', 'Notice')
            """),
        ("org_branding", "insert into org_branding (org_id, brand_name) values ({org}, 'Brand')"),
        ("bundle_templates", "insert into bundle_templates (org_id, id, name, version, format, layout) values ({org}, {fresh}, 'Plain', 1, 'md', '{}')"),
        ("audit_log", "insert into audit_log (org_id, id, actor_kind, actor_id, action) values ({org}, {fresh}, 'user', {member}, 'org.created')"),
        ("idempotency_records", $$"""
            insert into idempotency_records (org_id, key, route, request_hash) values ({org}, 'one', 'POST /api/run', {{Hash}})
            """),
        ("retention_marks", "insert into retention_marks (org_id) values ({org})"),
    ];

    public static IEnumerable<string> Fixture => InOrder.Select(row => row.Insert.Replace("{actor}", "{member}", StringComparison.Ordinal));

    public static IReadOnlyDictionary<string, string> Insert { get; } = InOrder
        .Append(("orgs", "insert into orgs (id, name, slug) values ({org}, 'Org', 'org-' || substr({fresh}, 25))"))
        .Append(("org_members", "insert into org_members (org_id, user_id, role) values ({org}, {newcomer}, 'member')"))
        .ToDictionary();

    /// <summary>A change of each table in a column that is open to those who may change the table at all.</summary>
    public static IReadOnlyDictionary<string, string> Change { get; } = new Dictionary<string, string>
    {
        ["orgs"] = "name = 'New'",
        ["org_members"] = "role = 'admin'",
        ["projects"] = "name = 'New'",
        ["invitations"] = "revoked_at = now()",
        ["subscriptions"] = "seats = 9",
        ["entitlements"] = "expires_at = now()",
        ["user_addons"] = "status = 'canceled'",
        ["licences"] = "seats = 9",
        ["api_keys"] = "name = 'New'",
        ["api_key_buckets"] = "calls = 9",
        ["org_packs"] = "expires_at = now()",
        ["parameter_sets"] = "overrides = '{}'",
        ["prompt_history"] = "name = 'New'",
        ["runs"] = "telemetry = '{}'",
        ["run_steps"] = "output = 'x'",
        ["ruleset_overrides_log"] = "created_at = now()",
        ["prompt_scores"] = "feedback = '{}'",
        ["score_attempts"] = "text = 'New'",
        ["bundles"] = "visibility = 'public'",
        ["org_branding"] = "brand_name = 'New'",
        ["bundle_templates"] = "archived_at = now()",
        ["audit_log"] = "details = '{}'",
        ["idempotency_records"] = "status_code = 200",
        ["retention_marks"] = "runs_until = gen_random_uuid()",
    };

    public static string Where(string table) => table switch
    {
        "orgs" => "id = {org}",
        "org_members" => "org_id = {org} and user_id = {colleague}",
        _ => "org_id = {org}",
    };
}
