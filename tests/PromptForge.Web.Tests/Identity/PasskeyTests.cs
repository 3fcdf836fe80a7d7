using System.Net;
using System.Text.Json.Nodes;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.Identity;

public sealed class PasskeyTests(PostgresFixture postgres, IdentityNodes nodes) : IClassFixture<IdentityNodes>
{
    [Fact]
    public async Task A_passkey_is_registered_listed_renamed_signed_in_with_and_removed()
    {
        var account = await nodes.AccountAsync();
        using var user = nodes.With(account.Token);
        using var device = new Authenticator(nodes.One);
        var (options, ceremony) = await BeginAsync(user, "/api/auth/passkeys/options");
        var added = await user.PostAsync("/api/auth/passkeys", new { credential = device.Create(options), name = " Phone " }, ceremony);
        Assert.Equal((device.Id, "Phone"), ((string)added.Is(HttpStatusCode.Created).Json["id"]!, (string)added.Json["name"]!));

        Assert.Equal("Laptop", (string?)(await user.PatchAsync($"/api/auth/passkeys/{device.Id}", new { name = "Laptop" })).Is(HttpStatusCode.OK).Json["name"]);
        Assert.Equal(["Laptop"], (await user.GetAsync("/api/auth/passkeys")).Is(HttpStatusCode.OK).Json["items"]!.AsArray().Select(passkey => (string?)passkey!["name"]));

        using var nobody = nodes.Nobody();
        var (request, signIn) = await BeginAsync(nobody, "/api/auth/passkeys/login/options");
        var tokens = (await nobody.PostAsync("/api/auth/passkeys/login", new { credential = device.Get(request) }, signIn)).Is(HttpStatusCode.OK).Json;
        using var signedIn = nodes.With((string)tokens["access_token"]!);
        Assert.Equal(account.Id, (Guid?)(await signedIn.GetAsync("/api/auth/me")).Is(HttpStatusCode.OK).Json["id"]);

        (await user.DeleteAsync($"/api/auth/passkeys/{device.Id}")).Is(HttpStatusCode.NoContent);
        (request, signIn) = await BeginAsync(nobody, "/api/auth/passkeys/login/options");
        (await nobody.PostAsync("/api/auth/passkeys/login", new { credential = device.Get(request) }, signIn)).Is(HttpStatusCode.Unauthorized, "SIGN_IN_FAILED");
    }

    [Fact]
    public async Task An_answer_for_another_site_another_ceremony_or_another_user_is_none()
    {
        var account = await nodes.AccountAsync();
        using var user = nodes.With(account.Token);
        using var device = new Authenticator(nodes.One);
        var (options, ceremony) = await BeginAsync(user, "/api/auth/passkeys/options");

        using var stranger = nodes.With((await nodes.AccountAsync()).Token);
        (await stranger.PostAsync("/api/auth/passkeys", new { credential = device.Create(options), name = "Stolen" }, ceremony)).Is(HttpStatusCode.BadRequest, "CODE_INVALID");
        (await user.PostAsync("/api/auth/passkeys", new { credential = device.Create(options), name = "No cookie" })).Is(HttpStatusCode.BadRequest, "CODE_INVALID");
        (await user.PostAsync("/api/auth/passkeys", new { credential = new { id = "x" }, name = "Nonsense" }, ceremony)).Is(HttpStatusCode.BadRequest, "CODE_INVALID");
        (await user.PostAsync("/api/auth/passkeys", new { credential = device.Create(options), name = "Phone" }, ceremony)).Is(HttpStatusCode.Created);

        using var nobody = nodes.Nobody();
        var (request, signIn) = await BeginAsync(nobody, "/api/auth/passkeys/login/options");
        (await nobody.PostAsync("/api/auth/passkeys/login", new { credential = device.Get(request, rp: "elsewhere.example") }, signIn)).Is(HttpStatusCode.Unauthorized, "SIGN_IN_FAILED");
        using var phishing = new Authenticator(new Uri("https://elsewhere.example"));
        (await nobody.PostAsync("/api/auth/passkeys/login", new { credential = phishing.Get(request) }, signIn)).Is(HttpStatusCode.Unauthorized, "SIGN_IN_FAILED");
        var (another, _) = await BeginAsync(nobody, "/api/auth/passkeys/login/options");
        (await nobody.PostAsync("/api/auth/passkeys/login", new { credential = device.Get(another) }, signIn)).Is(HttpStatusCode.Unauthorized, "SIGN_IN_FAILED");
        (await nobody.DeleteAsync($"/api/auth/passkeys/{device.Id}")).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
        (await stranger.DeleteAsync($"/api/auth/passkeys/{device.Id}")).Is(HttpStatusCode.NotFound, "NOT_FOUND");
    }

    [Fact]
    public async Task A_passkey_signs_in_while_the_password_rests_and_an_account_has_at_most_twenty_even_when_two_are_added_at_once()
    {
        var account = await nodes.AccountAsync();
        using var user = nodes.With(account.Token);
        using var device = new Authenticator(nodes.One);
        var (options, ceremony) = await BeginAsync(user, "/api/auth/passkeys/options");
        (await user.PostAsync("/api/auth/passkeys", new { credential = device.Create(options), name = "First" }, ceremony)).Is(HttpStatusCode.Created);
        await SqlAsync($"insert into auth.user_passkeys (credential_id, user_id, data) select decode(md5(n::text || user_id), 'hex'), user_id, data from auth.user_passkeys, generate_series(1, 18) n where user_id = '{account.Id}'");
        await SqlAsync($"update auth.users set lockout_end = now() + interval '10 minutes' where id = '{account.Id}'");

        using var nobody = nodes.Nobody();
        var (request, signIn) = await BeginAsync(nobody, "/api/auth/passkeys/login/options");
        (await nobody.PostAsync("/api/auth/passkeys/login", new { credential = device.Get(request) }, signIn)).Is(HttpStatusCode.OK);

        var added = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            using var another = new Authenticator(nodes.One);
            var (wanted, begun) = await BeginAsync(user, "/api/auth/passkeys/options");
            return await user.PostAsync("/api/auth/passkeys", new { credential = another.Create(wanted), name = "More" }, begun);
        }));
        Assert.Single(added, answer => answer.Status == HttpStatusCode.Created);
        Assert.All(added.Where(answer => answer.Status != HttpStatusCode.Created), answer => answer.Is(HttpStatusCode.Conflict, "STATE_CONFLICT"));
        Assert.Equal(20, (await user.GetAsync("/api/auth/passkeys")).Is(HttpStatusCode.OK).Json["items"]!.AsArray().Count);
    }

    private async Task SqlAsync(string sql)
    {
        await using var command = (await postgres.AdminAsync()).CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<(JsonNode Options, (string, string) Cookie)> BeginAsync(ApiCaller caller, string path)
    {
        var answer = (await caller.PostAsync(path, new { })).Is(HttpStatusCode.OK);
        return (answer.Json, ("Cookie", answer.Headers["Set-Cookie"].Split(';')[0]));
    }
}
