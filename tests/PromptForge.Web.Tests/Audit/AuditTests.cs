using System.Net;
using System.Text.Json.Nodes;
using PromptForge.Web.Platform;
using PromptForge.Web.Tests.Tenancy;

namespace PromptForge.Web.Tests.Audit;

public sealed class AuditTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Owners_and_admins_read_who_did_what_from_where_and_members_do_not()
    {
        using var team = await Team.NewAsync(postgres);
        (await team.Admin.Api.PatchAsync($"{team.Path}/members/{team.Member.Id}", new { role = "admin" })).Is(HttpStatusCode.OK);
        (await team.Admin.Api.PatchAsync($"{team.Path}/members/{team.Member.Id}", new { role = "member" })).Is(HttpStatusCode.OK);

        var entry = (await team.Owner.Api.GetAsync(team.Path + "/audit")).Is(HttpStatusCode.OK).Json["items"]!.AsArray()[1]!;

        Assert.Equal(("member.role_changed", "user", team.Admin.Id, team.Admin.Email, "member", team.Member.Id.ToString(), "127.0.0.1"),
            ((string?)entry["action"], (string?)entry["actor_kind"], (Guid?)entry["actor_id"], (string?)entry["actor_email"], (string?)entry["target_type"], (string?)entry["target_id"], (string?)entry["ip"]));
        Assert.Equal("""{"to":"admin","from":"member"}""", entry["details"]!.ToJsonString());
        (await team.Member.Api.GetAsync(team.Path + "/audit")).Is(HttpStatusCode.Forbidden, "ROLE_REQUIRED");
    }

    [Fact]
    public async Task It_is_filtered_by_action_actor_and_time_and_paged()
    {
        using var team = await Team.NewAsync(postgres);
        foreach (var (action, at) in new[] { ("member.added", "2026-03-01"), ("member.removed", "2026-03-02"), ("project.created", "2026-03-03"), ("membership.x", "2026-03-04") })
            await team.SqlAsync("insert into audit_log (org_id, id, actor_kind, actor_id, action, created_at) values ($1, app.uuid_from($3::text::timestamptz), 'user', $2, $4, $3::text::timestamptz)",
                action == "project.created" ? team.Owner.Id : team.Admin.Id, at + "T00:00:00Z", action);

        await ShowsAsync("", "membership.x", "project.created", "member.removed", "member.added");
        await ShowsAsync("?action=member", "member.removed", "member.added");
        await ShowsAsync("?action=member.added", "member.added");
        await ShowsAsync($"?actor={team.Owner.Id}", "project.created");
        await ShowsAsync("?from=2026-03-02T00:00:00Z&to=2026-03-04T00:00:00Z", "project.created", "member.removed");
        await ShowsAsync("?to=1900-01-01T00:00:00Z");
        await ShowsAsync("?from=9999-12-31T23:59:59.9999999Z");
        await ShowsAsync("?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59.9999999Z&action=member.added", "member.added");
        var first = (await team.Owner.Api.GetAsync(team.Path + "/audit?limit=3")).Is(HttpStatusCode.OK).Json;
        await ShowsAsync($"?limit=3&cursor={first["next_cursor"]}", "member.added");
        foreach (var bad in new[] { "?action=%25", "?action=a..b", "?format=pdf", "?limit=0" })
            (await team.Owner.Api.GetAsync(team.Path + "/audit" + bad)).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        foreach (var bad in new[] { "?from=yesterday", "?actor=me" })
            (await team.Owner.Api.GetAsync(team.Path + "/audit" + bad)).Is(HttpStatusCode.BadRequest, "BODY_INVALID");

        async Task ShowsAsync(string query, params string[] actions) =>
            Assert.Equal(actions, (await team.Owner.Api.GetAsync(team.Path + "/audit" + query)).Is(HttpStatusCode.OK).Json["items"]!.AsArray().Select(e => (string)e!["action"]!));
    }

    [Fact]
    public async Task It_is_exported_whole_as_csv_or_jsonl_and_the_export_is_an_entry_itself()
    {
        using var team = await Team.NewAsync(postgres);
        await team.SqlAsync("""
            insert into audit_log (org_id, id, actor_kind, action, target_type, target_id, details)
            select $1, app.uuid_from(now() - n * interval '1 minute'), 'system', 'org.renamed', 'org', '=1+1', '{"a":"x,\"y\""}' from generate_series(1, 2500) n
            """);

        var csv = (await team.Admin.Api.GetAsync(team.Path + "/audit?format=csv&action=org")).Is(HttpStatusCode.OK);
        var lines = csv.Text.TrimEnd().Split("\r\n");
        Assert.Equal(("text/csv", 2501), (csv.ContentType, lines.Length));
        Assert.EndsWith(",org.renamed,org,'=1+1,,\"{\"\"a\"\":\"\"x,\\\"\"y\\\"\"\"\"}\"", lines[1], StringComparison.Ordinal);

        var jsonl = (await team.Admin.Api.GetAsync(team.Path + "/audit?format=jsonl")).Is(HttpStatusCode.OK).Text.TrimEnd().Split('\n').Select(l => JsonNode.Parse(l)!).ToList();
        Assert.Equal(2502, jsonl.Count);
        Assert.Equal(["audit.exported", "audit.exported"], jsonl.Take(2).Select(e => (string)e["action"]!));
        Assert.Equal(jsonl.Count, jsonl.Select(e => (string)e["id"]!).Distinct().Count());
        (await team.Member.Api.GetAsync(team.Path + "/audit?format=csv")).Is(HttpStatusCode.Forbidden, "ROLE_REQUIRED");
    }

    [Theory]
    [InlineData("update audit_log set details = '{\"a\":1}' where org_id = @Org")]
    [InlineData("delete from audit_log where org_id = @Org")]
    [InlineData("truncate audit_log")]
    public async Task The_server_adds_to_it_and_can_neither_change_nor_remove(string sql)
    {
        using var team = await Team.NewAsync(postgres);
        var db = await postgres.DbAsync();

        var refused = await Assert.ThrowsAsync<PlatformException>(() => db.InOrgAsync(team.OrgId, null, (scope, token) => scope.ExecuteAsync(sql, new { Org = team.OrgId }, token), Ct));

        Assert.Equal("ACCESS_REFUSED", refused.Code);
    }

    [Fact]
    public async Task Not_even_the_function_that_makes_a_purged_org_anonymous_touches_one_that_exists()
    {
        using var team = await Team.NewAsync(postgres);
        (await team.Owner.Api.PatchAsync(team.Path, new { name = "Renamed" })).Is(HttpStatusCode.OK);

        await (await postgres.DbAsync()).InOrgAsync(team.OrgId, null, (scope, token) => scope.ExecuteAsync("select app.forget_people_in_audit()", null, token), Ct);

        Assert.Equal(team.Owner.Id, await team.SqlAsync("select actor_id from audit_log where org_id = $1"));
    }
}
