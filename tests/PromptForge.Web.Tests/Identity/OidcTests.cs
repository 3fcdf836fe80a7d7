using System.Net;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using PromptForge.Web.Identity;
using PromptForge.Web.Platform;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.Identity;

public sealed class OidcTests(PostgresFixture postgres) : IAsyncLifetime
{
    private StubIssuer _issuer = null!;
    private WebServer _node = null!;
    private Dictionary<string, string?> _settings = null!;

    public async ValueTask InitializeAsync()
    {
        _issuer = await StubIssuer.StartAsync();
        _settings = new Dictionary<string, string?>
        {
            ["Oidc:0:Issuer"] = _issuer.Address,
            ["Oidc:0:ClientId"] = StubIssuer.Client,
            ["Oidc:0:ClientSecret"] = StubIssuer.Secret,
            ["Oidc:0:Name"] = "Stub",
            ["Identity:PasswordIterations"] = "1000",
        };
        _node = await postgres.NewServerAsync(_settings);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _issuer.DisposeAsync();
    }

    [Fact]
    public async Task A_token_of_the_issuer_is_taken_and_its_subject_stays_the_same_user()
    {
        var somebody = StubIssuer.Somebody();

        var first = await MeAsync(_issuer.Token(somebody));
        somebody["email"] = IdentityNodes.NewEmail();
        var second = await MeAsync(_issuer.Token(somebody));

        Assert.Equal((Guid?)first.Is(HttpStatusCode.OK).Json["id"], (Guid?)second.Is(HttpStatusCode.OK).Json["id"]);
        Assert.Equal((string?)first.Json["email"], (string?)second.Json["email"]);
        Assert.False((bool)first.Json["has_password"]!);
    }

    [Fact]
    public async Task A_token_that_is_not_the_issuers_not_for_us_or_not_alive_is_refused()
    {
        var somebody = StubIssuer.Somebody();
        var good = _issuer.Token(somebody);
        (string Name, string Token)[] bad =
        [
            ("audience", _issuer.Token(somebody, audience: "another-client")),
            ("issuer", _issuer.Token(somebody, issuer: "https://elsewhere.example")),
            ("expired", _issuer.Token(somebody, life: TimeSpan.FromMinutes(-5))),
            ("no signature", _issuer.Unsigned(somebody)),
            ("the public key as a secret", _issuer.SignedWithThePublicKey(somebody)),
            ("unknown key", _issuer.SignedWithAnUnknownKey(somebody)),
            ("tampered", good[..^6] + "AAAAAA"),
            ("no JWT", "eyJ.e30.x"),
        ];
        foreach (var (name, token) in bad)
        {
            var answer = await MeAsync(token);
            Assert.True((answer.Status, answer.Code) == (HttpStatusCode.Unauthorized, "UNAUTHENTICATED"), $"{name}: {answer.Text}");
        }

        (await MeAsync(good)).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Signing_out_everywhere_ends_the_tokens_that_an_issuer_issued_before_on_every_node()
    {
        await using var node = await postgres.NewServerAsync(_settings);
        var somebody = StubIssuer.Somebody();
        var (before, undated) = (_issuer.Token(somebody, age: TimeSpan.FromSeconds(2)), _issuer.Token(somebody, dated: false));
        using var other = new ApiCaller(node.Address, before);
        (await other.GetAsync("/api/auth/me")).Is(HttpStatusCode.OK);
        (await MeAsync(undated)).Is(HttpStatusCode.OK);

        using var here = new ApiCaller(_node.Address, before);
        (await here.PostAsync("/api/auth/logout-everywhere", null)).Is(HttpStatusCode.NoContent);

        await UntilEndedAsync(other);
        await UntilEndedAsync(here);
        (await MeAsync(undated)).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
        (await MeAsync(_issuer.Token(somebody, age: TimeSpan.FromHours(-1)))).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
        (await MeAsync(_issuer.Token(somebody, age: TimeSpan.FromSeconds(-2)))).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_new_password_ends_the_tokens_of_an_issuer_too()
    {
        var account = await Accounts.NewAsync(postgres);
        var somebody = StubIssuer.Somebody(account.Email);
        using var user = new ApiCaller(_node.Address, _issuer.Token(somebody, age: TimeSpan.FromSeconds(2)));
        (await user.GetAsync("/api/auth/me")).Is(HttpStatusCode.OK);

        using var scope = _node.Services.CreateScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        Assert.True((await users.AddPasswordAsync((await users.FindByIdAsync(account.Id.ToString()))!, IdentityNodes.Password)).Succeeded);

        await UntilEndedAsync(user);
    }

    [Fact]
    public async Task A_new_key_of_the_issuer_is_fetched()
    {
        (await MeAsync(_issuer.Token(StubIssuer.Somebody()))).Is(HttpStatusCode.OK);
        _issuer.Rotate();
        var token = _issuer.Token(StubIssuer.Somebody());

        while ((await MeAsync(token)).Status != HttpStatusCode.OK)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task An_unverified_address_opens_no_account_and_no_other_account()
    {
        var account = await Accounts.NewAsync(postgres);

        (await MeAsync(_issuer.Token(StubIssuer.Somebody(account.Email, verified: false)))).Is(HttpStatusCode.Forbidden, "EMAIL_UNVERIFIED");
        (await MeAsync(_issuer.Token(StubIssuer.Somebody(verified: false)))).Is(HttpStatusCode.Forbidden, "EMAIL_UNVERIFIED");

        var linked = (await MeAsync(_issuer.Token(StubIssuer.Somebody(account.Email)))).Is(HttpStatusCode.OK);
        Assert.Equal(account.Id, (Guid?)linked.Json["id"]);
    }

    [Fact]
    public async Task Whoever_proves_an_address_does_not_inherit_the_password_of_somebody_who_did_not()
    {
        var email = IdentityNodes.NewEmail();
        using var nobody = new ApiCaller(_node.Address);
        (await nobody.PostAsync("/api/auth/register", new { email, password = IdentityNodes.Password })).Is(HttpStatusCode.Accepted);

        var me = (await MeAsync(_issuer.Token(StubIssuer.Somebody(email)))).Is(HttpStatusCode.OK).Json;

        Assert.Equal((true, false), ((bool)me["email_confirmed"]!, (bool)me["has_password"]!));
        (await nobody.PostAsync("/api/auth/login", new { email, password = IdentityNodes.Password })).Is(HttpStatusCode.Unauthorized, "SIGN_IN_FAILED");
    }

    [Fact]
    public async Task Many_first_requests_at_once_make_one_user()
    {
        var token = _issuer.Token(StubIssuer.Somebody());

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => MeAsync(token)));

        Assert.Single(answers.Select(answer => (Guid?)answer.Is(HttpStatusCode.OK).Json["id"]).Distinct());
    }

    [Fact]
    public async Task A_browser_signs_in_with_a_code_and_comes_back_to_where_it_was()
    {
        var account = await Accounts.NewAsync(postgres);
        _issuer.Person = StubIssuer.Somebody(account.Email);
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() };
        using var browser = new HttpClient(handler) { BaseAddress = _node.Address };
        Assert.Contains("\"Stub\"", await browser.GetStringAsync("/api/auth/oidc", Ct), StringComparison.Ordinal);

        var (status, location) = await FollowAsync(browser, "/api/auth/oidc/0?return_to=/projects");

        Assert.Equal((HttpStatusCode.Redirect, "/projects"), (status, location));
        Assert.Contains(account.Id.ToString(), await browser.GetStringAsync("/api/auth/me", Ct), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.Redirect, "/"), await FollowAsync(browser, "/api/auth/oidc/0?return_to=//elsewhere.example/"));
    }

    [Fact]
    public async Task A_code_that_another_browser_asked_for_signs_nobody_in()
    {
        _issuer.Person = StubIssuer.Somebody();
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() };
        using var attacker = new HttpClient(handler) { BaseAddress = _node.Address };
        using var asked = await attacker.GetAsync("/api/auth/oidc/0", Ct);
        using var answered = await attacker.GetAsync(asked.Headers.Location, Ct);
        using var victim = new ApiCaller(_node.Address);

        var refused = (await victim.GetAsync(answered.Headers.Location!.PathAndQuery)).Is(HttpStatusCode.Unauthorized, "SIGN_IN_FAILED");

        Assert.DoesNotContain("promptforge=", refused.Headers.GetValueOrDefault("Set-Cookie", ""), StringComparison.Ordinal);
    }

    private static async Task UntilEndedAsync(ApiCaller caller)
    {
        while ((await caller.GetAsync("/api/auth/me")).Status != HttpStatusCode.Unauthorized)
        {
            await Task.Delay(10, Ct);
        }
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>To the issuer, back with its code, and one step on.</summary>
    private static async Task<(HttpStatusCode, string?)> FollowAsync(HttpClient browser, string start)
    {
        using var asked = await browser.GetAsync(start, Ct);
        using var answered = await browser.GetAsync(asked.Headers.Location, Ct);
        using var back = await browser.GetAsync(answered.Headers.Location, Ct);
        return (back.StatusCode, back.Headers.Location?.ToString());
    }

    private async Task<ApiAnswer> MeAsync(string token)
    {
        using var caller = new ApiCaller(_node.Address, token);
        return await caller.GetAsync("/api/auth/me");
    }
}
