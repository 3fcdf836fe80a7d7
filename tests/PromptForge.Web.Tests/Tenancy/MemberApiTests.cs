using System.Net;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.Tenancy;

public sealed class MemberApiTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Members_see_each_other_with_their_addresses()
    {
        using var team = await Team.NewAsync(postgres);

        var seen = (await team.Member.Api.GetAsync(team.Path + "/members")).Is(HttpStatusCode.OK).Json["items"]!.AsArray();

        Assert.Equal(
            new[] { team.Owner, team.Admin, team.Member }.Select(p => (p.Id, p.Email)).Order(),
            seen.Select(m => ((Guid)m!["user_id"]!, (string)m["email"]!)).Order());
    }

    public static TheoryData<string, string, string> Changes
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var actor in new[] { "owner", "admin", "member", "stranger" })
                foreach (var from in new[] { "owner", "admin", "member" })
                    foreach (var to in new[] { "owner", "admin", "member", "-" })
                        data.Add(actor, from, to);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task D_RLS_03_only_owners_touch_owners_and_admins_reach_admins_and_members(string actor, string from, string to)
    {
        using var team = await Team.NewAsync(postgres);
        var target = await team.JoinAsync(from);
        var path = $"{team.Path}/members/{target.Id}";

        var answer = to == "-" ? await team.As(actor).Api.DeleteAsync(path) : await team.As(actor).Api.PatchAsync(path, new { role = to });

        var may = actor == "owner" || (actor == "admin" && from != "owner" && to != "owner");
        Assert.Equal(actor == "stranger" ? HttpStatusCode.NotFound : !may ? HttpStatusCode.Forbidden : to == "-" ? HttpStatusCode.NoContent : HttpStatusCode.OK, answer.Status);
        Assert.Equal(!may ? from : to == "-" ? null : to, await team.SqlAsync("select role from org_members where org_id = $1 and user_id = $2", target.Id));
        Assert.Equal(!may || from == to ? 0 : 1, (await team.AuditAsync()).Length);
    }

    [Fact]
    public async Task Anybody_leaves_except_the_last_owner_and_is_outside_at_once()
    {
        using var team = await Team.NewAsync(postgres);

        foreach (var person in new[] { team.Member, team.Admin })
        {
            (await person.Api.DeleteAsync($"{team.Path}/members/{person.Id}")).Is(HttpStatusCode.NoContent);
            (await person.Api.GetAsync(team.Path)).Is(HttpStatusCode.NotFound);
        }

        (await team.Owner.Api.DeleteAsync($"{team.Path}/members/{team.Owner.Id}")).Is(HttpStatusCode.Conflict, "LAST_OWNER");
        (await team.Owner.Api.PatchAsync($"{team.Path}/members/{team.Owner.Id}", new { role = "member" })).Is(HttpStatusCode.Conflict, "LAST_OWNER");
        Assert.Equal(["member.left", "member.left"], await team.AuditAsync());
    }

    [Fact]
    public async Task D_CON_03_of_owners_who_leave_or_step_down_or_remove_each_other_at_once_one_stays()
    {
        using var team = await Team.NewAsync(postgres);
        var owners = new List<Person> { team.Owner };
        for (var n = 0; n < 3; n++)
            owners.Add(await team.JoinAsync("owner"));

        var answers = await Task.WhenAll(owners.SelectMany((o, n) => new[]
        {
            o.Api.DeleteAsync($"{team.Path}/members/{o.Id}"),
            o.Api.PatchAsync($"{team.Path}/members/{o.Id}", new { role = "member" }),
            o.Api.DeleteAsync($"{team.Path}/members/{owners[(n + 1) % owners.Count].Id}"),
        }));

        Assert.Equal(1L, await team.SqlAsync("select count(*) from org_members where org_id = $1 and role = 'owner'"));
        Assert.All(answers, a => Assert.True((int)a.Status < 500, a.Text));
    }

    [Fact]
    public async Task A_role_that_was_just_taken_away_is_not_used_once_more()
    {
        using var team = await Team.NewAsync(postgres);
        await using var other = await postgres.NewServerAsync();
        using var elsewhere = new ApiCaller(other.Address, await TokenOfAsync(team.Admin.Id));
        (await elsewhere.GetAsync(team.Path)).Is(HttpStatusCode.OK);

        (await team.Owner.Api.PatchAsync($"{team.Path}/members/{team.Admin.Id}", new { role = "member" })).Is(HttpStatusCode.OK);

        (await elsewhere.PatchAsync($"{team.Path}/members/{team.Member.Id}", new { role = "admin" })).Is(HttpStatusCode.Forbidden, "ROLE_REQUIRED");
    }

    [Fact]
    public async Task An_account_is_added_by_its_id_once_and_an_unknown_one_is_refused()
    {
        using var team = await Team.NewAsync(postgres);

        var added = (await team.Admin.Api.PostAsync(team.Path + "/members", new { user_id = team.Stranger.Id, role = "member" })).Is(HttpStatusCode.Created).Json;
        Assert.Equal(team.Stranger.Email, (string?)added["member"]!["email"]);
        (await team.Stranger.Api.GetAsync(team.Path)).Is(HttpStatusCode.OK);

        (await team.Admin.Api.PostAsync(team.Path + "/members", new { user_id = team.Stranger.Id, role = "admin" })).Is(HttpStatusCode.Conflict, "ALREADY_EXISTS");
        (await team.Admin.Api.PostAsync(team.Path + "/members", new { user_id = Guid.CreateVersion7(), role = "member" })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        (await team.Admin.Api.PostAsync(team.Path + "/members", new { user_id = Guid.CreateVersion7(), role = "owner" })).Is(HttpStatusCode.Forbidden, "ROLE_REQUIRED");
        (await team.Member.Api.PostAsync(team.Path + "/members", new { user_id = Guid.CreateVersion7(), role = "member" })).Is(HttpStatusCode.Forbidden, "ROLE_REQUIRED");
        (await team.Admin.Api.PostAsync(team.Path + "/members", new { user_id = Guid.CreateVersion7(), email = "a@b.ro", role = "member" })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        (await team.Admin.Api.PostAsync(team.Path + "/members", new { role = "member" })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        (await team.Admin.Api.PostAsync(team.Path + "/members", new { user_id = team.Stranger.Id, role = "king" })).Is(HttpStatusCode.BadRequest, "BODY_INVALID");
        (await team.Admin.Api.PostAsync(team.Path + "/members", new { user_id = "x", role = "member" })).Is(HttpStatusCode.BadRequest, "BODY_INVALID");
        Assert.Equal(["member.added"], await team.AuditAsync());
    }

    [Fact]
    public async Task D_PLAN_06_of_many_who_are_added_at_once_only_as_many_get_in_as_there_are_seats()
    {
        using var team = await Team.NewAsync(postgres, seats: 5);
        var people = new List<Person>();
        for (var n = 0; n < 6; n++)
            people.Add(await team.NewPersonAsync());

        var answers = await Task.WhenAll(people.Select(p => team.Owner.Api.PostAsync(team.Path + "/members", new { user_id = p.Id, role = "member" })));

        Assert.Equal(2, answers.Count(a => a.Status == HttpStatusCode.Created));
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.Created), a => Assert.Equal(5, (int?)a.Is(HttpStatusCode.Conflict, "SEAT_LIMIT").Json["seats"]));
        Assert.Equal(5L, await team.SqlAsync("select count(*) from org_members where org_id = $1"));
    }

    [Fact]
    public async Task Without_the_entitlement_there_is_one_seat_and_fewer_seats_remove_nobody()
    {
        using var team = await Team.NewAsync(postgres);
        await team.SqlAsync("update subscriptions set plan_code = 'pro' where org_id = $1");
        await using var fresh = await postgres.NewServerAsync();
        using var owner = new ApiCaller(fresh.Address, await TokenOfAsync(team.Owner.Id));

        (await owner.PostAsync(team.Path + "/members", new { user_id = team.Stranger.Id, role = "member" })).Is(HttpStatusCode.Conflict, "SEAT_LIMIT");

        var org = (await owner.GetAsync(team.Path)).Is(HttpStatusCode.OK).Json;
        Assert.Equal((1, 3), ((int?)org["seats"], (int?)org["seats_taken"]));
    }

    private async Task<string> TokenOfAsync(Guid user) => (await Identity.Accounts.SignInAsync(postgres, user)).Token;
}
