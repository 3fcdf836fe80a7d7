namespace PromptForge.Web.Tests.Schema;

public sealed class IsolationTests(SchemaDatabase database) : IClassFixture<SchemaDatabase>
{
    private static readonly string[] People = ["owner", "admin", "member"];

    public static TheoryData<string> TenantTables => [.. Permissions.Tenant.Keys.Order(StringComparer.Ordinal)];

    public static TheoryData<string> SharedTables => [.. Permissions.Catalogue.Keys.Order(StringComparer.Ordinal)];

    [Fact]
    public async Task Every_table_has_its_line_of_permissions_and_its_row()
    {
        await using var session = await database.BeginAsync();
        var tenant = await session.ListAsync(SchemaChecks.TenantTables);
        var others = await session.ListAsync($"select tablename::text from pg_tables where schemaname = 'public' and tablename not in ({SchemaChecks.TenantTables})");

        Assert.Equal(tenant.Order(), Permissions.Tenant.Keys.Order());
        Assert.Equal(tenant.Order(), Rows.Insert.Keys.Order());
        Assert.Equal(others.Order(), Permissions.Catalogue.Keys.Order());
        Assert.Equal(others.Order(), CatalogueRows.All.Keys.Order());
    }

    [Theory]
    [MemberData(nameof(TenantTables))]
    public async Task A_tenant_table_opens_to_its_own_org_and_role_only(string table)
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);
        var rights = Permissions.Tenant[table];
        var users = string.Concat(People.Select(person => rights[person]));
        (string Actor, string Rights, string Granted)[] everybody =
        [
            .. People.Select(person => (person, rights[person], users)), ("stranger", "", users), ("anonymous", "", ""),
            ("server", rights["server"], rights["server"]), ("server in another org", "", rights["server"]), ("server in no org", "", rights["server"]),
        ];

        var (expected, seen) = (new List<string>(), new List<string>());
        foreach (var (actor, own, granted) in everybody)
        {
            await EnterAsync(session, actor, org);
            expected.Add(Expected(actor, own, granted));
            seen.Add(await SeenAsync(actor, operation => session.ProbeAsync(org.Fill(operation switch
            {
                'r' => $"select 1 from {table} where {Rows.Where(table)}",
                'c' => Rows.Insert[table].Replace("{actor}", People.Contains(actor) ? $"{{{actor}}}" : "{stranger}", StringComparison.Ordinal),
                'u' => $"update {table} set {Rows.Change[table]} where {Rows.Where(table)}",
                _ => $"delete from {table} where {Rows.Where(table)}",
            }))));
        }

        Assert.Equal(expected, seen);
    }

    [Theory]
    [MemberData(nameof(SharedTables))]
    public async Task A_shared_table_opens_to_those_its_line_names_only(string table)
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        var row = CatalogueRows.All[table];
        if (table is "module_migrations" or "stripe_events" or "ruleset_current")
        {
            await session.RunAsync(row.Insert);
        }

        var (expected, seen) = (new List<string>(), new List<string>());
        foreach (var (actor, rights) in Permissions.Catalogue[table])
        {
            await EnterAsync(session, actor, org);
            expected.Add(Expected(actor, rights, actor == "server in an org" ? Permissions.Catalogue[table]["server in no org"] : rights));
            seen.Add(await SeenAsync(actor, operation => session.ProbeAsync(operation switch
            {
                'r' => $"select count(*) from {table} having count(*) > 0",
                'c' => row.Insert,
                'u' => $"update {table} set {row.Change} where {row.Where}",
                _ => $"delete from {table} where {row.Where}",
            })));
        }

        Assert.Equal(expected, seen);
    }

    [Theory]
    [MemberData(nameof(TenantTables))]
    public async Task No_row_moves_to_another_org_of_the_same_owner(string table)
    {
        await using var session = await database.BeginAsync();
        var other = await FullOrg.WithPeopleAsync(session);
        var org = await FullOrg.WithRowsAsync(session);
        await session.RunAsync("insert into org_members (org_id, user_id, role) values ($1, $2, 'owner')", other.Org, org.Owner);

        foreach (var actor in People.Append("server"))
        {
            await EnterAsync(session, actor, org);

            var moved = await session.ProbeAsync(org.Fill($"update {table} set {(table == "orgs" ? "id" : "org_id")} = '{other.Org}' where {Rows.Where(table)}"));

            Assert.True(moved.State is not null || moved.Rows == 0, $"{actor} moved a row of {table}");
        }
    }

    private static async Task EnterAsync(Session session, string actor, FullOrg org) => await (actor switch
    {
        "owner" => session.AsUserAsync(org.Owner),
        "admin" => session.AsUserAsync(org.Admin),
        "member" or "user" => session.AsUserAsync(org.Member),
        "stranger" => session.AsUserAsync(org.Stranger),
        "anonymous" => session.AsAnonymousAsync(),
        "server in another org" => session.AsServerAsync(Guid.CreateVersion7()),
        "server in no org" => session.AsServerAsync(org: null),
        "catalogue" => session.AsCatalogAsync(),
        _ => session.AsServerAsync(org.Org),
    });

    private static string Expected(string actor, string rights, string granted) => Line(actor, Permissions.Operations.Select(operation =>
        rights.Contains(operation.Letter, StringComparison.Ordinal) ? "done"
        : granted.Contains(operation.Letter, StringComparison.Ordinal) && operation.Letter != 'c' ? "nothing there"
        : "refused"));

    private static async Task<string> SeenAsync(string actor, Func<char, Task<Outcome>> probe)
    {
        var outcomes = new List<string>();
        foreach (var (letter, _) in Permissions.Operations)
        {
            outcomes.Add(Meaning(await probe(letter)));
        }

        return Line(actor, outcomes);
    }

    private static string Line(string actor, IEnumerable<string> outcomes) =>
        $"{actor}: {string.Join(", ", Permissions.Operations.Zip(outcomes, (operation, outcome) => $"{operation.Name} {outcome}"))}";

    /// <summary>A duplicate key or a row still in use is found only after every policy has let the statement pass.</summary>
    private static string Meaning(Outcome outcome) => outcome switch
    {
        { State: Session.Refused } => "refused",
        { State: null, Rows: 0 } => "nothing there",
        { State: null or Session.Duplicate or Session.StillReferenced or Session.Restricted } => "done",
        _ => $"{outcome.State} {outcome.Constraint}",
    };
}
