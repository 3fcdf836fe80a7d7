using System.Net;
using System.Text.Json.Nodes;
using PromptForge.Web.Tests.ApiKeys;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.Identity;

public sealed class SessionTests(PostgresFixture postgres, IdentityNodes nodes) : IClassFixture<IdentityNodes>
{
    [Fact]
    public async Task Somebody_sees_where_they_are_signed_in_and_which_session_asks()
    {
        var (email, token) = await nodes.RegisteredAsync();
        using var browser = nodes.Nobody();
        var cookie = Cookie(await browser.PostAsync("/api/auth/login?use_cookies=true", new { email, password = IdentityNodes.Password }, ("User-Agent", "Browser/1 " + new string('x', 300))));

        var byCookie = Items(await browser.GetAsync("/api/me/sessions", cookie));
        using var user = nodes.With(token);
        var byToken = Items(await user.GetAsync("/api/me/sessions"));

        Assert.Equal([("browser", true), ("tokens", false)], byCookie.Select(s => ((string)s["kind"]!, (bool)s["current"]!)));
        Assert.Equal([("browser", false), ("tokens", true)], byToken.Select(s => ((string)s["kind"]!, (bool)s["current"]!)));
        Assert.Equal(("127.0.0.1", 200), ((string?)byCookie[0]["network"], ((string)byCookie[0]["user_agent"]!).Length));
        Assert.StartsWith("Browser/1 x", (string?)byCookie[0]["user_agent"], StringComparison.Ordinal);
        Assert.Equal((DateTimeOffset)byCookie[0]["created_at"]!, (DateTimeOffset)byCookie[0]["last_used_at"]!);
    }

    [Fact]
    public async Task One_session_is_ended_on_every_node_and_the_others_go_on()
    {
        var account = await nodes.AccountAsync();
        var lost = await Accounts.SignInAsync(postgres, account.Id);
        using var user = nodes.With(account.Token);
        using var there = new ApiCaller(nodes.Other, lost.Token);
        var id = (Guid)Items(await there.GetAsync("/api/me/sessions")).Single(s => (bool)s["current"]!)["id"]!;

        (await user.DeleteAsync($"/api/me/sessions/{id}")).Is(HttpStatusCode.NoContent);

        await UntilEndedAsync(there);
        using var nobody = nodes.Nobody();
        (await nobody.PostAsync("/api/auth/refresh", new { refresh_token = lost.RefreshToken })).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
        (await user.DeleteAsync($"/api/me/sessions/{id}")).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        Assert.True((bool)Assert.Single(Items(await user.GetAsync("/api/me/sessions")))["current"]!);
    }

    [Fact]
    public async Task Another_person_s_session_is_nowhere_and_a_key_has_none()
    {
        var account = await nodes.AccountAsync();
        using var user = nodes.With(account.Token);
        var id = (Guid)Items(await user.GetAsync("/api/me/sessions"))[0]["id"]!;
        using var stranger = nodes.With((await nodes.AccountAsync()).Token);
        using var nobody = nodes.Nobody();
        using var key = nodes.With((await Keys.NewAsync(postgres, await postgres.NewOrgAsync("enterprise"))).Text);

        (await stranger.DeleteAsync($"/api/me/sessions/{id}")).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        (await nobody.DeleteAsync($"/api/me/sessions/{id}")).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
        (await nobody.GetAsync("/api/me/sessions")).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
        (await key.GetAsync("/api/me/sessions")).Is(HttpStatusCode.Forbidden, "ROLE_REQUIRED");
        Assert.DoesNotContain(Items(await stranger.GetAsync("/api/me/sessions")), s => (Guid)s["id"]! == id);
        (await user.GetAsync("/api/me/sessions")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Signing_out_ends_the_session_of_a_program_too()
    {
        var account = await nodes.AccountAsync();
        using var user = nodes.With(account.Token);
        (await user.PostAsync("/api/auth/logout", null)).Is(HttpStatusCode.NoContent);

        await UntilEndedAsync(user);
        using var nobody = nodes.Nobody();
        (await nobody.PostAsync("/api/auth/refresh", new { refresh_token = account.RefreshToken })).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
    }

    [Fact]
    public async Task A_refresh_token_works_once_and_a_copy_of_it_ends_the_session_for_both()
    {
        var account = await nodes.AccountAsync();
        using var nobody = nodes.Nobody();
        using var elsewhere = new ApiCaller(nodes.Other);
        var own = (await nobody.PostAsync("/api/auth/refresh", new { refresh_token = account.RefreshToken })).Is(HttpStatusCode.OK).Json;

        (await elsewhere.PostAsync("/api/auth/refresh", new { refresh_token = account.RefreshToken })).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");

        (await nobody.PostAsync("/api/auth/refresh", new { refresh_token = (string)own["refresh_token"]! })).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
        using var user = nodes.With((string)own["access_token"]!);
        await UntilEndedAsync(user);
    }

    [Fact]
    public async Task Of_two_who_refresh_at_once_with_one_token_no_one_keeps_the_session()
    {
        for (var round = 0; round < 5; round++)
        {
            var account = await nodes.AccountAsync();
            using var one = nodes.Nobody();
            using var other = new ApiCaller(nodes.Other);
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? one : other).PostAsync("/api/auth/refresh", new { refresh_token = account.RefreshToken })));

            var won = Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
            (await one.PostAsync("/api/auth/refresh", new { refresh_token = (string)won.Json["refresh_token"]! })).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
            Assert.Equal(0L, await ScalarAsync($"select count(*) from auth.user_sessions where user_id = '{account.Id}'"));
        }
    }

    [Fact]
    public async Task A_session_that_nobody_used_for_two_weeks_is_over_and_its_row_goes_with_the_next_sign_in_of_anybody()
    {
        var account = await nodes.AccountAsync();
        await ScalarAsync($"update auth.user_sessions set last_used_at = now() - interval '15 days' where user_id = '{account.Id}' returning 1");
        using var user = nodes.With(account.Token);
        (await user.GetAsync("/api/auth/me")).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
        using var nobody = nodes.Nobody();
        (await nobody.PostAsync("/api/auth/refresh", new { refresh_token = account.RefreshToken })).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");

        await nodes.AccountAsync();

        Assert.Equal(0L, await ScalarAsync($"select count(*) from auth.user_sessions where user_id = '{account.Id}'"));
    }

    [Fact]
    public async Task Use_is_noted_once_it_is_five_minutes_old()
    {
        var account = await nodes.AccountAsync();
        await ScalarAsync($"update auth.user_sessions set last_used_at = now() - interval '6 minutes', network = '192.0.2.7' where user_id = '{account.Id}' returning 1");
        using var user = nodes.With(account.Token);

        var session = Assert.Single(Items(await user.GetAsync("/api/me/sessions")));

        Assert.Equal("127.0.0.1", (string?)session["network"]);
        Assert.Equal(true, await ScalarAsync($"select last_used_at > now() - interval '5 minutes' from auth.user_sessions where user_id = '{account.Id}'"));
    }

    [Fact]
    public async Task The_oldest_of_too_many_sessions_gives_way()
    {
        var account = await nodes.AccountAsync();
        await ScalarAsync($"""
            insert into auth.user_sessions (id, user_id, stamp, kind, created_at, last_used_at)
            select gen_random_uuid(), u.id, u.security_stamp, 'tokens', now() - interval '1 day', now() - n * interval '1 minute' from auth.users u, generate_series(1, 120) n where u.id = '{account.Id}' returning 1
            """);

        await Accounts.SignInAsync(postgres, account.Id);

        Assert.Equal((100L, -98), (await ScalarAsync($"select count(*) from auth.user_sessions where user_id = '{account.Id}'"),
            await ScalarAsync($"select -round(extract(epoch from now() - min(last_used_at)) / 60)::int from auth.user_sessions where user_id = '{account.Id}'")));
    }

    private static List<JsonNode> Items(ApiAnswer answer) => [.. answer.Is(HttpStatusCode.OK).Json["items"]!.AsArray().Select(item => item!)];

    private static (string, string) Cookie(ApiAnswer answer) => ("Cookie", answer.Is(HttpStatusCode.NoContent).Headers["Set-Cookie"].Split(';')[0]);

    private static async Task UntilEndedAsync(ApiCaller caller)
    {
        while ((await caller.GetAsync("/api/auth/me")).Status != HttpStatusCode.Unauthorized)
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
