using System.Text.Json.Nodes;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Projects;

/// <summary>A project with what was done in it.</summary>
/// <param name="ArchivedAt">Null while it is in use.</param>
/// <param name="CostUsd">Of its runs whose cost is known.</param>
public sealed record ProjectItem(
    Guid Id, string Slug, string Name, string? Description, JsonObject? Meta, Guid? CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, DateTimeOffset? ArchivedAt,
    long Runs, decimal CostUsd, DateTimeOffset? LastRunAt);

/// <summary>How projects are read: the page is cut first, then its runs are counted out of one index.</summary>
internal static class ProjectRows
{
    /// <param name="which">A condition on <c>projects</c>, with what orders and limits it.</param>
    public static async Task<List<ProjectItem>> ReadAsync(OrgScope scope, string which, object parameters, CancellationToken ct) => [.. (await scope.QueryAsync<Row>($"""
        select p.id, p.slug::text, p.name, p.description, p.meta::text, p.created_by, p.created_at, p.updated_at, p.archived_at, r.runs, r.cost_usd,
               (select l.created_at from runs l where l.org_id = p.org_id and l.project_id = p.id order by l.id desc limit 1) as last_run_at
          from (select * from projects where org_id = @Org and {which}) p
         cross join lateral (select count(*) as runs, coalesce(sum(cost_usd), 0) as cost_usd from runs where org_id = p.org_id and project_id = p.id) r
         order by p.id desc
        """, parameters, ct)).Select(r => new ProjectItem(r.Id, r.Slug, r.Name, r.Description, r.Meta is null ? null : JsonNode.Parse(r.Meta)!.AsObject(), r.CreatedBy, r.CreatedAt, r.UpdatedAt, r.ArchivedAt, r.Runs, r.CostUsd, r.LastRunAt))];

    private sealed record Row(
        Guid Id, string Slug, string Name, string? Description, string? Meta, Guid? CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, DateTimeOffset? ArchivedAt,
        long Runs, decimal CostUsd, DateTimeOffset? LastRunAt);
}
