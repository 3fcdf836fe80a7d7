using System.Net;
using PromptForge.Web.Tests.Tenancy;

namespace PromptForge.Web.Tests.Projects;

public sealed class ProjectTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_member_creates_reads_renames_and_archives_a_project()
    {
        using var team = await Team.NewAsync(postgres);
        var (path, api) = (team.Path + "/projects", team.Member.Api);

        var made = (await api.PostAsync(path, new { name = "Acme KYC", description = "Two\nlines", meta = new { crm = new { id = 7, tags = new[] { "a" } } } })).Is(HttpStatusCode.Created);
        Assert.Equal(("acme-kyc", "Two\nlines", 7, 0L), ((string?)made.Json["slug"], (string?)made.Json["description"], (int?)made.Json["meta"]!["crm"]!["id"], (long?)made.Json["runs"]));
        Assert.Equal($"{path}/acme-kyc", made.Headers["Location"]);

        var changed = (await api.PatchAsync($"{path}/acme-kyc", new { name = "Acme", slug = "acme", description = "" })).Is(HttpStatusCode.OK).Json;
        Assert.Equal(("Acme", "acme", null, 7), ((string?)changed["name"], (string?)changed["slug"], (string?)changed["description"], (int?)changed["meta"]!["crm"]!["id"]));
        (await api.GetAsync($"{path}/acme-kyc")).Is(HttpStatusCode.NotFound);

        Assert.NotNull((await api.PatchAsync($"{path}/acme", new { archived = true })).Is(HttpStatusCode.OK).Json["archived_at"]);
        Assert.Empty((await api.GetAsync(path)).Json["items"]!.AsArray());
        Assert.Single((await api.GetAsync(path + "?archived=true")).Json["items"]!.AsArray());
        (await api.PatchAsync($"{path}/acme", new { archived = true })).Is(HttpStatusCode.OK);
        Assert.Null((await api.PatchAsync($"{path}/acme", new { archived = false })).Is(HttpStatusCode.OK).Json["archived_at"]);
        Assert.Equal(["project.created", "project.changed", "project.archived", "project.unarchived"], await team.AuditAsync());
    }

    [Fact]
    public async Task Owners_admins_and_the_creator_change_it_and_other_members_do_not()
    {
        using var team = await Team.NewAsync(postgres);
        (await team.Member.Api.PostAsync(team.Path + "/projects", new { name = "Mine", slug = "mine" })).Is(HttpStatusCode.Created);
        var colleague = await team.JoinAsync("member");

        foreach (var may in new[] { team.Owner, team.Admin, team.Member })
            (await may.Api.PatchAsync(team.Path + "/projects/mine", new { name = "Changed" })).Is(HttpStatusCode.OK);
        (await colleague.Api.PatchAsync(team.Path + "/projects/mine", new { name = "Changed" })).Is(HttpStatusCode.Forbidden, "ROLE_REQUIRED");
        (await colleague.Api.GetAsync(team.Path + "/projects/mine")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Of_many_who_want_one_slug_at_once_one_gets_it_and_names_alone_never_collide()
    {
        using var team = await Team.NewAsync(postgres);

        var wanted = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => team.Member.Api.PostAsync(team.Path + "/projects", new { name = "Same", slug = "same" })));
        var named = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => team.Member.Api.PostAsync(team.Path + "/projects", new { name = "Same" })));

        Assert.Single(wanted, a => a.Status == HttpStatusCode.Created);
        Assert.All(wanted.Where(a => a.Status != HttpStatusCode.Created), a => a.Is(HttpStatusCode.Conflict, "SLUG_TAKEN"));
        Assert.Equal(4, named.Select(a => (string)a.Is(HttpStatusCode.Created).Json["slug"]!).Distinct().Count());
        (await team.Member.Api.PatchAsync($"{team.Path}/projects/{named[0].Json["slug"]}", new { slug = "same" })).Is(HttpStatusCode.Conflict, "SLUG_TAKEN");
    }

    [Fact]
    public async Task The_list_shows_runs_cost_and_the_last_run_of_each()
    {
        using var team = await Team.NewAsync(postgres);
        var busy = (Guid)(await team.Member.Api.PostAsync(team.Path + "/projects", new { name = "Busy" })).Is(HttpStatusCode.Created).Json["id"]!;
        (await team.Member.Api.PostAsync(team.Path + "/projects", new { name = "Quiet" })).Is(HttpStatusCode.Created);
        await team.SqlAsync("""
            with s as (insert into parameter_sets (org_id, id, signature, domain, scale, urgency, complexity, resources, application, output_formats)
                       values ($1, gen_random_uuid(), '4949d477eb5d4d97ac4ca75414b2d9c59d433a2f961a5d63d3744a01ffd7b75b', 'saas', 'startup', 'planned', 'advanced', 'lean_team', 'implementation', '{spec}') returning id, signature),
                 v as (select semver from module_versions where module_id = 'M07' limit 1)
            insert into runs (org_id, id, project_id, module_id, module_version, ruleset_version, parameter_set_id, signature, type, status, language, model, cost_usd, created_at, started_at, finished_at)
            select $1, app.uuid_from(timestamptz '2026-01-01' + n * interval '1 day'), $2, 'M07', v.semver, '1.0.0', s.id, s.signature, 'generation', 'success', 'en', 'none',
                   case n when 3 then null else 0.25 end, timestamptz '2026-01-01' + n * interval '1 day', timestamptz '2026-01-01', timestamptz '2026-02-01'
              from s, v, generate_series(1, 3) n
            """, busy);

        var items = (await team.Member.Api.GetAsync(team.Path + "/projects")).Is(HttpStatusCode.OK).Json["items"]!.AsArray();

        Assert.Equal([("Quiet", 0L, 0m, null), ("Busy", 3L, 0.5m, (DateTimeOffset?)new DateTimeOffset(2026, 1, 4, 0, 0, 0, TimeSpan.Zero))],
            items.Select(p => ((string)p!["name"]!, (long)p["runs"]!, (decimal)p["cost_usd"]!, (DateTimeOffset?)p["last_run_at"])));
    }

    [Theory]
    [InlineData("""{"name":"x","meta":{"a":"\u0000"}}""", "INPUT_INVALID")]
    [InlineData("""{"name":"x","meta":{"a\u202E":1}}""", "INPUT_INVALID")]
    [InlineData("""{"name":"x","meta":{"a":["\ud800"]}}""", null)]
    [InlineData("""{"name":"x","meta":{"\ud800":1}}""", null)]
    [InlineData("""{"name":"x","meta":{"a":1e999}}""", "INPUT_INVALID")]
    [InlineData("""{"name":"x","meta":[1]}""", "INPUT_INVALID")]
    [InlineData("""{"name":"x","meta":{"a":1,"a":2}}""", "BODY_INVALID")]
    [InlineData("""{"name":"x","meta":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}}}}}}}}}""", "BODY_INVALID")]
    [InlineData("""{"name":"x\u200B"}""", "INPUT_INVALID")]
    [InlineData("""{"name":"x","description":"\u0007"}""", "INPUT_INVALID")]
    [InlineData("""{"name":"x","slug":"A"}""", "INPUT_INVALID")]
    [InlineData("""{"name":"x","slug":5}""", "BODY_INVALID")]
    [InlineData("""{"name":"x","owner":"me"}""", "BODY_INVALID")]
    public async Task A_bad_body_is_refused_and_nothing_is_written(string body, string? code)
    {
        using var team = await Team.NewAsync(postgres);

        var answer = (await team.Member.Api.PostAsync(team.Path + "/projects", body)).Is(HttpStatusCode.BadRequest, code);

        Assert.Contains(answer.Code, new[] { "INPUT_INVALID", "BODY_INVALID" });
        Assert.Equal(0L, await team.SqlAsync("select count(*) from projects where org_id = $1"));
    }

    [Fact]
    public async Task What_is_too_long_is_refused_and_an_unknown_slug_is_not_there()
    {
        using var team = await Team.NewAsync(postgres);

        (await team.Member.Api.PostAsync(team.Path + "/projects", new { name = new string('n', 101) })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        (await team.Member.Api.PostAsync(team.Path + "/projects", new { name = "x", description = new string('d', 2001) })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        (await team.Member.Api.PostAsync(team.Path + "/projects", new { name = "x", meta = new { a = new string('m', 16_000) } })).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        foreach (var slug in new[] { "nothing", "No%E2%80%AEthing", "a%2Fb", new string('s', 500) })
            (await team.Member.Api.GetAsync($"{team.Path}/projects/{slug}")).Is(HttpStatusCode.NotFound, "NOT_FOUND");
    }

    [Fact]
    public async Task One_idempotency_key_makes_one_project()
    {
        using var team = await Team.NewAsync(postgres);
        (string, string) key = ("Idempotency-Key", "one");

        var first = (await team.Member.Api.PostAsync(team.Path + "/projects", new { name = "Once" }, key)).Is(HttpStatusCode.Created);
        var second = (await team.Member.Api.PostAsync(team.Path + "/projects", new { name = "Once" }, key)).Is(HttpStatusCode.Created);

        Assert.Equal(first.Text, second.Text);
        Assert.Equal(1L, await team.SqlAsync("select count(*) from projects where org_id = $1"));
    }
}
