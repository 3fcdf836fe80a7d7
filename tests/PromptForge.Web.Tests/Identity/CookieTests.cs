using System.Net;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.Identity;

public sealed class CookieTests(PostgresFixture postgres, IdentityNodes nodes) : IClassFixture<IdentityNodes>
{
    [Fact]
    public async Task A_browser_gets_a_cookie_that_scripts_cannot_read_and_every_node_takes()
    {
        var (email, _) = await nodes.RegisteredAsync();
        var answer = await SignInAsync(nodes.One, email);
        var cookie = answer.Headers["Set-Cookie"];

        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("secure", cookie, StringComparison.OrdinalIgnoreCase);
        using var other = new ApiCaller(nodes.Other);
        Assert.Equal(email, (string?)(await other.GetAsync("/api/auth/me", Cookie(answer))).Is(HttpStatusCode.OK).Json["email"]);
    }

    [Fact]
    public async Task Behind_https_the_cookie_is_secure()
    {
        await using var node = await postgres.NewServerAsync(new Dictionary<string, string?> { ["Server:PublicUrl"] = "https://forge.example.test", ["Identity:PasswordIterations"] = "1000" });
        var (email, _) = await nodes.RegisteredAsync();

        Assert.Contains("secure", (await SignInAsync(node.Address, email, ("Origin", "https://forge.example.test"))).Headers["Set-Cookie"], StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Behind_https_every_cookie_is_kept_from_scripts_from_http_and_from_other_sites()
    {
        await using var issuer = await StubIssuer.StartAsync();
        await using var node = await postgres.NewServerAsync(new Dictionary<string, string?>
        {
            ["Server:PublicUrl"] = "https://forge.example.test",
            ["Oidc:0:Issuer"] = issuer.Address,
            ["Oidc:0:ClientId"] = StubIssuer.Client,
        });
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        using var browser = new HttpClient(handler) { BaseAddress = node.Address };
        using var toIssuer = await browser.GetAsync(new Uri("/api/auth/oidc/0", UriKind.Relative), TestContext.Current.CancellationToken);
        using var none = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
        using var ceremony = await browser.PostAsync(new Uri("/api/auth/passkeys/login/options", UriKind.Relative), none, TestContext.Current.CancellationToken);

        string[] cookies = [.. toIssuer.Headers.GetValues("Set-Cookie"), .. ceremony.Headers.GetValues("Set-Cookie")];

        Assert.Equal(3, cookies.Length);
        foreach (var cookie in cookies)
        {
            var flags = cookie.ToLowerInvariant().Split("; ");
            Assert.Contains("secure", flags);
            Assert.Contains("httponly", flags);
            Assert.True(flags.Contains("samesite=lax") || flags.Contains("samesite=strict"), cookie);
        }
    }

    [Fact]
    public async Task A_cookie_changes_something_only_from_a_page_of_ours()
    {
        var (email, _) = await nodes.RegisteredAsync();
        var cookie = Cookie(await SignInAsync(nodes.One, email));
        using var browser = nodes.Nobody();
        var own = nodes.One.GetLeftPart(UriPartial.Authority);

        foreach (var headers in new (string, string)[][]
        {
            [cookie], [cookie, ("Origin", "https://elsewhere.example")], [cookie, ("Origin", "null")], [cookie, ("Sec-Fetch-Site", "cross-site")], [cookie, ("Sec-Fetch-Site", "same-site"), ("Origin", own)],
            [cookie, ("Authorization", ""), ("Origin", "https://elsewhere.example")],
        })
        {
            (await browser.SendAsync(HttpMethod.Patch, "/api/auth/me", new { language = "ro" }, headers)).Is(HttpStatusCode.Forbidden, "CROSS_SITE_REQUEST");
        }

        (await browser.SendAsync(HttpMethod.Patch, "/api/auth/me", new { language = "ro" }, cookie, ("Origin", own))).Is(HttpStatusCode.OK);
        (await browser.SendAsync(HttpMethod.Patch, "/api/auth/me", new { language = "en" }, cookie, ("Sec-Fetch-Site", "same-origin"))).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Nobody_is_signed_in_from_another_site()
    {
        using var browser = nodes.Nobody();
        (await browser.PostAsync("/api/auth/login?use_cookies=true", new { email = "a@example.test", password = IdentityNodes.Password }, ("Origin", "https://elsewhere.example")))
            .Is(HttpStatusCode.Forbidden, "CROSS_SITE_REQUEST");
    }

    [Fact]
    public async Task Signing_out_takes_the_cookie_away_and_signing_out_everywhere_ends_it()
    {
        var (email, _) = await nodes.RegisteredAsync();
        var cookie = Cookie(await SignInAsync(nodes.One, email));
        using var browser = nodes.Nobody();
        Assert.Contains("promptforge=;", (await browser.PostAsync("/api/auth/logout", null, cookie, ("Sec-Fetch-Site", "same-origin"))).Is(HttpStatusCode.NoContent).Headers["Set-Cookie"], StringComparison.Ordinal);
        await UntilEndedAsync(browser, cookie);

        var (one, other) = (Cookie(await SignInAsync(nodes.One, email)), Cookie(await SignInAsync(nodes.Other, email)));
        (await browser.PostAsync("/api/auth/logout-everywhere", null, one, ("Sec-Fetch-Site", "same-origin"))).Is(HttpStatusCode.NoContent);
        await UntilEndedAsync(browser, one);
        await UntilEndedAsync(browser, other);
    }

    [Fact]
    public async Task A_session_that_was_laid_into_the_browser_ends_with_the_sign_in_and_is_not_the_new_one()
    {
        var (attacker, _) = await nodes.RegisteredAsync();
        var (victim, _) = await nodes.RegisteredAsync();
        var planted = Cookie(await SignInAsync(nodes.One, attacker));

        var own = Cookie(await SignInAsync(nodes.One, victim, planted, ("Sec-Fetch-Site", "same-origin")));

        using var browser = nodes.Nobody();
        Assert.Equal(victim, (string?)(await browser.GetAsync("/api/auth/me", own)).Is(HttpStatusCode.OK).Json["email"]);
        await UntilEndedAsync(browser, planted);
        (await browser.GetAsync("/api/auth/me", own)).Is(HttpStatusCode.OK);
    }

    private static async Task UntilEndedAsync(ApiCaller browser, (string, string) cookie)
    {
        while ((await browser.GetAsync("/api/auth/me", cookie)).Status != HttpStatusCode.Unauthorized)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<ApiAnswer> SignInAsync(Uri node, string email, params (string, string)[] headers)
    {
        using var browser = new ApiCaller(node);
        return (await browser.PostAsync("/api/auth/login?use_cookies=true", new { email, password = IdentityNodes.Password }, headers)).Is(HttpStatusCode.NoContent);
    }

    private static (string, string) Cookie(ApiAnswer answer) => ("Cookie", answer.Headers["Set-Cookie"].Split(';')[0]);
}
