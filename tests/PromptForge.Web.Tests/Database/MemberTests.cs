using System.Data;

namespace PromptForge.Web.Tests.Schema;

public sealed class MemberTests(SchemaDatabase database) : IClassFixture<SchemaDatabase>
{
    private const string LastOwner = "org_members_last_owner";
    private const string Demote = "update org_members set role = 'member' where org_id = $1 and user_id = $2";
    private const string Remove = "delete from org_members where org_id = $1 and user_id = $2";
    private const string Add = "insert into org_members (org_id, user_id, role) values ($1, $2, $3)";
    private const string Seats = """
        insert into subscriptions (org_id, id, plan_code, status, seats) values ({org}, {fresh}, 'enterprise', 'active', 5);
        insert into entitlements (org_id, id, flag, value, source, source_ref) values ({org}, {fresh}, 'hasSeatsGT1', true, 'plan', 'enterprise')
        """;

    [Fact]
    public async Task Nobody_outside_sees_anything_of_an_org()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        await session.AsUserAsync(org.Stranger);

        Assert.Equal(0, await session.CountAsync("orgs where id = $1", org.Org));
        Assert.Equal(0, await session.CountAsync("org_members where org_id = $1", org.Org));
    }

    [Fact]
    public async Task Members_see_each_other()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        await session.AsUserAsync(org.Member);

        Assert.Equal(4, await session.CountAsync("org_members where org_id = $1", org.Org));
    }

    [Theory]
    [InlineData("owner", "member", true)]
    [InlineData("owner", "admin", true)]
    [InlineData("owner", "owner", true)]
    [InlineData("admin", "member", true)]
    [InlineData("admin", "admin", true)]
    [InlineData("admin", "owner", false)]
    [InlineData("member", "member", false)]
    [InlineData("stranger", "member", false)]
    public async Task Who_may_add_whom(string who, string role, bool may)
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        await session.RunAsync(org.Fill(Seats));
        await session.AsUserAsync(who switch { "owner" => org.Owner, "admin" => org.Admin, "member" => org.Member, _ => org.Stranger });

        Assert.Equal(may ? null : Session.Refused, (await session.TryAsync(Add, org.Org, org.Newcomer, role)).State);
    }

    [Fact]
    public async Task Nobody_joins_twice()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        await session.AsServerAsync(org.Org);

        await session.RefusesAsync(Session.Duplicate, Add, org.Org, org.Member, "admin");
    }

    [Fact]
    public async Task Nobody_joins_past_the_seats_that_are_paid_even_without_the_server()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        await session.RunAsync(org.Fill(Seats));
        await session.AsUserAsync(org.Owner);

        Assert.Null((await session.TryAsync(Add, org.Org, org.Newcomer, "member")).State);
        await session.RefusesAsync(Session.Refused, Add, org.Org, org.Stranger, "member");
    }

    [Fact]
    public async Task An_open_invitation_takes_a_seat()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        await session.RunAsync(org.Fill(Seats));
        await session.RunAsync(org.Fill(Rows.Insert["invitations"]));
        await session.AsUserAsync(org.Owner);

        await session.RefusesAsync(Session.Refused, Add, org.Org, org.Newcomer, "member");
    }

    [Theory]
    [InlineData(Demote)]
    [InlineData(Remove)]
    public async Task The_last_owner_stays(string sql)
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);

        foreach (var enter in (Func<Task>[])[() => session.AsUserAsync(org.Owner), () => session.AsServerAsync(org.Org), session.AsAdminAsync])
        {
            await enter();
            Assert.Equal(LastOwner, (await session.TryAsync(sql, org.Org, org.Owner)).Constraint);
        }
    }

    [Fact]
    public async Task All_owners_at_once_may_not_be_demoted_either()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        await session.RunAsync("update org_members set role = 'owner' where org_id = $1", org.Org);

        Assert.Equal(LastOwner, (await session.TryAsync("update org_members set role = 'admin' where org_id = $1", org.Org)).Constraint);
        Assert.Equal(LastOwner, (await session.TryAsync("delete from org_members where org_id = $1", org.Org)).Constraint);
    }

    [Theory]
    [InlineData(Demote, IsolationLevel.ReadCommitted)]
    [InlineData(Remove, IsolationLevel.ReadCommitted)]
    [InlineData(Demote, IsolationLevel.RepeatableRead)]
    [InlineData(Remove, IsolationLevel.RepeatableRead)]
    public async Task D_CON_03_two_owners_who_leave_at_the_same_moment_leave_one_behind(string sql, IsolationLevel isolation)
    {
        var org = await WithTwoOwnersAsync();
        await using var first = await database.BeginAsync(isolation);
        await using var second = await database.BeginAsync(isolation);
        await first.AsUserAsync(org.Owner);
        await second.AsUserAsync(org.Admin);
        await first.RunAsync(sql, org.Org, org.Owner);
        var late = second.TryAsync(sql, org.Org, org.Admin);
        await database.UntilWaitingAsync(second, late);
        await first.CommitAsync();

        Assert.Equal(isolation == IsolationLevel.ReadCommitted ? Session.CheckFailed : Session.NotSerializable, (await late).State);
        await using var after = await database.BeginAsync();
        Assert.Equal(1, await after.CountAsync("org_members where org_id = $1 and role = 'owner'", org.Org));
    }

    [Theory]
    [InlineData(Demote)]
    [InlineData(Remove)]
    public async Task Two_owners_who_leave_while_both_are_held_up_do_not_lock_each_other_out(string sql)
    {
        var org = await WithTwoOwnersAsync();
        await using var gate = await database.BeginAsync();
        await using var first = await database.BeginAsync();
        await using var second = await database.BeginAsync();
        await gate.RunAsync("select from orgs where id = $1 for no key update", org.Org);

        var one = LeaveAsync(first, org.Owner);
        await database.UntilWaitingAsync(first, one);
        var other = LeaveAsync(second, org.Admin);
        await database.UntilWaitingAsync(second, other);
        await gate.CommitAsync();

        Assert.Equal([null, LastOwner], (await Task.WhenAll(one, other)).Order());

        async Task<string?> LeaveAsync(Session session, Guid user)
        {
            var outcome = await session.TryAsync(sql, org.Org, user);
            await session.CommitAsync();
            return outcome.Constraint ?? outcome.State;
        }
    }

    [Fact]
    public async Task Deleting_an_org_takes_its_members_and_all_its_rows()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);
        await session.AsServerAsync(org.Org);

        await session.RunAsync("delete from orgs where id = $1", org.Org);

        await session.AsAdminAsync();
        foreach (var table in Permissions.Tenant.Keys.Where(table => table is not ("orgs" or "audit_log")))
        {
            Assert.Equal(0, await session.CountAsync($"{table} where org_id = $1", org.Org));
        }

        Assert.Equal(1, await session.CountAsync("audit_log where org_id = $1", org.Org));
    }

    [Fact]
    public async Task D_CON_02_the_account_of_a_last_owner_is_not_deleted_until_another_owns_the_org()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);

        Assert.Equal(LastOwner, (await session.TryAsync("delete from auth.users where id = $1", org.Owner)).Constraint);

        await session.RunAsync("update org_members set role = 'owner' where org_id = $1 and user_id = $2", org.Org, org.Admin);
        Assert.Equal(1, (await session.TryAsync("delete from auth.users where id = $1", org.Owner)).Rows);
    }

    [Fact]
    public async Task The_account_of_a_last_owner_goes_once_the_org_is_gone()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(session);
        await session.RunAsync("delete from orgs where id = $1", org.Org);

        Assert.Equal(1, (await session.TryAsync("delete from auth.users where id = $1", org.Owner)).Rows);
    }

    [Fact]
    public async Task A_deleted_account_leaves_the_work_and_takes_its_name_off_it()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);

        await session.RunAsync("delete from auth.users where id = $1", org.Member);

        Assert.Equal(1, await session.CountAsync("runs where org_id = $1 and created_by is null", org.Org));
        Assert.Equal(1, await session.CountAsync("prompt_history where org_id = $1 and user_id is null", org.Org));
        Assert.Equal(1, await session.CountAsync("audit_log where org_id = $1 and actor_id is null", org.Org));
        Assert.Equal(0, await session.CountAsync("user_addons where org_id = $1", org.Org));
    }

    [Fact]
    public async Task A_deleted_org_is_gone_for_its_members_at_once()
    {
        await using var session = await database.BeginAsync();
        var org = await FullOrg.WithRowsAsync(session);
        await session.RunAsync("update orgs set deleted_at = now() where id = $1", org.Org);
        await session.AsUserAsync(org.Owner);

        Assert.Equal(0, await session.CountAsync("orgs where id = $1", org.Org));
        Assert.Equal(0, await session.CountAsync("runs where org_id = $1", org.Org));
    }

    private async Task<FullOrg> WithTwoOwnersAsync()
    {
        await using var arrange = await database.BeginAsync();
        var org = await FullOrg.WithPeopleAsync(arrange);
        await arrange.RunAsync("update org_members set role = 'owner' where org_id = $1 and user_id = $2", org.Org, org.Admin);
        await arrange.CommitAsync();
        return org;
    }
}
