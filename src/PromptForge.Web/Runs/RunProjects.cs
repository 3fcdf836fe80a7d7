using PromptForge.Web.Platform;

namespace PromptForge.Web.Runs;

/// <summary>The projects that runs name, kept until one of the org's changes on any node: a run asks for its project every time.</summary>
public sealed class RunProjects
{
    private readonly Cached<(Guid OrgId, string Slug), RunProject?> kept;
    private readonly Db db;

    public RunProjects(Db db, Changes changes, TimeProvider clock)
    {
        this.db = db;
        kept = new(changes, clock, capacity: 20_000);
        changes.Subscribe("project", org => kept.DropWhere((key, _) => key.OrgId == org), kept.Clear);
    }

    public ValueTask<RunProject?> FindAsync(Guid orgId, string slug, CancellationToken ct) => kept.GetAsync((orgId, slug), (key, token) => db.InOrgAsync(key.OrgId, null, (scope, inner) =>
        scope.QueryFirstOrDefaultAsync<RunProject>("select id, slug, archived_at is not null as archived from projects where org_id = @Org and slug = @Slug", new { Org = key.OrgId, key.Slug }, inner), token), ct);
}

public sealed record RunProject(Guid Id, string Slug, bool Archived);
