using System.Net;

namespace PromptForge.Web.Tests.Identity;

/// <summary>That time tells nothing of an account is not measured but seen: for every address the same is done.</summary>
public sealed class EqualWorkTests(PostgresFixture postgres, IdentityNodes nodes) : IClassFixture<IdentityNodes>
{
    private const string Password = IdentityNodes.Password;

    [Fact]
    public async Task A_refused_sign_in_does_the_same_whether_the_address_is_unknown_or_why_ever_the_account_cannot_sign_in()
    {
        var (wrong, _) = await nodes.RegisteredAsync();
        var (resting, _) = await nodes.RegisteredAsync();
        await ScalarAsync($"update auth.users set lockout_end = now() + interval '5 minutes' where email = '{resting}' returning 1");
        var unconfirmed = IdentityNodes.NewEmail();
        using var nobody = nodes.Nobody();
        (await nobody.PostAsync("/api/auth/register", new { email = unconfirmed, password = Password })).Is(HttpStatusCode.Accepted);
        using var work = new Work();

        var unknown = await work.OfAsync(nobody, "/api/auth/login", new { email = IdentityNodes.NewEmail(), password = Password });

        Assert.Equal(["password verify"], unknown.Done.Split('\n').Where(line => line.StartsWith("password", StringComparison.Ordinal)));
        Assert.Equal(3, unknown.Done.Split("\n--\n").Length);
        foreach (var (why, email, password) in new[]
        {
            ("wrong password", wrong, "wrong password"), ("resting", resting, Password), ("resting, wrong password", resting, "wrong password"), ("unconfirmed, wrong password", unconfirmed, "wrong password"),
            ("without a password", (await nodes.AccountAsync()).Email, Password), ("no address", new string('x', 300), Password), ("too long a password", wrong, new string('x', 300)),
        })
        {
            var known = await work.OfAsync(nobody, "/api/auth/login", new { email, password });
            known.Answer.Is(HttpStatusCode.Unauthorized, "SIGN_IN_FAILED");
            Assert.True(unknown.Done == known.Done, $"{why}:\n{known.Done}\n\nunknown:\n{unknown.Done}");
        }

        Assert.Equal(1, await ScalarAsync($"select access_failed_count from auth.users where email = '{unconfirmed}'"));
    }

    [Fact]
    public async Task Registering_and_asking_for_a_mail_does_the_same_for_every_address()
    {
        using var nobody = nodes.Nobody();
        using var work = new Work();
        foreach (var (path, body, hashes) in new (string, Func<string, object>, int)[]
        {
            ("/api/auth/register", email => new { email, password = Password }, 1),
            ("/api/auth/resend", email => new { email }, 0),
            ("/api/auth/password/forgot", email => new { email }, 0),
        })
        {
            var unconfirmed = IdentityNodes.NewEmail();
            (await nobody.PostAsync("/api/auth/register", new { email = unconfirmed, password = Password })).Is(HttpStatusCode.Accepted);
            var unknown = await work.OfAsync(nobody, path, body(IdentityNodes.NewEmail()));
            Assert.Equal(hashes, unknown.Done.Split('\n').Count(line => line == "password hash"));
            Assert.Contains("queue_mail", unknown.Done, StringComparison.Ordinal);
            foreach (var email in new[] { (await nodes.RegisteredAsync()).Email, unconfirmed, (await nodes.AccountAsync()).Email })
            {
                var known = await work.OfAsync(nobody, path, body(email));
                known.Answer.Is(HttpStatusCode.Accepted);
                Assert.True(unknown.Done == known.Done, $"{path} of {email}:\n{known.Done}\n\nunknown:\n{unknown.Done}");
            }
        }
    }

    [Fact]
    public async Task A_wrong_code_for_a_new_password_does_the_same_whether_there_is_the_account()
    {
        using var nobody = nodes.Nobody();
        // A server's first look at an account asks once whose the accounts are.
        await nodes.RegisteredAsync();
        using var work = new Work();
        object Body(Guid id) => new { user_id = id, code = "no", new_password = "another good phrase" };

        var unknown = await work.OfAsync(nobody, "/api/auth/password/reset", Body(Guid.CreateVersion7()));
        var known = await work.OfAsync(nobody, "/api/auth/password/reset", Body((await nodes.AccountAsync()).Id));

        known.Answer.Is(HttpStatusCode.BadRequest, "CODE_INVALID");
        Assert.Single(unknown.Done.Split("\n--\n"));
        Assert.Equal(unknown.Done, known.Done);
    }

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var command = (await postgres.AdminAsync()).CreateCommand(sql);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
