using PromptForge.Web.Platform;
using PromptForge.Web.Tests.Platform;

namespace PromptForge.Web.Tests.Schema;

public sealed class SupabaseTests(PostgresFixture postgres)
{
    internal const string TheirLeave = "grant usage on schema auth to promptforge_owner; grant references (id) on auth.users to promptforge_owner;";

    internal const string TheirAuth = """
        do $$ begin
          create schema auth;
          create table auth.users (id uuid primary key, email varchar(255), instance_id uuid);
          create function auth.uid() returns uuid language sql stable
            as 'select (nullif(current_setting(''request.jwt.claims'', true), '''')::jsonb ->> ''sub'')::uuid';
          grant usage on schema auth to authenticated, anon;
        end $$;
        """;

    [Fact]
    public async Task An_auth_schema_that_is_there_is_left_as_it_is()
    {
        await using var database = await EmptyDatabase.CreateAsync(postgres, TestContext.Current.CancellationToken);
        await database.ScalarAsync(TheirAuth + TheirLeave);
        const string fingerprint = """
            select string_agg(a.attname || a.atttypid::regtype, ',' order by attnum) || t.relowner::regrole || t.relrowsecurity || array_to_string(t.relacl, ',')
              from pg_attribute a join pg_class t on t.oid = a.attrelid where t.oid = 'auth.users'::regclass and attnum > 0 group by t.oid
            """;
        var before = await database.ScalarAsync(fingerprint);

        await new Migrator(database.ConnectionString, Repository.Migrations).MigrateAsync(TestContext.Current.CancellationToken);

        Assert.Equal(before, await database.ScalarAsync(fingerprint));
        Assert.Equal(0L, await database.ScalarAsync("""
            insert into auth.users (id) values ('00000000-0000-7000-8000-000000000001');
            set role authenticated;
            set request.jwt.claims = '{"sub":"00000000-0000-7000-8000-000000000001"}';
            select count(*) from runs;
            """));
    }

    [Fact]
    public async Task Without_leave_to_refer_to_the_users_nothing_is_migrated_and_the_missing_grants_are_named()
    {
        await using var database = await EmptyDatabase.CreateAsync(postgres, TestContext.Current.CancellationToken);
        await database.ScalarAsync(TheirAuth);

        var refused = await Assert.ThrowsAsync<PlatformException>(() =>
            new Migrator(database.ConnectionString, Repository.Migrations).MigrateAsync(TestContext.Current.CancellationToken));

        Assert.Contains("grant references (id) on auth.users to promptforge_owner", refused.Message, StringComparison.Ordinal);
        Assert.Equal(false, await database.ScalarAsync("select to_regclass('public.orgs') is not null"));
    }
}
