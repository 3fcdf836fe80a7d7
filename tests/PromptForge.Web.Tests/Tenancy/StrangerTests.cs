using System.Net;

namespace PromptForge.Web.Tests.Tenancy;

public sealed class StrangerTests(PostgresFixture postgres)
{
    /// <summary>Every operation inside an org that people use, with bodies that would do.</summary>
    private static readonly (string Method, string Path, object? Body)[] Operations =
    [
        ("GET", "", null), ("PATCH", "", new { name = "Mine" }), ("DELETE", "", new { confirm = "{slug}" }), ("POST", "/restore", null),
        ("GET", "/members", null), ("POST", "/members", new { email = "a@example.test", role = "member" }), ("POST", "/members", new { user_id = "{user}", role = "member" }),
        ("PATCH", "/members/{user}", new { role = "owner" }), ("DELETE", "/members/{user}", null),
        ("GET", "/invitations", null), ("DELETE", "/invitations/{invitation}", null), ("POST", "/invitations/{invitation}/resend", null),
        ("GET", "/projects", null), ("POST", "/projects", new { name = "Mine" }), ("GET", "/projects/{project}", null), ("PATCH", "/projects/{project}", new { name = "Mine" }),
        ("GET", "/audit", null), ("GET", "/audit?format=csv", null),
    ];

    [Fact]
    public async Task What_belongs_to_another_org_is_not_there_whatever_a_stranger_asks()
    {
        using var team = await Team.NewAsync(postgres);
        using var theirs = await Team.NewAsync(postgres);
        await FillAsync(theirs);
        var before = await StateAsync(theirs);

        foreach (var (method, path, body) in Operations)
            (await team.Owner.Api.SendAsync(new HttpMethod(method), theirs.Path + await FillInAsync(theirs, path), await BodyAsync(theirs, body))).Is(HttpStatusCode.NotFound, "NOT_FOUND");

        // Their things under one's own org: what names a thing is not found, and no page of theirs opens.
        foreach (var (method, path, body) in Operations.Where(o => o.Path.Contains("/{", StringComparison.Ordinal)))
            (await team.Owner.Api.SendAsync(new HttpMethod(method), team.Path + await FillInAsync(theirs, path), await BodyAsync(theirs, body))).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        foreach (var list in new[] { "/members", "/projects", "/audit" })
        {
            var cursor = (string)(await theirs.Owner.Api.GetAsync($"{theirs.Path}{list}?limit=1")).Is(HttpStatusCode.OK).Json["next_cursor"]!;
            (await team.Owner.Api.GetAsync($"{team.Path}{list}?limit=1&cursor={cursor}")).Is(HttpStatusCode.BadRequest, "CURSOR_INVALID");
        }

        Assert.Equal(before, await StateAsync(theirs));
    }

    [Fact]
    public async Task Nobody_gets_in_without_signing_in()
    {
        using var team = await Team.NewAsync(postgres);
        using var nobody = await Http.ApiCaller.NobodyAsync(postgres);

        foreach (var (method, path, body) in Operations)
            (await nobody.SendAsync(new HttpMethod(method), team.Path + await FillInAsync(team, path), await BodyAsync(team, body))).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
        (await nobody.GetAsync("/api/orgs")).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
        (await nobody.PostAsync("/api/orgs", new { name = "Mine" })).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
    }

    private static async Task FillAsync(Team team)
    {
        (await team.Owner.Api.PostAsync(team.Path + "/projects", new { name = "Theirs", slug = "theirs" })).Is(HttpStatusCode.Created);
        (await team.Owner.Api.PostAsync(team.Path + "/projects", new { name = "Others", slug = "others" })).Is(HttpStatusCode.Created);
        await team.SqlAsync("insert into invitations (org_id, id, email, role, token_hash, expires_at) values ($1, gen_random_uuid(), 'b@example.test', 'member', sha256(gen_random_uuid()::text::bytea), now() + interval '7 days')");
    }

    private static async Task<string> FillInAsync(Team team, string text) => text
        .Replace("{user}", team.Member.Id.ToString(), StringComparison.Ordinal)
        .Replace("{project}", "theirs", StringComparison.Ordinal)
        .Replace("{slug}", (string)(await team.SqlAsync("select slug::text from orgs where id = $1"))!, StringComparison.Ordinal)
        .Replace("{invitation}", (await team.SqlAsync("select id from invitations where org_id = $1") ?? Guid.Empty).ToString(), StringComparison.Ordinal);

    private static async Task<string?> BodyAsync(Team team, object? body) => body is null ? null : await FillInAsync(team, System.Text.Json.JsonSerializer.Serialize(body));

    private static async Task<string> StateAsync(Team team) => (string)(await team.SqlAsync("""
        select concat_ws(' ', (select o::text from orgs o where id = $1), (select string_agg(m::text, ' ' order by user_id) from org_members m where org_id = $1),
                         (select string_agg(p::text, ' ' order by id) from projects p where org_id = $1), (select string_agg(i::text, ' ' order by id) from invitations i where org_id = $1))
        """))!;
}
