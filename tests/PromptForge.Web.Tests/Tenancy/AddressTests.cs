using PromptForge.Web.Platform;
using PromptForge.Web.Tests.Platform;
using PromptForge.Web.Tests.Schema;

namespace PromptForge.Web.Tests.Tenancy;

public sealed class AddressTests(PostgresFixture postgres)
{
    private const string Org = "00000000-0000-7000-8000-00000000000a";
    private const string Other = "00000000-0000-7000-8000-00000000000b";
    private const string User = "00000000-0000-7000-8000-000000000001";
    private const string Leave = """
        grant select (id, email, email_confirmed_at) on auth.users to promptforge_owner;
        create policy promptforge_reads on auth.users for select to promptforge_owner using (true);
        """;

    [Fact]
    public async Task Beside_Supabase_addresses_are_unknown_until_its_owner_shares_them_and_then_only_those_of_the_org_that_is_set()
    {
        await using var database = await EmptyDatabase.CreateAsync(postgres, TestContext.Current.CancellationToken);
        await database.ScalarAsync(SupabaseTests.TheirAuth + "alter table auth.users add email_confirmed_at timestamptz; alter table auth.users enable row level security;" + SupabaseTests.TheirLeave);
        await new Migrator(database.ConnectionString, Repository.Migrations).MigrateAsync(TestContext.Current.CancellationToken);
        await database.ScalarAsync($"""
            insert into auth.users (id, email, email_confirmed_at) values ('{User}', 'Ana@Example.test', now());
            insert into orgs (id, name, slug) values ('{Org}', 'Org', 'org'), ('{Other}', 'Other', 'other');
            insert into org_members (org_id, user_id, role) values ('{Org}', '{User}', 'owner');
            """);

        Assert.Equal((null, null), await AskAsync(database, Org));
        await database.ScalarAsync(Leave);
        Assert.Equal(("Ana@Example.test", "ana@example.test"), await AskAsync(database, Org));
        Assert.Equal((null, "ana@example.test"), await AskAsync(database, Other));
        await database.ScalarAsync("update auth.users set email_confirmed_at = null");
        Assert.Equal(("Ana@Example.test", null), await AskAsync(database, Org));
    }

    private static async Task<(string? OfMember, string? OfCaller)> AskAsync(EmptyDatabase database, string org)
    {
        var request = $$"""set role promptforge_web; set app.org_id = '{{org}}'; set request.jwt.claims = '{"sub":"{{User}}"}';""";
        return (await database.ScalarAsync(request + "select email from app.member_emails()") as string, await database.ScalarAsync(request + "select app.my_confirmed_email()") as string);
    }
}
