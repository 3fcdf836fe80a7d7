using System.Net;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.Identity;

public sealed class SecondFactorTests(PostgresFixture postgres, IdentityNodes nodes) : IClassFixture<IdentityNodes>
{
    private const string Password = IdentityNodes.Password;

    [Fact]
    public void The_test_s_own_codes_are_those_of_the_standard() =>
        Assert.Equal("287082", Authenticator.Code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", DateTimeOffset.FromUnixTimeSeconds(59)));

    [Fact]
    public async Task An_authenticator_is_enrolled_proven_asked_for_and_disabled()
    {
        var (email, token) = await nodes.RegisteredAsync();
        using var user = nodes.With(token);
        using var nobody = nodes.Nobody();
        (await user.PostAsync("/api/auth/2fa/enrol", new { })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        var secret = (string)(await user.PostAsync("/api/auth/2fa/enrol", new { password = Password })).Is(HttpStatusCode.OK).Json["secret"]!;
        await nodes.SignInAsync(email);
        (await user.PostAsync("/api/auth/2fa/enable", new { code = "12345x" })).Is(HttpStatusCode.BadRequest, "CODE_INVALID");
        var recovery = (await user.PostAsync("/api/auth/2fa/enable", new { code = Code(secret, 0) })).Is(HttpStatusCode.OK).Json["recovery_codes"]!.AsArray().Select(code => (string)code!).ToArray();
        Assert.Equal(10, recovery.Distinct().Count());

        var login = new { email, password = Password, two_factor_code = (string?)null, two_factor_recovery_code = (string?)null };
        (await nobody.PostAsync("/api/auth/login", login)).Is(HttpStatusCode.Unauthorized, "TWO_FACTOR_REQUIRED");
        (await nobody.PostAsync("/api/auth/login", login with { password = "wrong password" })).Is(HttpStatusCode.Unauthorized, "SIGN_IN_FAILED");
        (await nobody.PostAsync("/api/auth/login", login with { two_factor_code = Code(secret, 0) })).Is(HttpStatusCode.Unauthorized, "TWO_FACTOR_INVALID");
        (await nobody.PostAsync("/api/auth/login", login with { two_factor_code = Code(secret, 1) })).Is(HttpStatusCode.OK);
        (await nobody.PostAsync("/api/auth/login", login with { two_factor_recovery_code = recovery[0] })).Is(HttpStatusCode.OK);
        (await nobody.PostAsync("/api/auth/login", login with { two_factor_recovery_code = recovery[0] })).Is(HttpStatusCode.Unauthorized, "TWO_FACTOR_INVALID");
        Assert.DoesNotContain(secret, await StoredAsync(email), StringComparison.Ordinal);

        (await user.PostAsync("/api/auth/2fa/disable", new { two_factor_recovery_code = recovery[1] })).Is(HttpStatusCode.NoContent);
        using var other = new ApiCaller(nodes.Other);
        (await other.PostAsync("/api/auth/login", new { email, password = Password })).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_code_works_once_however_many_bring_it_at_once()
    {
        var (email, token) = await nodes.RegisteredAsync();
        using var user = nodes.With(token);
        var secret = (string)(await user.PostAsync("/api/auth/2fa/enrol", new { password = Password })).Is(HttpStatusCode.OK).Json["secret"]!;
        var recovery = (string)(await user.PostAsync("/api/auth/2fa/enable", new { code = Code(secret, 0) })).Is(HttpStatusCode.OK).Json["recovery_codes"]![0]!;
        using var here = nodes.Nobody();
        using var there = new ApiCaller(nodes.Other);

        foreach (var body in new object[] { new { email, password = Password, two_factor_code = Code(secret, 1) }, new { email, password = Password, two_factor_recovery_code = recovery } })
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => (i % 2 == 0 ? here : there).PostAsync("/api/auth/login", body)));
            Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
            Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer => answer.Is(HttpStatusCode.Unauthorized, "TWO_FACTOR_INVALID"));
        }
    }

    [Fact]
    public async Task A_remembered_machine_is_asked_for_no_code_until_the_sessions_end_or_the_authenticator_is_another()
    {
        var (email, token) = await nodes.RegisteredAsync();
        using var user = nodes.With(token);
        var secret = await EnrolAsync(user, 0);
        using var browser = nodes.Nobody();
        async Task<ApiAnswer> SignInAsync(object body, params (string, string)[] cookie) => await browser.PostAsync("/api/auth/login?use_cookies=true", body, cookie);
        var plain = new { email, password = Password };
        var answer = (await SignInAsync(new { email, password = Password, two_factor_code = Code(secret, 1), remember_machine = true })).Is(HttpStatusCode.NoContent);
        var set = answer.Headers["Set-Cookie"].Split(", ").Single(cookie => cookie.StartsWith("promptforge_machine=", StringComparison.Ordinal));
        Assert.Equal(["path=/api/auth/login", "samesite=strict", "httponly"], set.ToLowerInvariant().Split("; ").Where(flag => flag.StartsWith("path", StringComparison.Ordinal) || flag.StartsWith("same", StringComparison.Ordinal) || flag == "httponly"));
        Assert.Contains("max-age=2592000", set, StringComparison.OrdinalIgnoreCase);
        var machine = ("Cookie", set.Split(';')[0]);

        (await SignInAsync(plain, machine)).Is(HttpStatusCode.NoContent);
        (await SignInAsync(plain)).Is(HttpStatusCode.Unauthorized, "TWO_FACTOR_REQUIRED");
        (await SignInAsync(plain with { password = "wrong password" }, machine)).Is(HttpStatusCode.Unauthorized, "SIGN_IN_FAILED");
        (await SignInAsync(plain, ("Cookie", "promptforge_machine=none-of-ours"))).Is(HttpStatusCode.Unauthorized, "TWO_FACTOR_REQUIRED");
        var (other, otherToken) = await nodes.RegisteredAsync();
        using var otherUser = nodes.With(otherToken);
        await EnrolAsync(otherUser, 0);
        (await SignInAsync(plain with { email = other }, machine)).Is(HttpStatusCode.Unauthorized, "TWO_FACTOR_REQUIRED");

        (await user.PostAsync("/api/auth/2fa/disable", new { two_factor_code = Code(secret, 2) })).Is(HttpStatusCode.NoContent);
        secret = await EnrolAsync(user, 0);
        (await SignInAsync(plain, machine)).Is(HttpStatusCode.Unauthorized, "TWO_FACTOR_REQUIRED");
        answer = (await SignInAsync(new { email, password = Password, two_factor_code = Code(secret, 1), remember_machine = true })).Is(HttpStatusCode.NoContent);
        machine = ("Cookie", answer.Headers["Set-Cookie"].Split(", ").Single(cookie => cookie.StartsWith("promptforge_machine=", StringComparison.Ordinal)).Split(';')[0]);
        (await SignInAsync(plain, machine)).Is(HttpStatusCode.NoContent);
        (await user.PostAsync("/api/auth/logout-everywhere", null)).Is(HttpStatusCode.NoContent);
        (await SignInAsync(plain, machine)).Is(HttpStatusCode.Unauthorized, "TWO_FACTOR_REQUIRED");
    }

    [Fact]
    public async Task New_recovery_codes_take_the_place_of_the_old_ones()
    {
        var account = await nodes.AccountAsync();
        using var user = nodes.With(account.Token);
        (await user.PostAsync("/api/auth/2fa/recovery-codes", new { })).Is(HttpStatusCode.Conflict, "STATE_CONFLICT");
        var secret = (string)(await user.PostAsync("/api/auth/2fa/enrol", new { })).Is(HttpStatusCode.OK).Json["secret"]!;
        var old = (string)(await user.PostAsync("/api/auth/2fa/enable", new { code = Code(secret, 0) })).Is(HttpStatusCode.OK).Json["recovery_codes"]![0]!;

        (await user.PostAsync("/api/auth/2fa/recovery-codes", new { two_factor_code = Code(secret, 1) })).Is(HttpStatusCode.OK);

        (await user.PostAsync("/api/auth/2fa/disable", new { two_factor_recovery_code = old })).Is(HttpStatusCode.BadRequest, "CODE_INVALID");
    }

    private static async Task<string> EnrolAsync(ApiCaller user, int stepsAhead)
    {
        var secret = (string)(await user.PostAsync("/api/auth/2fa/enrol", new { password = Password })).Is(HttpStatusCode.OK).Json["secret"]!;
        (await user.PostAsync("/api/auth/2fa/enable", new { code = Code(secret, stepsAhead) })).Is(HttpStatusCode.OK);
        return secret;
    }

    private static string Code(string secret, int stepsAhead) => Authenticator.Code(secret, TimeProvider.System.GetUtcNow().AddSeconds(30 * stepsAhead));

    private async Task<string> StoredAsync(string email)
    {
        await using var command = (await postgres.AdminAsync()).CreateCommand("select string_agg(t.value, ' ') from auth.user_tokens t join auth.users u on u.id = t.user_id where u.email = $1");
        command.Parameters.Add(new() { Value = email });
        return (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
