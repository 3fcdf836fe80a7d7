namespace PromptForge.Web.Tests.Schema;

/// <summary>Defects of the founding SQL in keys, names, timestamps and repeatability.</summary>
public sealed class IntegrityDefectTests(SchemaDatabase database) : IClassFixture<SchemaDatabase>
{
    [Fact]
    public async Task D_SQL_13_migrating_again_changes_nothing() => Assert.Equal(0, await database.MigrateAgainAsync());

    [Fact]
    public async Task D_SQL_09_and_17_and_19_no_extension_is_needed_and_no_index_waits_for_a_query_nobody_asks()
    {
        await using var session = await database.BeginAsync();

        Assert.Equal(["plpgsql"], await session.ListAsync("select extname::text from pg_extension"));
        Assert.Empty(await session.ListAsync("""
            select c.relname::text from pg_class c join pg_am a on a.oid = c.relam
             where c.relnamespace = 'public'::regnamespace and c.relkind = 'i' and a.amname <> 'btree'
            """));
    }

    [Fact]
    public async Task D_SQL_18_no_two_indexes_begin_alike_and_no_reference_is_declared_twice()
    {
        await using var session = await database.BeginAsync();

        Assert.Empty(await session.ListAsync("""
            select a.indexrelid::regclass::text from pg_index a join pg_index b on b.indrelid = a.indrelid and b.indexrelid <> a.indexrelid
             where a.indrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
               and a.indpred is null and b.indpred is null and not a.indisunique and starts_with(b.indkey::text || ' ', a.indkey::text || ' ')
            """));
        Assert.Empty(await session.ListAsync("""
            select a.conname::text from pg_constraint a join pg_constraint b on b.conrelid = a.conrelid and b.confrelid = a.confrelid
               and b.conkey = a.conkey and b.oid <> a.oid
             where a.contype = 'f' and b.contype = 'f' and a.connamespace = 'public'::regnamespace
            """));
    }

    [Fact]
    public async Task D_SEED_01_no_row_takes_its_person_from_a_caller_who_may_not_be_there()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        Assert.Empty(await session.ListAsync("""
            select adrelid::regclass::text from pg_attrdef where pg_get_expr(adbin, adrelid) ~ 'auth\.uid'
            union all select p.oid::regprocedure::text from pg_proc p join pg_trigger t on t.tgfoid = p.oid where p.prosrc ~ 'auth\.uid'
            """));
        var asCaller = org.Fill("insert into org_members (org_id, user_id, role) values ({org}, auth.uid(), 'owner')");
        await session.RefusesAsync(Session.NullRefused, asCaller);

        await session.AsServerAsync(org.Org);
        await session.RefusesAsync(Session.Refused, asCaller);
        Assert.Equal(1, await session.RunAsync(org.Fill("insert into org_members (org_id, user_id, role) values ({org}, {newcomer}, 'owner')")));
    }

    [Theory]
    [InlineData("orgs")]
    [InlineData("projects")]
    [InlineData("subscriptions")]
    [InlineData("entitlements")]
    [InlineData("user_addons")]
    [InlineData("api_keys")]
    [InlineData("runs")]
    [InlineData("prompt_scores")]
    [InlineData("org_branding")]
    public async Task D_SQL_14_and_20_a_change_moves_the_time_of_change(string table)
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);
        await session.RunAsync("set local session_replication_role = replica");
        await session.RunAsync(org.Fill($"update {table} set updated_at = '2000-01-01' where {Rows.Where(table)}"));
        await session.RunAsync("set local session_replication_role = origin");

        await session.RunAsync(org.Fill($"update {table} set {Rows.Change[table]} where {Rows.Where(table)}"));

        Assert.Equal(1, await session.CountAsync(org.Fill($"{table} where {Rows.Where(table)} and updated_at > '2001-01-01'")));
    }

    [Fact]
    public async Task D_CON_01_an_org_with_everything_in_it_can_be_deleted()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);

        Assert.Equal(1, (await session.TryAsync("delete from orgs where id = $1", org.Org)).Rows);
    }

    [Theory]
    [InlineData("update org_members set user_id = {newcomer} where org_id = {org} and user_id = {owner}")]
    [InlineData("update org_members set org_id = {other} where org_id = {org} and user_id = {owner}")]
    public async Task D_CON_04_an_owner_s_row_is_not_passed_on(string sql)
    {
        await using var session = await database.BeginAsync();
        var other = await FullOrg.WithPeopleAsync(session);
        var org = await FullOrg.WithPeopleAsync(session);
        sql = org.Fill(sql.Replace("{other}", $"'{other.Org}'", StringComparison.Ordinal));

        await session.RefusesAsync(Session.Immutable, sql);
        await session.AsServerAsync(org.Org);
        await session.RefusesAsync(Session.Refused, sql);
        await session.AsUserAsync(org.Owner);
        await session.RefusesAsync(Session.Refused, sql);
    }

    [Fact]
    public async Task D_CON_05_an_account_with_grants_runs_and_projects_can_be_deleted()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);
        await session.RunAsync(org.Fill("insert into entitlements (org_id, id, user_id, flag, value, source) values ({org}, {fresh}, {member}, 'hasAPI', true, 'manual')"));

        Assert.Equal(1, (await session.TryAsync("delete from auth.users where id = $1", org.Member)).Rows);
        Assert.Equal(0, await session.CountAsync("entitlements where org_id = $1 and user_id is not null", org.Org));
    }

    [Theory]
    [InlineData("---")]
    [InlineData("-acme")]
    [InlineData("acme-")]
    [InlineData("ac--me")]
    [InlineData("Acme")]
    [InlineData("ac")]
    [InlineData("a-slug-that-is-longer-than-forty-characters")]
    public async Task D_SLUG_01_a_slug_is_words_and_single_hyphens(string slug)
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);

        await session.RefusesAsync(Session.CheckFailed, "update orgs set slug = $2 where id = $1", org.Org, slug);
        await session.RefusesAsync(Session.CheckFailed, "update projects set slug = $2 where org_id = $1", org.Org, slug);
        await session.RefusesAsync(Session.NullRefused, "update orgs set slug = null where id = $1", org.Org);
    }

    [Fact]
    public async Task D_CON_07_an_event_of_stripe_is_stored_once_and_seen_by_its_org_only_when_that_is_known()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        const string insert = "insert into stripe_events (id, type, event_created, livemode, payload) values ($1, 'invoice.paid', now(), false, '{}')";
        var id = $"evt_{org.Org}";
        await session.AsServerAsync(org: null);
        await session.RunAsync(insert, id);
        await session.RefusesAsync(Session.Duplicate, insert, id);

        await session.AsServerAsync(org.Org);
        Assert.Equal(0, await session.CountAsync("stripe_events where id = $1", id));

        await session.AsServerAsync(org: null);
        await session.RunAsync("update stripe_events set resolved_org_id = $2 where id = $1", id, org.Org);
        await session.AsServerAsync(org.Org);
        Assert.Equal(1, await session.RunAsync("update stripe_events set processed_at = now(), outcome = 'applied' where id = $1", id));
    }
}
