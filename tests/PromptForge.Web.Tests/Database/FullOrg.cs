namespace PromptForge.Web.Tests.Schema;

/// <summary>An organisation with an owner, an admin, two members and one row in every tenant table.</summary>
internal sealed class FullOrg
{
    private readonly Dictionary<string, Guid> _ids = new()
    {
        ["{org}"] = Guid.CreateVersion7(),
        ["{owner}"] = Guid.CreateVersion7(),
        ["{admin}"] = Guid.CreateVersion7(),
        ["{member}"] = Guid.CreateVersion7(),
        ["{colleague}"] = Guid.CreateVersion7(),
        ["{stranger}"] = Guid.CreateVersion7(),
        ["{newcomer}"] = Guid.CreateVersion7(),
        ["{project}"] = Guid.CreateVersion7(),
        ["{set}"] = Guid.CreateVersion7(),
        ["{prompt}"] = Guid.CreateVersion7(),
        ["{run}"] = Guid.CreateVersion7(),
        ["{key}"] = Guid.CreateVersion7(),
    };

    public Guid Org => _ids["{org}"];

    public Guid Owner => _ids["{owner}"];

    public Guid Admin => _ids["{admin}"];

    public Guid Member => _ids["{member}"];

    /// <summary>A plain member whose row the others act upon.</summary>
    public Guid Colleague => _ids["{colleague}"];

    /// <summary>Has an account and belongs to nothing.</summary>
    public Guid Stranger => _ids["{stranger}"];

    public Guid Newcomer => _ids["{newcomer}"];

    public Guid Project => _ids["{project}"];

    public Guid ParameterSet => _ids["{set}"];

    public Guid Prompt => _ids["{prompt}"];

    public Guid Run => _ids["{run}"];

    /// <summary>An org with its people and nothing else, made as superuser.</summary>
    public static async Task<FullOrg> WithPeopleAsync(Session session)
    {
        var org = new FullOrg();
        await session.RunAsync(org.Fill("""
            insert into auth.users (id, email) select id, id || '@example.org'
              from unnest(array[{owner}, {admin}, {member}, {colleague}, {stranger}, {newcomer}]::uuid[]) id;
            insert into orgs (id, name, slug) values ({org}, 'Org', 'org-' || substr({fresh}, 25));
            insert into org_members (org_id, user_id, role) values
              ({org}, {owner}, 'owner'), ({org}, {admin}, 'admin'), ({org}, {member}, 'member'), ({org}, {colleague}, 'member');
            """));
        return org;
    }

    public static async Task<FullOrg> WithRowsAsync(Session session)
    {
        var org = await WithPeopleAsync(session);
        foreach (var row in Rows.Fixture)
        {
            await session.RunAsync(org.Fill(row));
        }

        return org;
    }

    /// <summary>A statement with its ids in the place of their names; <c>{fresh}</c> is a new id each time.</summary>
    public string Fill(string sql)
    {
        foreach (var (name, id) in _ids)
        {
            sql = sql.Replace(name, $"'{id}'", StringComparison.Ordinal);
        }

        while (sql.IndexOf("{fresh}", StringComparison.Ordinal) is >= 0 and var at)
        {
            sql = string.Concat(sql.AsSpan(0, at), $"'{Guid.CreateVersion7()}'", sql.AsSpan(at + "{fresh}".Length));
        }

        return sql;
    }
}
