using PromptForge.Web.Tests.Http;
using PromptForge.Web.Tests.Identity;

namespace PromptForge.Web.Tests.Tenancy;

/// <summary>An organisation on enterprise with an owner, an admin and a member, and somebody who does not belong to it; all of them signed in.</summary>
internal sealed class Team : IDisposable
{
    private readonly PostgresFixture _postgres;
    private readonly List<ApiCaller> _callers = [];

    private Team(PostgresFixture postgres) => _postgres = postgres;

    public Guid OrgId { get; private init; }

    public string Path => $"/api/orgs/{OrgId}";

    public Person Owner { get; private set; } = null!;

    public Person Admin { get; private set; } = null!;

    public Person Member { get; private set; } = null!;

    public Person Stranger { get; private set; } = null!;

    public static async Task<Team> NewAsync(PostgresFixture postgres, int seats = 10)
    {
        await postgres.CatalogAsync();
        var tenant = await postgres.NewOrgAsync("enterprise");
        var team = new Team(postgres) { OrgId = tenant.OrgId };
        await team.SqlAsync("update subscriptions set seats = $2 where org_id = $1", seats);
        team.Owner = await team.PersonAsync(await Accounts.SignInAsync(postgres, tenant.OwnerId));
        team.Admin = await team.JoinAsync("admin");
        team.Member = await team.JoinAsync("member");
        team.Stranger = await team.NewPersonAsync();
        return team;
    }

    public Person As(string role) => role switch { "owner" => Owner, "admin" => Admin, "member" => Member, _ => Stranger };

    public async Task<Person> NewPersonAsync() => await PersonAsync(await Accounts.NewAsync(_postgres));

    public async Task<Person> JoinAsync(string role)
    {
        var account = await Accounts.NewAsync(_postgres);
        await SqlAsync("insert into org_members (org_id, user_id, role) values ($1, $2, $3)", account.Id, role);
        return await PersonAsync(account);
    }

    /// <summary>As superuser; <c>$1</c> is the org.</summary>
    public async Task<object?> SqlAsync(string sql, params object[] values)
    {
        await using var command = (await _postgres.AdminAsync()).CreateCommand(sql);
        foreach (var value in values.Prepend(OrgId))
            command.Parameters.Add(new() { Value = value });
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    public async Task<string[]> AuditAsync() => (string[])(await SqlAsync("select coalesce(array_agg(action order by id), '{}') from audit_log where org_id = $1"))!;

    public void Dispose() => _callers.ForEach(c => c.Dispose());

    private async Task<Person> PersonAsync(Account account)
    {
        _callers.Add(await account.CallerAsync(_postgres));
        return new Person(account.Id, account.Email, _callers[^1]);
    }
}

internal sealed record Person(Guid Id, string Email, ApiCaller Api);
