using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using PromptForge.Web.Tests.Http;
using PromptForge.Web.Tests.Identity;

namespace PromptForge.Web.Tests.Tenancy;

public sealed partial class InvitationTests(PostgresFixture postgres)
{
    private const string Accept = "/api/invitations/accept";
    private const string Preview = "/api/invitations/preview";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_was_invited_reads_the_mail_and_joins_once_with_the_role_of_the_invitation()
    {
        using var team = await Team.NewAsync(postgres);
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        var invitation = await InviteAsync(team, team.Stranger.Email.ToUpperInvariant(), "admin");
        Assert.Equal((team.Stranger.Email, "admin", team.Owner.Id, false), ((string?)invitation["email"], (string?)invitation["role"], (Guid?)invitation["invited_by"], (bool?)invitation["expired"]));
        var mail = await MailAsync(team.Stranger.Email);
        Assert.Contains(team.Owner.Email, mail, StringComparison.Ordinal);
        var token = TokenIn(mail);
        Assert.True(token.Length == 43);

        var seen = (await nobody.PostAsync(Preview, new { token })).Is(HttpStatusCode.OK).Json;
        Assert.Equal(("Test", team.Stranger.Email, "admin"), ((string?)seen["org_name"], (string?)seen["email"], (string?)seen["role"]));
        (await nobody.PostAsync(Accept, new { token })).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
        (await team.Member.Api.PostAsync(Accept, new { token })).Is(HttpStatusCode.Forbidden, "ADDRESS_MISMATCH");

        Assert.Equal("admin", (string?)(await team.Stranger.Api.PostAsync(Accept, new { token })).Is(HttpStatusCode.OK).Json["role"]);

        (await team.Stranger.Api.GetAsync(team.Path)).Is(HttpStatusCode.OK);
        (await team.Stranger.Api.PostAsync(Accept, new { token })).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        (await nobody.PostAsync(Preview, new { token })).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        Assert.Equal(["member.invited", "invitation.accepted"], await team.AuditAsync());
        Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes(token)), await team.SqlAsync("select token_hash from invitations where org_id = $1"));
    }

    [Fact]
    public async Task The_answer_is_the_same_whether_the_address_has_an_account_or_not()
    {
        using var team = await Team.NewAsync(postgres);

        var known = await InviteAsync(team, team.Stranger.Email);
        var unknown = await InviteAsync(team, NewEmail());

        foreach (var answer in new[] { known, unknown })
            foreach (var own in new[] { "id", "email", "created_at", "expires_at" })
                answer[own] = null;
        Assert.Equal(known.ToJsonString(), unknown.ToJsonString());
    }

    [Fact]
    public async Task An_organisation_that_has_sent_an_address_enough_is_told_and_takes_nothing_from_another()
    {
        using var team = await Team.NewAsync(postgres);
        using var other = await Team.NewAsync(postgres);
        var email = NewEmail();
        for (var i = 0; i < 5; i++)
        {
            var sent = await InviteAsync(team, email);
            (await team.Owner.Api.DeleteAsync($"{team.Path}/invitations/{sent["id"]}")).Is(HttpStatusCode.NoContent);
        }

        var entries = (await team.AuditAsync()).Length;
        var refused = (await team.Owner.Api.PostAsync(team.Path + "/members", new { email = email.ToUpperInvariant(), role = "member" })).Is(HttpStatusCode.TooManyRequests, "RATE_LIMITED");

        Assert.InRange(int.Parse(refused.Headers["Retry-After"], CultureInfo.InvariantCulture), 1, 600);
        Assert.Empty((await team.Owner.Api.GetAsync(team.Path + "/invitations")).Json["items"]!.AsArray());
        Assert.Equal(entries, (await team.AuditAsync()).Length);
        await InviteAsync(other, email);
        Assert.Equal(6L, await team.SqlAsync("select count(*) from app.mails where recipient = $2 and $1 is not null", email));
    }

    [Fact]
    public async Task All_organisations_together_send_an_address_no_more_than_it_can_take_and_whoever_comes_too_late_is_told()
    {
        var email = NewEmail();
        var teams = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Team.NewAsync(postgres)));
        try
        {
            await teams[0].SqlAsync("insert into app.mails (id, template, recipient, language, org_id, sent_at) select gen_random_uuid(), 'invitation', $2, 'en', gen_random_uuid(), now() from generate_series(1, 19) where $1 is not null", email);

            var answers = await Task.WhenAll(teams.Select(t => t.Owner.Api.PostAsync(t.Path + "/members", new { email, role = "member" })));

            Assert.Single(answers, a => a.Status == HttpStatusCode.Created);
            Assert.All(answers.Where(a => a.Status != HttpStatusCode.Created), a => Assert.InRange((int)a.Is(HttpStatusCode.TooManyRequests, "RATE_LIMITED").Json["retry_after"]!, 3500, 3600));
            await teams[0].SqlAsync("update app.mails set created_at = created_at - interval '1 hour' where recipient = $2 and $1 is not null", email);
            await InviteAsync(teams[Array.FindIndex(answers, a => a.Status != HttpStatusCode.Created)], email);
        }
        finally
        {
            Array.ForEach(teams, t => t.Dispose());
        }
    }

    [Fact]
    public async Task Sending_again_that_finds_no_room_leaves_the_earlier_token_good()
    {
        using var team = await Team.NewAsync(postgres);
        var invitation = await InviteAsync(team, team.Stranger.Email);
        var token = TokenIn(await MailAsync(team.Stranger.Email));
        await team.SqlAsync("update invitations set expires_at = expires_at - interval '2 minutes' where org_id = $1");
        await team.SqlAsync("insert into app.mails (id, template, recipient, language, org_id, sent_at) select gen_random_uuid(), 'invitation', $2, 'en', $1, now() from generate_series(1, 4)", team.Stranger.Email);

        (await team.Owner.Api.PostAsync($"{team.Path}/invitations/{invitation["id"]}/resend", null)).Is(HttpStatusCode.TooManyRequests, "RATE_LIMITED");

        (await team.Stranger.Api.PostAsync(Accept, new { token })).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_account_whose_address_is_not_confirmed_does_not_join_with_it()
    {
        using var team = await Team.NewAsync(postgres);
        await InviteAsync(team, team.Stranger.Email);
        var token = TokenIn(await MailAsync(team.Stranger.Email));
        await team.SqlAsync("update auth.users set email_confirmed_at = null where id = $2 and $1 is not null", team.Stranger.Id);

        (await team.Stranger.Api.PostAsync(Accept, new { token })).Is(HttpStatusCode.Forbidden, "ADDRESS_MISMATCH");
    }

    [Fact]
    public async Task D_PLAN_06_an_open_invitation_takes_a_seat_until_it_is_revoked_or_runs_out()
    {
        using var team = await Team.NewAsync(postgres, seats: 5);

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => team.Owner.Api.PostAsync(team.Path + "/members", new { email = NewEmail(), role = "member" })));
        Assert.Equal(2, answers.Count(a => a.Status == HttpStatusCode.Created));
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.Created), a => a.Is(HttpStatusCode.Conflict, "SEAT_LIMIT"));

        var open = (await team.Admin.Api.GetAsync(team.Path + "/invitations")).Is(HttpStatusCode.OK).Json["items"]!.AsArray();
        (await team.Admin.Api.DeleteAsync($"{team.Path}/invitations/{open[0]!["id"]}")).Is(HttpStatusCode.NoContent);
        (await team.Admin.Api.DeleteAsync($"{team.Path}/invitations/{open[0]!["id"]}")).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        await InviteAsync(team, NewEmail());
        await team.SqlAsync("update invitations set created_at = created_at - interval '8 days', expires_at = expires_at - interval '8 days' where org_id = $1 and id = $2", (Guid)open[1]!["id"]!);
        await InviteAsync(team, NewEmail());

        (await team.Owner.Api.PostAsync($"{team.Path}/invitations/{open[1]!["id"]}/resend", null)).Is(HttpStatusCode.Conflict, "SEAT_LIMIT");
    }

    [Fact]
    public async Task Fewer_seats_let_nobody_in_and_remove_nobody()
    {
        using var team = await Team.NewAsync(postgres, seats: 4);
        await InviteAsync(team, team.Stranger.Email);
        var token = TokenIn(await MailAsync(team.Stranger.Email));
        await team.SqlAsync("update subscriptions set seats = 3 where org_id = $1");
        await using var fresh = await postgres.NewServerAsync();
        using var stranger = new ApiCaller(fresh.Address, (await Accounts.SignInAsync(postgres, team.Stranger.Id)).Token);

        var refused = (await stranger.PostAsync(Accept, new { token })).Is(HttpStatusCode.Conflict, "SEAT_LIMIT").Json;
        Assert.Equal((3, 3), ((int?)refused["seats"], (int?)refused["seats_taken"]));
        Assert.Equal(3L, await team.SqlAsync("select count(*) from org_members where org_id = $1"));

        await team.SqlAsync("update subscriptions set seats = 4 where org_id = $1");
        await using var again = await postgres.NewServerAsync();
        using var later = new ApiCaller(again.Address, (await Accounts.SignInAsync(postgres, team.Stranger.Id)).Token);
        (await later.PostAsync(Accept, new { token })).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Sent_again_it_has_a_new_token_and_the_old_one_is_good_no_longer()
    {
        using var team = await Team.NewAsync(postgres);
        var invitation = await InviteAsync(team, team.Stranger.Email);
        var old = TokenIn(await MailAsync(team.Stranger.Email));
        var path = $"{team.Path}/invitations/{invitation["id"]}/resend";
        (await team.Owner.Api.PostAsync(path, null)).Is(HttpStatusCode.TooManyRequests, "RATE_LIMITED");
        await team.SqlAsync("update invitations set created_at = created_at - interval '8 days', expires_at = expires_at - interval '8 days' where org_id = $1");
        Assert.True((bool?)(await team.Owner.Api.GetAsync(team.Path + "/invitations")).Json["items"]![0]!["expired"]);
        (await team.Stranger.Api.PostAsync(Accept, new { token = old })).Is(HttpStatusCode.NotFound, "NOT_FOUND");

        (await team.Owner.Api.PostAsync(path, null)).Is(HttpStatusCode.OK);

        var token = TokenIn(await MailAsync(team.Stranger.Email, besides: old));
        (await team.Stranger.Api.PostAsync(Accept, new { token = old })).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        (await team.Stranger.Api.PostAsync(Accept, new { token })).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Owners_alone_invite_owners_and_touch_their_invitations()
    {
        using var team = await Team.NewAsync(postgres);
        var invitation = await InviteAsync(team, NewEmail(), "owner");

        (await team.Admin.Api.PostAsync(team.Path + "/members", new { email = NewEmail(), role = "owner" })).Is(HttpStatusCode.Forbidden, "ROLE_REQUIRED");
        (await team.Admin.Api.DeleteAsync($"{team.Path}/invitations/{invitation["id"]}")).Is(HttpStatusCode.Forbidden, "ROLE_REQUIRED");
        (await team.Admin.Api.PostAsync($"{team.Path}/invitations/{invitation["id"]}/resend", null)).Is(HttpStatusCode.Forbidden, "ROLE_REQUIRED");
        (await team.Member.Api.GetAsync(team.Path + "/invitations")).Is(HttpStatusCode.Forbidden, "ROLE_REQUIRED");
        (await team.Member.Api.PostAsync(team.Path + "/members", new { email = NewEmail(), role = "member" })).Is(HttpStatusCode.Forbidden, "ROLE_REQUIRED");
        (await team.Owner.Api.DeleteAsync($"{team.Path}/invitations/{invitation["id"]}")).Is(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task One_address_is_invited_once_also_at_once_and_a_member_not_at_all()
    {
        using var team = await Team.NewAsync(postgres);
        var email = NewEmail();

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => team.Owner.Api.PostAsync(team.Path + "/members", new { email, role = "member" })));

        Assert.Single(answers, a => a.Status == HttpStatusCode.Created);
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.Created), a => a.Is(HttpStatusCode.Conflict, "ALREADY_EXISTS"));
        (await team.Owner.Api.PostAsync(team.Path + "/members", new { email = team.Member.Email, role = "admin" })).Is(HttpStatusCode.Conflict, "ALREADY_EXISTS");
    }

    [Fact]
    public async Task A_token_that_is_used_many_times_at_once_lets_one_person_in_once()
    {
        using var team = await Team.NewAsync(postgres);
        await InviteAsync(team, team.Stranger.Email);
        var token = TokenIn(await MailAsync(team.Stranger.Email));

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => team.Stranger.Api.PostAsync(Accept, new { token })));

        Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.OK), a => a.Is(HttpStatusCode.NotFound, "NOT_FOUND"));
        Assert.Equal(4L, await team.SqlAsync("select count(*) from org_members where org_id = $1"));
    }

    [Fact]
    public async Task Nobody_joins_a_deleted_org_and_a_token_in_an_address_leads_nowhere()
    {
        using var team = await Team.NewAsync(postgres);
        await InviteAsync(team, team.Stranger.Email);
        var token = TokenIn(await MailAsync(team.Stranger.Email));
        await team.SqlAsync("update orgs set deleted_at = now() where id = $1");

        (await team.Stranger.Api.PostAsync(Accept, new { token })).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        (await team.Stranger.Api.PostAsync(Preview, new { token })).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        (await team.Stranger.Api.GetAsync("/api/invitations/" + token)).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        (await team.Stranger.Api.GetAsync($"{Preview}?token={token}")).Is(HttpStatusCode.MethodNotAllowed, "METHOD_NOT_ALLOWED");
        foreach (var wrong in new[] { "", "x", token + "x", new string('t', 100_000) })
            (await team.Stranger.Api.PostAsync(Accept, new { token = wrong })).Is(HttpStatusCode.NotFound, "NOT_FOUND");
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("a@b.ro\r\nBcc: x@y.ro")]
    [InlineData("Ana <a@b.ro>")]
    [InlineData("a@b.ro,c@d.ro")]
    public async Task An_address_that_cannot_be_written_to_is_refused(string email)
    {
        using var team = await Team.NewAsync(postgres);

        (await team.Owner.Api.PostAsync(team.Path + "/members", new { email, role = "member" })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
    }

    [Fact]
    public async Task A_deployment_that_cannot_send_mail_invites_nobody()
    {
        using var team = await Team.NewAsync(postgres);
        await using var mute = await postgres.NewServerAsync(new Dictionary<string, string?> { ["Server:PublicUrl"] = "https://forge.example.com" });
        using var owner = new ApiCaller(mute.Address, (await Accounts.SignInAsync(postgres, team.Owner.Id)).Token);

        (await owner.PostAsync(team.Path + "/members", new { email = NewEmail(), role = "member" })).Is(HttpStatusCode.ServiceUnavailable, "MAIL_UNAVAILABLE");

        Assert.Equal(0L, await team.SqlAsync("select count(*) from invitations where org_id = $1"));
    }

    private static string NewEmail() => $"{Guid.CreateVersion7():n}@example.test";

    private static string TokenIn(string mail) => Token().Match(mail).Groups[1].Value;

    private static async Task<System.Text.Json.Nodes.JsonNode> InviteAsync(Team team, string email, string role = "member") =>
        (await team.Owner.Api.PostAsync(team.Path + "/members", new { email, role })).Is(HttpStatusCode.Created).Json["invitation"]!;

    private async Task<string> MailAsync(string email, string besides = "no token")
    {
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        while (true)
        {
            var mails = (await nobody.GetAsync($"/dev/inbox?format=json&to={email}")).Is(HttpStatusCode.OK).Json.AsArray();
            if (mails.Select(m => (string)m!["text"]!).FirstOrDefault(t => !t.Contains(besides, StringComparison.Ordinal)) is { } text)
                return text;
            await Task.Delay(10, Ct);
        }
    }

    [GeneratedRegex("/invitation#([A-Za-z0-9_-]+)")]
    private static partial Regex Token();
}
