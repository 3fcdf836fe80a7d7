using System.Net;
using Microsoft.Extensions.DependencyInjection;
using PromptForge.Web.Bundles;
using PromptForge.Web.Tenancy;
using PromptForge.Web.Tests.Http;
using PromptForge.Web.Tests.Identity;

namespace PromptForge.Web.Tests.Tenancy;

public sealed class OrgTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task D_RLS_02_the_creator_is_owner_at_once_and_reads_it_back()
    {
        using var api = await (await Accounts.NewAsync(postgres)).CallerAsync(postgres);

        var made = (await api.PostAsync("/api/orgs", new { name = " Studio Ștefan " })).Is(HttpStatusCode.Created);
        var id = (Guid)made.Json["id"]!;
        Assert.StartsWith("studio-stefan", (string?)made.Json["slug"], StringComparison.Ordinal);
        Assert.Equal($"/api/orgs/{id}", made.Headers["Location"]);

        var read = (await api.GetAsync($"/api/orgs/{id}")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(("Studio Ștefan", "owner", 1, 1), ((string?)read["name"], (string?)read["role"], (int?)read["seats"], (int?)read["seats_taken"]));
        Assert.Equal([id], Ids(await api.GetAsync("/api/orgs")));
    }

    [Fact]
    public async Task Two_orgs_of_one_name_get_two_slugs_and_a_slug_that_is_asked_for_is_refused_when_taken()
    {
        using var api = await (await Accounts.NewAsync(postgres)).CallerAsync(postgres);
        var name = "Twins " + Guid.CreateVersion7().ToString("n")[20..];

        var first = (string?)(await api.PostAsync("/api/orgs", new { name })).Is(HttpStatusCode.Created).Json["slug"];
        var second = (string?)(await api.PostAsync("/api/orgs", new { name })).Is(HttpStatusCode.Created).Json["slug"];

        Assert.NotEqual(first, second);
        (await api.PostAsync("/api/orgs", new { name, slug = first })).Is(HttpStatusCode.Conflict, "SLUG_TAKEN");
    }

    [Fact]
    public async Task Of_many_who_want_one_slug_at_once_one_gets_it()
    {
        var slug = "wanted-" + Guid.CreateVersion7().ToString("n")[20..];
        var people = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ => await (await Accounts.NewAsync(postgres)).CallerAsync(postgres)));

        var answers = await Task.WhenAll(people.Select(p => p.PostAsync("/api/orgs", new { name = "Wanted", slug })));

        Assert.Single(answers, a => a.Status == HttpStatusCode.Created);
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.Created), a => a.Is(HttpStatusCode.Conflict, "SLUG_TAKEN"));
        Assert.All(people, p => p.Dispose());
    }

    [Fact]
    public async Task One_idempotency_key_makes_one_org_also_when_sent_twice_at_once()
    {
        using var api = await (await Accounts.NewAsync(postgres)).CallerAsync(postgres);
        using var other = await (await Accounts.NewAsync(postgres)).CallerAsync(postgres);
        (string, string) key = ("Idempotency-Key", Guid.CreateVersion7().ToString());

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => api.PostAsync("/api/orgs", new { name = "Once" }, key)));

        Assert.Single(answers.Select(a => (Guid)a.Is(HttpStatusCode.Created).Json["id"]!).Distinct());
        Assert.Equal(3, answers.Count(a => a.Headers.ContainsKey("Idempotency-Replayed")));
        Assert.Single(Ids(await api.GetAsync("/api/orgs")));
        (await api.PostAsync("/api/orgs", new { name = "Another" }, key)).Is(HttpStatusCode.Conflict, "IDEMPOTENCY_CONFLICT");
        (await api.PostAsync("/api/orgs", new { name = "Once" }, ("Idempotency-Key", "not one key"))).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        Assert.NotEqual(answers[0].Json["id"]!.ToString(), (await other.PostAsync("/api/orgs", new { name = "Once" }, key)).Is(HttpStatusCode.Created).Json["id"]!.ToString());
    }

    [Fact]
    public async Task D_RLS_05_one_person_makes_ten_orgs_an_hour_and_owns_at_most_twenty_however_many_requests_run_at_once()
    {
        var account = await Accounts.NewAsync(postgres);
        using var api = await account.CallerAsync(postgres);

        var answers = await Task.WhenAll(Enumerable.Range(0, 14).Select(n => api.PostAsync("/api/orgs", new { name = $"Many {n}" })));
        Assert.Equal(10, answers.Count(a => a.Status == HttpStatusCode.Created));
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.Created), a => Assert.NotEmpty(a.Is(HttpStatusCode.TooManyRequests, "RATE_LIMITED").Headers["Retry-After"]));

        await using var command = (await postgres.AdminAsync()).CreateCommand("""
            with made as (insert into orgs (id, name, slug) select app.uuid_from(now() - interval '1 day' - n * interval '1 minute'), 'Old', 'old-' || n || substr($1::text, 25) from generate_series(1, 10) n returning id)
            insert into org_members (org_id, user_id, role) select id, $1, 'owner' from made
            """);
        command.Parameters.Add(new() { Value = account.Id });
        await command.ExecuteNonQueryAsync(Ct);
        (await api.PostAsync("/api/orgs", new { name = "One too many" })).Is(HttpStatusCode.Conflict, "STATE_CONFLICT");
    }

    [Theory]
    [InlineData("""{"name":""}""", "INPUT_INVALID", "/name")]
    [InlineData("""{"name":"a\u0000b"}""", "BODY_INVALID", "/name")]
    [InlineData("""{"name":"Acme\u202Eemca"}""", "INPUT_INVALID", "/name")]
    [InlineData("""{"name":"Acme","slug":"---"}""", "INPUT_INVALID", "/slug")]
    [InlineData("""{"name":"Acme","slug":""}""", "INPUT_INVALID", "/slug")]
    [InlineData("""{"name":7}""", "BODY_INVALID", "/name")]
    [InlineData("""{"name":null}""", "BODY_INVALID", null)]
    [InlineData("""{"slug":"acme"}""", "BODY_INVALID", null)]
    [InlineData("""{"name":"Acme","id":"x"}""", "BODY_INVALID", null)]
    [InlineData("""{"name":"Acme","name":"Acme"}""", "BODY_INVALID", null)]
    [InlineData("""{"name":"\ud800"}""", "BODY_INVALID", null)]
    [InlineData("""["name"]""", "BODY_INVALID", null)]
    [InlineData("""{"name":"Ac""", "BODY_INVALID", null)]
    [InlineData("", "BODY_INVALID", null)]
    public async Task A_bad_body_is_refused_with_a_stable_code_and_the_place(string body, string code, string? pointer)
    {
        using var api = await (await Accounts.NewAsync(postgres)).CallerAsync(postgres);

        var answer = (await api.PostAsync("/api/orgs", body)).Is(HttpStatusCode.BadRequest, code);

        Assert.True(pointer is null || (string?)answer.Json["errors"]![0]!["pointer"] == pointer, answer.Text);
        Assert.Empty(Ids(await api.GetAsync("/api/orgs")));
    }

    [Fact]
    public async Task A_huge_name_and_a_body_that_is_no_JSON_are_refused()
    {
        using var api = await (await Accounts.NewAsync(postgres)).CallerAsync(postgres);

        (await api.PostAsync("/api/orgs", new { name = new string('x', 900_000) })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        (await api.PostAsync("/api/orgs", new { name = new string('x', 1_100_000) })).Is(HttpStatusCode.RequestEntityTooLarge, "BODY_TOO_LARGE");
        using var form = new StringContent("name=Acme", System.Text.Encoding.UTF8, "application/x-www-form-urlencoded");
        (await api.PostAsync("/api/orgs", form)).Is(HttpStatusCode.UnsupportedMediaType, "MEDIA_TYPE_UNSUPPORTED");
    }

    [Theory]
    [InlineData("owner", HttpStatusCode.OK)]
    [InlineData("admin", HttpStatusCode.OK)]
    [InlineData("member", HttpStatusCode.Forbidden)]
    [InlineData("stranger", HttpStatusCode.NotFound)]
    public async Task Owners_and_admins_rename(string role, HttpStatusCode status)
    {
        using var team = await Team.NewAsync(postgres);
        var slug = "renamed-" + Guid.CreateVersion7().ToString("n")[20..];

        (await team.As(role).Api.PatchAsync(team.Path, new { name = "Renamed", slug })).Is(status);

        var read = (await team.Member.Api.GetAsync(team.Path)).Is(HttpStatusCode.OK).Json;
        Assert.Equal(status == HttpStatusCode.OK ? "Renamed" : "Test", (string?)read["name"]);
        Assert.Equal(status == HttpStatusCode.OK ? ["org.renamed"] : [], await team.AuditAsync());
    }

    [Fact]
    public async Task A_deleted_org_is_closed_to_everybody_until_an_owner_restores_it()
    {
        using var team = await Team.NewAsync(postgres);
        var slug = (string)(await team.Owner.Api.GetAsync(team.Path)).Json["slug"]!;
        object right = new { confirm = slug };

        (await team.Admin.Api.SendAsync(HttpMethod.Delete, team.Path, right)).Is(HttpStatusCode.Forbidden, "ROLE_REQUIRED");
        (await team.Owner.Api.SendAsync(HttpMethod.Delete, team.Path, new { confirm = "wrong" })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        (await team.Owner.Api.SendAsync(HttpMethod.Delete, team.Path, null)).Is(HttpStatusCode.BadRequest, "BODY_INVALID");
        var deleted = (await team.Owner.Api.SendAsync(HttpMethod.Delete, team.Path, right)).Is(HttpStatusCode.OK).Json;
        Assert.Equal(30, ((DateTimeOffset)deleted["restorable_until"]! - (DateTimeOffset)deleted["deleted_at"]!).TotalDays);

        foreach (var person in new[] { team.Owner, team.Admin, team.Member })
        {
            (await person.Api.GetAsync(team.Path)).Is(HttpStatusCode.NotFound, "NOT_FOUND");
            Assert.Empty(Ids(await person.Api.GetAsync("/api/orgs")));
            Assert.Equal([team.OrgId], Ids(await person.Api.GetAsync("/api/orgs?deleted=true")));
        }

        (await team.Member.Api.PostAsync(team.Path + "/restore", null)).Is(HttpStatusCode.Forbidden, "ROLE_REQUIRED");
        (await team.Stranger.Api.PostAsync(team.Path + "/restore", null)).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        (await team.Owner.Api.PostAsync(team.Path + "/restore", null)).Is(HttpStatusCode.OK);
        (await team.Owner.Api.PostAsync(team.Path + "/restore", null)).Is(HttpStatusCode.OK);
        (await team.Member.Api.GetAsync(team.Path)).Is(HttpStatusCode.OK);
        Assert.Equal(["org.deleted", "org.restored"], await team.AuditAsync());
    }

    [Fact]
    public async Task An_org_that_still_pays_is_not_deleted()
    {
        using var team = await Team.NewAsync(postgres);
        var slug = (string)(await team.Owner.Api.GetAsync(team.Path)).Json["slug"]!;
        await team.SqlAsync("update subscriptions set stripe_subscription_id = 'sub_' || org_id where org_id = $1");

        (await team.Owner.Api.SendAsync(HttpMethod.Delete, team.Path, new { confirm = slug })).Is(HttpStatusCode.Conflict, "STATE_CONFLICT");

        await team.SqlAsync("update subscriptions set cancel_at_period_end = true where org_id = $1");
        (await team.Owner.Api.SendAsync(HttpMethod.Delete, team.Path, new { confirm = slug })).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task D_RET_03_after_thirty_days_it_is_purged_once_with_its_files_and_the_audit_names_nobody()
    {
        using var team = await Team.NewAsync(postgres);
        using var younger = await Team.NewAsync(postgres);
        var server = await postgres.ServerAsync();
        var bundles = server.Services.GetRequiredService<BundleStore>();
        var key = BundleStore.Key(team.OrgId, TimeProvider.System.GetUtcNow(), "saas", "M07", Guid.CreateVersion7(), "bundle.zip");
        await bundles.SaveAsync(key, new byte[] { 1 }, Ct);
        (await team.Owner.Api.PatchAsync(team.Path, new { name = "Ana Pop" })).Is(HttpStatusCode.OK);
        await team.SqlAsync("update orgs set deleted_at = now() - interval '30 days 1 minute' where id = $1");
        await younger.SqlAsync("update orgs set deleted_at = now() - interval '29 days 23 hours' where id = $1");
        (await team.Owner.Api.PostAsync(team.Path + "/restore", null)).Is(HttpStatusCode.NotFound);

        var (db, clock, log) = (await postgres.DbAsync(), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<PurgeOrgs>.Instance);
        var purged = await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            using var node = new PurgeOrgs(db, bundles, clock, log);
            return await node.RunAsync(Ct);
        }));

        Assert.Equal(0L, await team.SqlAsync("select count(*) from orgs where id = $1"));
        Assert.Equal(1L, await younger.SqlAsync("select count(*) from orgs where id = $1"));
        Assert.False(File.Exists(bundles.PathOf(key)));
        Assert.Equal(["org.renamed", "org.purged"], await team.AuditAsync());
        Assert.True(purged.Sum() >= 1);
        Assert.Equal(0L, await team.SqlAsync("select count(*) from audit_log where org_id = $1 and (actor_id is not null or ip is not null or details <> '{}')"));
    }

    [Fact]
    public async Task Nobody_gets_a_page_of_another_persons_list_and_pages_follow_each_other()
    {
        using var one = await (await Accounts.NewAsync(postgres)).CallerAsync(postgres);
        using var two = await (await Accounts.NewAsync(postgres)).CallerAsync(postgres);
        var made = new List<Guid>();
        foreach (var n in Enumerable.Range(0, 3))
            made.Add((Guid)(await one.PostAsync("/api/orgs", new { name = $"Page {n}" })).Is(HttpStatusCode.Created).Json["id"]!);

        var first = (await one.GetAsync("/api/orgs?limit=2")).Is(HttpStatusCode.OK);
        var cursor = (string)first.Json["next_cursor"]!;

        Assert.Equal([made[2], made[1]], Ids(first));
        Assert.Equal([made[0]], Ids(await one.GetAsync("/api/orgs?limit=2&cursor=" + cursor)));
        (await two.GetAsync("/api/orgs?cursor=" + cursor)).Is(HttpStatusCode.BadRequest, "CURSOR_INVALID");
        (await one.GetAsync("/api/orgs?limit=201")).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        (await one.GetAsync("/api/orgs?limit=x")).Is(HttpStatusCode.BadRequest, "BODY_INVALID");
    }

    private static Guid[] Ids(ApiAnswer answer) => [.. answer.Is(HttpStatusCode.OK).Json["items"]!.AsArray().Select(o => (Guid)o!["id"]!)];
}
