using System.Net;
using System.Web;
using PromptForge.Web.Tests.Http;
using PromptForge.Web.Tests.Schema;

namespace PromptForge.Web.Tests.Identity;

public sealed class DeploymentTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Mail_goes_through_the_operators_server_and_its_links_lead_to_the_public_address()
    {
        await using var smtp = new StubMailServer();
        await using var node = await Deployment.StartAsync(postgres, smtp.Settings);
        var email = IdentityNodes.NewEmail();
        using var nobody = new ApiCaller(node.Address);
        (await nobody.PostAsync("/api/auth/register", new { email, password = IdentityNodes.Password, language = "ro" }, ("Host", "elsewhere.example"))).Is(HttpStatusCode.Accepted);

        var mail = await smtp.NextAsync();

        Assert.Equal((email, "Confirmă adresa", "no-reply@example.test"), (mail.To.Mailboxes.Single().Address, mail.Subject, mail.From.Mailboxes.Single().Address));
        var link = new Uri(mail.TextBody!.Split('\n').Select(line => line.Trim()).Single(line => line.StartsWith("http", StringComparison.Ordinal)));
        Assert.Equal(Deployment.PublicUrl + "/account/confirm", link.GetLeftPart(UriPartial.Path));
        Assert.Contains($"href=\"{WebUtility.HtmlEncode(link.OriginalString)}\"", mail.HtmlBody, StringComparison.Ordinal);
        var query = HttpUtility.ParseQueryString(link.Fragment[1..]);
        (await nobody.PostAsync("/api/auth/confirm", new { user_id = query["user_id"], code = query["code"] })).Is(HttpStatusCode.NoContent);
        (await nobody.GetAsync("/dev/inbox")).Is(HttpStatusCode.NotFound, "NOT_FOUND");
    }

    [Fact]
    public async Task A_letter_that_was_turned_away_is_sent_again_and_of_a_sent_one_no_word_is_kept()
    {
        await using var smtp = new StubMailServer();
        await using var node = await Deployment.StartAsync(postgres, smtp.Settings);
        var (first, second) = (IdentityNodes.NewEmail(), IdentityNodes.NewEmail());
        using var nobody = new ApiCaller(node.Address);
        smtp.RefuseNext();
        (await nobody.PostAsync("/api/auth/register", new { email = first, password = IdentityNodes.Password })).Is(HttpStatusCode.Accepted);
        while (await node.Data.ScalarAsync("select not_before > now() from app.mails") is not true)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        await node.Data.ScalarAsync("update app.mails set not_before = now() - interval '1 second' returning 1");
        (await nobody.PostAsync("/api/auth/register", new { email = second, password = IdentityNodes.Password })).Is(HttpStatusCode.Accepted);

        var got = new[] { await smtp.NextAsync(), await smtp.NextAsync() };
        Assert.Equal(new[] { first, second }.Order(), got.Select(mail => mail.To.Mailboxes.Single().Address).Order());
        while (await node.Data.ScalarAsync("select count(*) from app.mails where sent_at is null") is not 0L)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.Equal(0L, await node.Data.ScalarAsync("select count(*) from app.mails where data is not null or subject is not null or body_text is not null"));
    }

    [Fact]
    public async Task Without_a_mail_server_nobody_registers_and_the_operator_is_told_what_to_set()
    {
        await using var node = await Deployment.StartAsync(postgres, new Dictionary<string, string?>());
        using var nobody = new ApiCaller(node.Address);

        var refused = (await nobody.PostAsync("/api/auth/register", new { email = IdentityNodes.NewEmail(), password = IdentityNodes.Password })).Is(HttpStatusCode.ServiceUnavailable, "MAIL_UNAVAILABLE");

        Assert.Contains("Smtp__Host", refused.Text, StringComparison.Ordinal);
        Assert.Equal(0L, await node.Data.ScalarAsync("select count(*) from auth.users"));
        (await nobody.GetAsync("/dev/inbox")).Is(HttpStatusCode.NotFound, "NOT_FOUND");
    }

    [Fact]
    public async Task Where_supabase_keeps_the_accounts_only_its_own_tokens_count()
    {
        await using var supabase = await StubIssuer.StartAsync();
        await using var other = await StubIssuer.StartAsync();
        await using var node = await Deployment.StartAsync(postgres, new Dictionary<string, string?>
        {
            ["Oidc:0:Issuer"] = supabase.Address,
            ["Oidc:0:ClientId"] = "authenticated",
            ["Oidc:0:OwnsUsers"] = "true",
            ["Oidc:1:Issuer"] = other.Address,
            ["Oidc:1:ClientId"] = StubIssuer.Client,
        }, before: SupabaseTests.TheirAuth + SupabaseTests.TheirLeave);
        var id = Guid.CreateVersion7();
        var claims = new Dictionary<string, object> { ["sub"] = id.ToString(), ["email"] = "person@example.test", ["email_verified"] = true };

        using var person = new ApiCaller(node.Address, supabase.Token(claims, audience: "authenticated"));
        Assert.Equal(id, (Guid?)(await person.GetAsync("/api/auth/me")).Is(HttpStatusCode.OK).Json["id"]);
        using var forged = new ApiCaller(node.Address, other.Token(claims));
        (await forged.GetAsync("/api/auth/me")).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
        using var nobody = new ApiCaller(node.Address);
        (await nobody.PostAsync("/api/auth/login", new { email = "person@example.test", password = IdentityNodes.Password })).Is(HttpStatusCode.Conflict, "ACCOUNTS_ELSEWHERE");
    }

    [Fact]
    public async Task The_keys_of_the_sessions_are_encrypted_at_rest()
    {
        await using var node = await Deployment.StartAsync(postgres, new Dictionary<string, string?>());

        var xml = (string)(await node.Data.ScalarAsync("select string_agg(xml, '') from app.data_protection_keys"))!;

        Assert.Contains("<sealed", xml, StringComparison.Ordinal);
        Assert.DoesNotContain("<value>", xml, StringComparison.Ordinal);
    }
}
