namespace PromptForge.Web.Tests.Schema;

public sealed class SchemaTests(SchemaDatabase database) : IClassFixture<SchemaDatabase>
{
    private const string Tenant = "create table bad (org_id uuid not null references orgs, id uuid not null, primary key (org_id, id))";
    private const string Shielded = "; alter table bad enable row level security; alter table bad force row level security";

    public static TheoryData<string> Rules => [.. SchemaChecks.All.Keys];

    /// <summary>A rule, something that breaks it, and the name by which the check must report that.</summary>
    public static TheoryData<string, string, string> Breaches => new()
    {
        { "a table without row security", Tenant, "bad" },
        { "a table without row security", "alter table runs no force row level security", "runs" },
        { "a table without a policy", Tenant + Shielded, "bad" },
        { "a tenant table whose org_id may be null", "create table bad (org_id uuid references orgs, id uuid primary key)", "bad" },
        { "a tenant table without org_id in front of a key", "create table bad (org_id uuid not null references orgs, id uuid primary key)", "bad" },
        { "a table of no org that is not known as one", "create table bad (id uuid primary key)", "bad" },
        {
            "a reference between tenant tables without org_id",
            "alter table runs add constraint runs_id_key unique (id); alter table run_steps add constraint bad foreign key (run_id) references runs (id)", "bad"
        },
        { "a tenant table that the server may see outside of its org", "create policy bad on runs to promptforge_web using (true)", "runs" },
        { "a policy that calls a function once a row", "create policy bad on runs to promptforge_web using (org_id = app.current_org())", "bad" },
        { "a policy for everybody", "create policy bad on runs using (true)", "bad" },
        { "a view with its owner's rights", "create view bad as select org_id from runs", "bad" },
        { "a materialised view", "create materialized view bad as select org_id from runs", "bad" },
        { "a definer function without a pinned search_path", "create function app.bad() returns int language sql security definer as 'select 1'", "bad" },
        { "a function that everybody may call", "create function app.bad() returns int language sql as 'select 1'", "bad" },
        {
            "a definer function that a user may call",
            "create function app.bad() returns int language sql security definer set search_path = '' as 'select 1'; grant execute on function app.bad() to authenticated", "bad"
        },
        { "a right given to everybody", "grant select on runs to public", "runs" },
        { "a writing right of the anonymous", "grant update (name) on plans to anon", "plans" },
        { "an identity role with rights outside of auth", "grant select on orgs to promptforge_identity", "orgs" },
        { "an account that anybody but the identity role may see", "grant select (email) on auth.users to promptforge_web", "users" },
        { "a table without row security", "alter table auth.user_tokens no force row level security", "user_tokens" },
        { "a catalogue role with rights outside of the catalogue", "grant select on runs to promptforge_catalog", "runs" },
        { "a role above row security", "create role promptforge_bad bypassrls", "promptforge_bad" },
        { "a role that inherits or may become too much", "create role promptforge_bad; grant promptforge_owner to promptforge_bad", "promptforge_bad" },
        { "a table that is not the owner's", "create table bad (id uuid primary key)", "bad" },
        { "a time of change that nothing keeps", "drop trigger set_updated_at on runs", "runs" },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task The_schema_keeps_the_rule_against(string breach)
    {
        await using var session = await database.BeginAsync();

        Assert.Empty(await session.ListAsync(SchemaChecks.All[breach]));
    }

    [Theory]
    [MemberData(nameof(Breaches))]
    public async Task The_check_reports(string breach, string made, string name)
    {
        await using var session = await database.BeginAsync();
        await session.RunAsync(made);

        Assert.Contains(name, await session.ListAsync(SchemaChecks.All[breach]));
    }

    [Fact]
    public void Every_check_has_been_seen_to_fail() =>
        Assert.Equal(SchemaChecks.All.Keys.Order(), Breaches.Select(breach => breach.Data.Item1).Distinct().Order());

    [Fact]
    public async Task The_tables_and_views_of_the_founding_texts_exist_under_their_names()
    {
        await using var session = await database.BeginAsync();
        string[] wanted =
        [
            "orgs", "org_members", "plans", "subscriptions", "entitlements", "user_addons", "api_keys", "api_key_buckets", "modules", "domain_configs",
            "parameter_sets", "prompt_history", "runs", "prompt_scores", "bundles", "projects", "module_versions", "ruleset_versions", "ruleset_current",
            "ruleset_overrides_log", "module_migrations", "industries",
            "v_plans", "entitlements_effective_org", "entitlements_effective_user", "v_user_addons_active", "v_modules_catalog", "v_domain_preset",
            "v_module_latest", "v_module_versions", "v_module_migrations", "v_run_bundles", "v_project_bundles", "v_ruleset_current",
            "v_ruleset_overrides_recent",
        ];

        Assert.Empty(wanted.Except(await session.ListAsync("select relname::text from pg_class where relnamespace = 'public'::regnamespace")));
    }

    [Fact]
    public async Task The_login_of_the_server_sees_nothing_until_it_takes_a_role()
    {
        await using var session = await database.BeginAsync();
        await session.RunAsync("set local session authorization promptforge_server");

        await session.RefusesAsync(Session.Refused, "select 1 from orgs");
        await session.RefusesAsync(Session.Refused, "set local role promptforge_owner");
        Assert.Null((await session.TryAsync("set local role promptforge_web")).State);
    }

    [Fact]
    public async Task The_identity_role_reaches_the_accounts_and_nothing_of_the_orgs()
    {
        await using var session = await database.BeginAsync();
        await session.RunAsync("set local role promptforge_identity");

        Assert.Null((await session.TryAsync("select id, email from auth.users")).State);
        await session.RefusesAsync(Session.Refused, "select 1 from public.orgs");
        await session.RefusesAsync(Session.Refused, "select 1 from app.data_protection_keys");
    }

    [Fact]
    public async Task Sessions_are_the_identity_role_s_and_nobody_moves_one_to_another_account()
    {
        await using var session = await database.BeginAsync();
        await session.RunAsync("set local role promptforge_identity");
        Assert.Null((await session.TryAsync("select id from auth.user_sessions")).State);
        await session.RefusesAsync(Session.Refused, "update auth.user_sessions set user_id = gen_random_uuid()");
        await session.AsServerAsync(org: null);
        await session.RefusesAsync(Session.Refused, "select 1 from auth.user_sessions");
        await session.AsUserAsync(Guid.CreateVersion7());
        await session.RefusesAsync(Session.Refused, "select 1 from auth.user_sessions");
    }

    [Fact]
    public async Task Mails_are_queued_through_the_door_that_counts_them_and_read_outside_of_any_org_only()
    {
        await using var session = await database.BeginAsync();
        const string queue = "select app.queue_mail(gen_random_uuid(), 'invitation', 'a@example.test', 'en', null)";
        await session.AsServerAsync(Guid.CreateVersion7());
        Assert.Null((await session.TryAsync(queue)).State);
        Assert.Equal(0, await session.CountAsync("app.mails"));
        await session.RefusesAsync(Session.Refused, "insert into app.mails (id, template, recipient, language) values (gen_random_uuid(), 'invitation', 'a@example.test', 'en')");
        await session.AsServerAsync(org: null);
        Assert.Equal(1, await session.CountAsync("app.mails"));
        await session.AsUserAsync(Guid.CreateVersion7());
        await session.RefusesAsync(Session.Refused, queue);
    }

    [Fact]
    public async Task The_data_protection_keys_are_read_outside_of_any_org_only()
    {
        await using var session = await database.BeginAsync();
        const string key = "insert into app.data_protection_keys (id, name, xml) values (gen_random_uuid(), 'key', '<key/>')";
        await session.AsServerAsync(org: null);
        await session.RunAsync(key);
        Assert.Equal(1, await session.CountAsync("app.data_protection_keys"));

        await session.AsServerAsync(Guid.CreateVersion7());
        Assert.Equal(0, await session.CountAsync("app.data_protection_keys"));
        await session.RefusesAsync(Session.Refused, key);
        await session.AsUserAsync(Guid.CreateVersion7());
        await session.RefusesAsync(Session.Refused, "select 1 from app.data_protection_keys");
    }
}
