using System.Net;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.Identity;

public sealed class AccountTests(PostgresFixture postgres, IdentityNodes nodes) : IClassFixture<IdentityNodes>
{
    private const string Password = IdentityNodes.Password;

    [Fact]
    public async Task Somebody_registers_confirms_the_address_and_signs_in()
    {
        var email = IdentityNodes.NewEmail();
        using var nobody = nodes.Nobody();
        (await nobody.PostAsync("/api/auth/register", new { email, password = Password, language = "ro" })).Is(HttpStatusCode.Accepted);
        (await nobody.PostAsync("/api/auth/login", new { email, password = Password })).Is(HttpStatusCode.Forbidden, "EMAIL_NOT_CONFIRMED");
        Assert.Equal("Confirmă adresa", (await nodes.MailAsync(email)).Subject);
        var link = await nodes.LinkAsync(email);
        (await nobody.PostAsync("/api/auth/confirm", new { user_id = link["user_id"], code = "no" })).Is(HttpStatusCode.BadRequest, "CODE_INVALID");
        (await nobody.PostAsync("/api/auth/confirm", link)).Is(HttpStatusCode.NoContent);

        var tokens = (await nodes.SignInAsync(email.ToUpperInvariant())).Json;
        using var user = nodes.With((string)tokens["access_token"]!);
        var me = (await user.GetAsync("/api/auth/me")).Is(HttpStatusCode.OK).Json;

        Assert.Equal((email, true, true, "ro"), ((string)me["email"]!, (bool)me["email_confirmed"]!, (bool)me["has_password"]!, (string)me["language"]!));
        Assert.Equal("Bearer", (string?)tokens["token_type"]);
        var again = (await nobody.PostAsync("/api/auth/refresh", new { refresh_token = (string)tokens["refresh_token"]! })).Is(HttpStatusCode.OK).Json;
        using var refreshed = nodes.With((string)again["access_token"]!);
        (await refreshed.GetAsync("/api/auth/me")).Is(HttpStatusCode.OK);
        (await nobody.PostAsync("/api/auth/refresh", new { refresh_token = (string)tokens["access_token"]! })).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
    }

    [Fact]
    public async Task No_answer_tells_whether_an_account_exists()
    {
        var (known, _) = await nodes.RegisteredAsync();
        var unknown = IdentityNodes.NewEmail();
        using var nobody = nodes.Nobody();

        foreach (var (path, body) in new (string, Func<string, object>)[]
        {
            ("/api/auth/register", email => new { email, password = Password }),
            ("/api/auth/resend", email => new { email }),
            ("/api/auth/password/forgot", email => new { email }),
            ("/api/auth/login", email => new { email, password = "wrong password" }),
        })
        {
            var (one, other) = (await nobody.PostAsync(path, body(known)), await nobody.PostAsync(path, body(unknown)));
            Assert.Equal((one.Status, one.Code, Shape(one)), (other.Status, other.Code, Shape(other)));
        }

        Assert.Equal("You have an account already", (await nodes.MailAsync(known, "You have an account already")).Subject);
        Assert.Equal(1L, await ScalarAsync($"select count(*) from auth.users where email = '{known}'"));
        await nodes.SignInAsync(known);
    }

    [Fact]
    public async Task Passwords_and_addresses_are_checked_by_name()
    {
        using var nobody = nodes.Nobody();
        var refused = (await nobody.PostAsync("/api/auth/register", new { email = "nobody", password = "short" })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        Assert.Equal(["/email", "/password"], refused.Json["errors"]!.AsArray().Select(fault => (string?)fault!["pointer"]));
        (await nobody.PostAsync("/api/auth/register", new { email = IdentityNodes.NewEmail(), password = new string('x', 300) + "abcd" })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        (await nobody.PostAsync("/api/auth/register", new { email = IdentityNodes.NewEmail(), password = "Password2024!" })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        (await nobody.PostAsync("/api/auth/register", new { email = IdentityNodes.NewEmail(), password = Password, admin = true })).Is(HttpStatusCode.BadRequest, "BODY_INVALID");
    }

    [Fact]
    public async Task Failed_attempts_lock_the_account_on_every_node_and_the_answer_stays_the_same()
    {
        var (email, _) = await nodes.RegisteredAsync();
        await ScalarAsync($"update auth.users set access_failed_count = 8 where email = '{email}' returning 1");
        using var nobody = nodes.Nobody();
        using var elsewhere = new ApiCaller(nodes.Other);

        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => nobody.PostAsync("/api/auth/login", new { email, password = "wrong password" })));

        (await elsewhere.PostAsync("/api/auth/login", new { email, password = Password })).Is(HttpStatusCode.Unauthorized, "SIGN_IN_FAILED");
        Assert.Equal(true, await ScalarAsync($"select lockout_end > now() + interval '9 minutes' from auth.users where email = '{email}'"));
    }

    [Fact]
    public async Task Too_many_attempts_on_one_address_are_refused_whether_or_not_it_exists()
    {
        var email = IdentityNodes.NewEmail();
        using var nobody = nodes.Nobody();
        for (var i = 0; i < 25; i++)
        {
            (await nobody.PostAsync("/api/auth/login", new { email, password = "wrong password" })).Is(HttpStatusCode.Unauthorized, "SIGN_IN_FAILED");
        }

        var refused = (await nobody.PostAsync("/api/auth/login", new { email, password = "wrong password" })).Is(HttpStatusCode.TooManyRequests, "RATE_LIMITED");
        Assert.Equal("60", refused.Headers["Retry-After"]);
    }

    [Fact]
    public async Task Whoever_tries_an_account_keeps_nobody_else_from_it()
    {
        var (email, _) = await nodes.RegisteredAsync();
        await using var strict = await postgres.NewServerAsync(new Dictionary<string, string?> { ["Identity:AttemptsPerMinute"] = "2", ["Network:TrustedProxies"] = "127.0.0.1" });
        using var nobody = new ApiCaller(strict.Address);
        foreach (var expected in new[] { HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests })
        {
            (await nobody.PostAsync("/api/auth/login", new { email, password = "wrong password" }, ("X-Forwarded-For", "192.0.2.1"))).Is(expected);
        }

        (await nobody.PostAsync("/api/auth/login", new { email, password = Password }, ("X-Forwarded-For", "198.51.100.7"))).Is(HttpStatusCode.OK);
        (await nobody.PostAsync("/api/auth/password/forgot", new { email }, ("X-Forwarded-For", "198.51.100.7"))).Is(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task Guesses_do_not_make_a_rest_longer_and_sessions_go_on_through_it()
    {
        var (email, token) = await nodes.RegisteredAsync();
        await ScalarAsync($"update auth.users set lockout_end = now() + interval '5 minutes', access_failed_count = 9 where email = '{email}' returning 1");
        var end = await ScalarAsync($"select lockout_end from auth.users where email = '{email}'");
        using var nobody = nodes.Nobody();
        for (var i = 0; i < 3; i++)
        {
            (await nobody.PostAsync("/api/auth/login", new { email, password = "wrong password" })).Is(HttpStatusCode.Unauthorized, "SIGN_IN_FAILED");
        }

        Assert.Equal(end, await ScalarAsync($"select lockout_end from auth.users where email = '{email}'"));
        using var user = nodes.With(token);
        (await user.GetAsync("/api/auth/me")).Is(HttpStatusCode.OK);
        await ScalarAsync($"update auth.users set lockout_end = now() where email = '{email}' returning 1");
        await nodes.SignInAsync(email);
    }

    [Fact]
    public async Task Spaces_around_an_address_make_it_no_other_one()
    {
        await using var strict = await postgres.NewServerAsync(new Dictionary<string, string?> { ["Identity:AttemptsPerMinute"] = "2" });
        using var nobody = new ApiCaller(strict.Address);
        var email = IdentityNodes.NewEmail();
        (await nobody.PostAsync("/api/auth/login", new { email, password = "wrong password" })).Is(HttpStatusCode.Unauthorized, "SIGN_IN_FAILED");
        (await nobody.PostAsync("/api/auth/login", new { email = email + " ", password = "wrong password" })).Is(HttpStatusCode.Unauthorized, "SIGN_IN_FAILED");
        (await nobody.PostAsync("/api/auth/login", new { email = " " + email, password = "wrong password" })).Is(HttpStatusCode.TooManyRequests, "RATE_LIMITED");
    }

    [Fact]
    public async Task Of_two_passwords_for_an_address_that_nobody_has_proved_neither_counts()
    {
        var email = IdentityNodes.NewEmail();
        using var nobody = nodes.Nobody();
        (await nobody.PostAsync("/api/auth/register", new { email, password = "the password of somebody else" })).Is(HttpStatusCode.Accepted);
        var early = await nodes.LinkAsync(email, "Confirm your address");
        (await nobody.PostAsync("/api/auth/register", new { email, password = Password })).Is(HttpStatusCode.Accepted);

        (await nobody.PostAsync("/api/auth/confirm", early)).Is(HttpStatusCode.BadRequest, "CODE_INVALID");
        var link = await nodes.LinkAsync(email, "Set a new password");
        (await nobody.PostAsync("/api/auth/password/reset", new { user_id = link["user_id"], code = link["code"], new_password = "what the reader of the mail chose" })).Is(HttpStatusCode.NoContent);
        (await nobody.PostAsync("/api/auth/login", new { email, password = "the password of somebody else" })).Is(HttpStatusCode.Unauthorized, "SIGN_IN_FAILED");
        await nodes.SignInAsync(email, "what the reader of the mail chose");
    }

    [Fact]
    public async Task One_sender_is_limited_over_all_addresses()
    {
        await using var strict = await postgres.NewServerAsync(new Dictionary<string, string?> { ["Identity:RequestsPerMinute"] = "3" });
        using var nobody = new ApiCaller(strict.Address);
        for (var i = 0; i < 3; i++)
        {
            (await nobody.PostAsync("/api/auth/refresh", new { refresh_token = "x" })).Is(HttpStatusCode.Unauthorized);
        }

        (await nobody.PostAsync("/api/auth/refresh", new { refresh_token = "x" })).Is(HttpStatusCode.TooManyRequests, "RATE_LIMITED");
    }

    [Fact]
    public async Task Signing_out_everywhere_ends_every_token_on_every_node()
    {
        var account = await nodes.AccountAsync();
        using var here = nodes.With(account.Token);
        using var there = new ApiCaller(nodes.Other, account.Token);
        (await there.GetAsync("/api/auth/me")).Is(HttpStatusCode.OK);

        (await here.PostAsync("/api/auth/logout-everywhere", null)).Is(HttpStatusCode.NoContent);

        await UntilAsync(async () => (await there.GetAsync("/api/auth/me")).Status == HttpStatusCode.Unauthorized);
        using var nobody = nodes.Nobody();
        (await nobody.PostAsync("/api/auth/refresh", new { refresh_token = account.RefreshToken })).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
    }

    [Fact]
    public async Task A_forgotten_password_is_set_anew_once_and_ends_all_sessions_and_the_lock_out()
    {
        var (email, token) = await nodes.RegisteredAsync();
        await ScalarAsync($"update auth.users set lockout_end = now() + interval '10 minutes' where email = '{email}' returning 1");
        using var nobody = nodes.Nobody();
        (await nobody.PostAsync("/api/auth/password/forgot", new { email })).Is(HttpStatusCode.Accepted);
        var link = await nodes.LinkAsync(email, "Set a new password");

        var reset = new { user_id = link["user_id"], code = link["code"], new_password = "another good phrase" };
        (await nobody.PostAsync("/api/auth/password/reset", reset with { new_password = "short" })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        (await nobody.PostAsync("/api/auth/password/reset", reset)).Is(HttpStatusCode.NoContent);
        (await nobody.PostAsync("/api/auth/password/reset", reset)).Is(HttpStatusCode.BadRequest, "CODE_INVALID");

        await nodes.SignInAsync(email, "another good phrase");
        using var old = nodes.With(token);
        await UntilAsync(async () => (await old.GetAsync("/api/auth/me")).Status == HttpStatusCode.Unauthorized);
        await nodes.MailAsync(email, "Your password was changed");
    }

    [Fact]
    public async Task A_password_is_changed_by_whoever_knows_the_old_one_and_that_session_goes_on()
    {
        var (email, token) = await nodes.RegisteredAsync();
        using var user = nodes.With(token);
        (await user.PostAsync("/api/auth/password", new { current_password = "not this one", new_password = "another good phrase" })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");

        var tokens = (await user.PostAsync("/api/auth/password", new { current_password = Password, new_password = "another good phrase" })).Is(HttpStatusCode.OK).Json;

        using var goesOn = nodes.With((string)tokens["access_token"]!);
        await UntilAsync(async () => (await goesOn.GetAsync("/api/auth/me")).Status == HttpStatusCode.OK && (await user.GetAsync("/api/auth/me")).Status == HttpStatusCode.Unauthorized);
        await nodes.SignInAsync(email, "another good phrase");
    }

    [Fact]
    public async Task An_address_is_changed_once_the_new_one_answers_and_the_old_one_is_told()
    {
        var (email, token) = await nodes.RegisteredAsync();
        var (taken, _) = await nodes.RegisteredAsync();
        var wanted = IdentityNodes.NewEmail();
        using var user = nodes.With(token);
        using var nobody = nodes.Nobody();
        (await user.PostAsync("/api/auth/email", new { new_email = wanted })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        (await user.PostAsync("/api/auth/email", new { new_email = taken, password = Password })).Is(HttpStatusCode.Accepted);
        (await user.PostAsync("/api/auth/email", new { new_email = wanted, password = Password })).Is(HttpStatusCode.Accepted);
        var link = await nodes.LinkAsync(wanted);

        (await nobody.PostAsync("/api/auth/email/confirm", new { user_id = link["user_id"], new_email = IdentityNodes.NewEmail(), code = link["code"] })).Is(HttpStatusCode.BadRequest, "CODE_INVALID");
        (await nobody.PostAsync("/api/auth/email/confirm", link)).Is(HttpStatusCode.NoContent);

        Assert.Contains(wanted, (await nodes.MailAsync(email, "Your address was changed")).Text, StringComparison.Ordinal);
        await nodes.SignInAsync(wanted);
        (await nobody.PostAsync("/api/auth/login", new { email, password = Password })).Is(HttpStatusCode.Unauthorized, "SIGN_IN_FAILED");
    }

    [Fact]
    public async Task D_CON_02_an_account_is_deleted_unless_an_org_would_lose_its_last_owner()
    {
        var tenant = await postgres.NewOrgAsync();
        var owner = await Accounts.SignInAsync(postgres, tenant.OwnerId);
        using var user = nodes.With(owner.Token);
        (await user.DeleteAsync("/api/auth/me")).Is(HttpStatusCode.BadRequest, "BODY_INVALID");
        (await user.SendAsync(HttpMethod.Delete, "/api/auth/me", new { })).Is(HttpStatusCode.Conflict, "LAST_OWNER");
        (await user.GetAsync("/api/auth/me")).Is(HttpStatusCode.OK);

        var other = await nodes.AccountAsync();
        await ScalarAsync($"insert into org_members (org_id, user_id, role) values ('{tenant.OrgId}', '{other.Id}', 'owner') returning 1");
        (await user.SendAsync(HttpMethod.Delete, "/api/auth/me", new { })).Is(HttpStatusCode.NoContent);

        await UntilAsync(async () => (await user.GetAsync("/api/auth/me")).Status == HttpStatusCode.Unauthorized);
        Assert.Equal(1L, await ScalarAsync($"select count(*) from org_members where org_id = '{tenant.OrgId}'"));
    }

    [Fact]
    public async Task An_account_without_a_password_is_changed_by_a_fresh_sign_in_only_and_a_refresh_is_none()
    {
        var old = await Accounts.SignInAsync(postgres, (await nodes.AccountAsync()).Id, TimeProvider.System.GetUtcNow().AddMinutes(-11));
        using var nobody = nodes.Nobody();
        var refreshed = (string)(await nobody.PostAsync("/api/auth/refresh", new { refresh_token = old.RefreshToken })).Is(HttpStatusCode.OK).Json["access_token"]!;

        foreach (var token in new[] { old.Token, refreshed })
        {
            using var user = nodes.With(token);
            (await user.GetAsync("/api/auth/me")).Is(HttpStatusCode.OK);
            (await user.PostAsync("/api/auth/email", new { new_email = IdentityNodes.NewEmail() })).Is(HttpStatusCode.Forbidden, "SIGN_IN_AGAIN");
            (await user.PostAsync("/api/auth/passkeys/options", new { })).Is(HttpStatusCode.Forbidden, "SIGN_IN_AGAIN");
        }

        using var fresh = nodes.With((await Accounts.SignInAsync(postgres, old.Id)).Token);
        (await fresh.PostAsync("/api/auth/email", new { new_email = IdentityNodes.NewEmail() })).Is(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task Sessions_end_whatever_else_changes_the_account_at_that_moment()
    {
        var account = await nodes.AccountAsync();
        using var user = nodes.With(account.Token);
        var changing = Task.WhenAll(Enumerable.Range(0, 4).Select(async i =>
        {
            for (var n = 0; n < 10; n++)
            {
                await user.SendAsync(HttpMethod.Patch, "/api/auth/me", new { language = (n + i) % 2 == 0 ? "ro" : "en" });
            }
        }));

        Assert.Equal(HttpStatusCode.NoContent, (await user.PostAsync("/api/auth/logout-everywhere", null)).Status);

        await changing;
        await UntilAsync(async () => (await user.GetAsync("/api/auth/me")).Status == HttpStatusCode.Unauthorized);
    }

    private static string Shape(ApiAnswer answer) => answer.Text.Length == 0 ? "" : string.Join(',', answer.Json.AsObject().Where(member => member.Key != "trace_id").Select(member => member.ToString()));

    private static async Task UntilAsync(Func<Task<bool>> happened)
    {
        while (!await happened())
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var command = (await postgres.AdminAsync()).CreateCommand(sql);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
