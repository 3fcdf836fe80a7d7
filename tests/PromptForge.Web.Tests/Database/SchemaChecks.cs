namespace PromptForge.Web.Tests.Schema;

/// <summary>Each query lists what breaks a rule of the schema, so its answer must be empty.</summary>
internal static class SchemaChecks
{
    public const string TenantTables = """
        select t.relname::text from pg_class t
         where t.relnamespace = 'public'::regnamespace and t.relkind in ('r', 'p')
           and (t.relname = 'orgs' or exists (select from pg_attribute where attrelid = t.oid and attname = 'org_id' and not attisdropped))
        """;

    /// <summary>What a signed-in user may call although it runs as the owner: both answer for the caller alone.</summary>
    private const string CallableByUsers = "'my_orgs', 'has_free_seat'";

    public static readonly IReadOnlyDictionary<string, string> All = new Dictionary<string, string>
    {
        ["a table without row security"] = """
            select relname::text from pg_class
             where relnamespace in ('public'::regnamespace, 'app'::regnamespace, 'auth'::regnamespace) and relkind in ('r', 'p') and not (relrowsecurity and relforcerowsecurity)
            """,
        ["a table without a policy"] = """
            select relname::text from pg_class t
             where relnamespace in ('public'::regnamespace, 'app'::regnamespace, 'auth'::regnamespace) and relkind in ('r', 'p') and not exists (select from pg_policy where polrelid = t.oid)
            """,
        ["a tenant table whose org_id may be null"] = """
            select t.relname::text from pg_class t join pg_attribute a on a.attrelid = t.oid and a.attname = 'org_id' and not a.attisdropped
             where t.relnamespace = 'public'::regnamespace and t.relkind in ('r', 'p') and not a.attnotnull
            """,
        ["a tenant table without org_id in front of a key"] = """
            select t.relname::text from pg_class t join pg_attribute a on a.attrelid = t.oid and a.attname = 'org_id' and not a.attisdropped
             where t.relnamespace = 'public'::regnamespace and t.relkind in ('r', 'p')
               and not exists (select from pg_constraint where conrelid = t.oid and contype in ('p', 'u') and conkey[1] = a.attnum)
            """,
        ["a table of no org that is not known as one"] = """
            select t.relname::text from pg_class t
             where t.relnamespace = 'public'::regnamespace and t.relkind in ('r', 'p')
               and not exists (select from pg_attribute where attrelid = t.oid and attname = 'org_id' and not attisdropped)
               and t.relname <> all (array['orgs', 'plans', 'modules', 'module_versions', 'module_migrations', 'industries', 'domain_configs', 'packs',
                                           'ruleset_versions', 'ruleset_current', 'catalog_files', 'stripe_events'])
            """,
        ["a reference between tenant tables without org_id"] = """
            select c.conname::text from pg_constraint c
              join pg_attribute a on a.attrelid = c.conrelid and a.attname = 'org_id' and not a.attisdropped
              join pg_attribute b on b.attrelid = c.confrelid and b.attname = 'org_id' and not b.attisdropped
             where c.contype = 'f' and c.conrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
               and not (a.attnum = any (c.conkey) and b.attnum = any (c.confkey))
            """,
        ["a tenant table that the server may see outside of its org"] = """
            select t.relname::text from pg_class t join pg_policy p on p.polrelid = t.oid
             where t.relnamespace = 'public'::regnamespace and 'promptforge_web'::regrole = any (p.polroles)
               and exists (select from pg_attribute where attrelid = t.oid and attname = 'org_id' and not attisdropped)
               and pg_get_expr(p.polqual, t.oid) <> '(org_id = ( SELECT app.current_org() AS current_org))'
            """,
        ["a policy that calls a function once a row"] = """
            select p.polname::text from pg_policy p, lateral (values (pg_get_expr(p.polqual, p.polrelid)), (pg_get_expr(p.polwithcheck, p.polrelid))) as e(text)
             where regexp_count(text, '(app\.(current_org|my_orgs)|auth\.uid)\(') <> regexp_count(text, 'SELECT (app\.(current_org|my_orgs)|auth\.uid)\(')
            """,
        ["a policy for everybody"] = """
            select p.polname::text from pg_policy p join pg_class t on t.oid = p.polrelid
             where t.relnamespace = 'public'::regnamespace and 0 = any (p.polroles)
            """,
        ["a view with its owner's rights"] = """
            select relname::text from pg_class
             where relnamespace = 'public'::regnamespace and relkind = 'v' and not coalesce(reloptions @> '{security_invoker=true}', false)
            """,
        ["a materialised view"] = "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'm'",
        ["a definer function without a pinned search_path"] = """
            select proname::text from pg_proc
             where pronamespace in ('app'::regnamespace, 'public'::regnamespace, 'auth'::regnamespace) and prosecdef
               and not coalesce('search_path=""' = any (proconfig), false)
            """,
        ["a function that everybody may call"] = """
            select p.proname::text from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a
             where p.pronamespace in ('app'::regnamespace, 'public'::regnamespace) and a.grantee = 0
            """,
        ["a definer function that a user may call"] = $"""
            select p.proname::text from pg_proc p, unnest(array['authenticated', 'anon', 'promptforge_identity']) as r(role)
             where p.pronamespace in ('app'::regnamespace, 'public'::regnamespace, 'auth'::regnamespace) and p.prosecdef
               and has_function_privilege(r.role, p.oid, 'execute') and not (p.proname in ({CallableByUsers}) and r.role = 'authenticated')
            """,
        ["a right given to everybody"] = """
            select t.relname::text from pg_class t, aclexplode(t.relacl) as a where t.relnamespace = 'public'::regnamespace and a.grantee = 0
            """,
        ["a writing right of the anonymous"] = """
            select t.relname::text from pg_class t
             where t.relnamespace = 'public'::regnamespace and t.relkind in ('r', 'p', 'v')
               and (has_any_column_privilege('anon', t.oid, 'insert, update') or has_table_privilege('anon', t.oid, 'delete, truncate'))
            """,
        ["an identity role with rights outside of auth"] = """
            select t.relname::text from pg_class t
             where t.relnamespace in ('public'::regnamespace, 'app'::regnamespace) and t.relkind in ('r', 'p', 'v')
               and has_any_column_privilege('promptforge_identity', t.oid, 'select, insert, update')
            """,
        ["an account that anybody but the identity role may see"] = """
            select t.relname::text from pg_class t, unnest(array['promptforge_web', 'authenticated', 'anon']) as r(role)
             where t.relnamespace = 'auth'::regnamespace and t.relkind in ('r', 'p', 'v') and has_any_column_privilege(r.role, t.oid, 'select, insert, update')
            """,
        ["a catalogue role with rights outside of the catalogue"] = """
            select t.relname::text from pg_class t
             where t.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) and t.relkind in ('r', 'p', 'v')
               and (has_any_column_privilege('promptforge_catalog', t.oid, 'select, insert, update') or has_table_privilege('promptforge_catalog', t.oid, 'delete, truncate'))
               and t.oid <> all (array['plans', 'modules', 'module_versions', 'module_migrations', 'industries', 'domain_configs', 'packs', 'ruleset_versions',
                                       'ruleset_current', 'catalog_files']::regclass[]::oid[])
            """,
        ["a role above row security"] = """
            select rolname::text from pg_roles
             where (rolname like 'promptforge%' or rolname in ('authenticated', 'anon')) and (rolsuper or rolbypassrls)
            """,
        ["a role that inherits or may become too much"] = """
            select u.rolname::text from pg_auth_members m join pg_roles u on u.oid = m.member join pg_roles g on g.oid = m.roleid
             where (u.rolname like 'promptforge%' or u.rolname in ('authenticated', 'anon'))
               and not (u.rolname = 'promptforge_server' and g.rolname in ('promptforge_web', 'promptforge_identity', 'promptforge_catalog') and not u.rolinherit)
            """,
        ["a table that is not the owner's"] = """
            select relname::text from pg_class
             where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v') and relowner <> 'promptforge_owner'::regrole
            """,
        ["a time of change that nothing keeps"] = """
            select t.relname::text from pg_class t join pg_attribute a on a.attrelid = t.oid and a.attname = 'updated_at' and not a.attisdropped
             where t.relnamespace = 'public'::regnamespace and t.relkind in ('r', 'p')
               and not exists (select from pg_trigger where tgrelid = t.oid and tgfoid = 'app.set_updated_at'::regproc)
            """,
    };
}
