using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core;
using PromptForge.Core.Prompting;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Prompts;

/// <summary>GET /api/orgs/{org_id}/prompts: the history, newest first, without the texts.</summary>
internal static class ListPrompts
{
    private const int Longest = 120;

    public static void Map(WebApplication app) => app.MapOrgGroup("/prompts").MapGet("", GetAsync).ForScope("api.read").ForFlag("hasCloudHistory")
        .WithName("listPrompts").WithTags("Prompts").WithSummary("List an organisation's prompts");

    private static async Task<Results<Ok<Page<PromptSummary>>, Problem>> GetAsync(OrgAccess org, string? module, string? project, string? name, int? limit, string? cursor, Cursors cursors, Db db, CancellationToken ct)
    {
        List<Fault> faults = [.. new[] { ("module", module), ("project", project), ("name", name) }.Where(f => f.Item2 is { } text && (text.Length is 0 or > Longest || text.Contains('\0', StringComparison.Ordinal)))
            .Select(f => new Fault(InputReader.Code, "/" + f.Item1, $"{f.Item1} has 1 to {Longest} characters."))];
        if (faults.Count > 0)
            return Problem.Of(ApiError.InputInvalid, faults);
        var page = cursors.Read("prompts", org.OrgId, limit, cursor);
        var rows = await db.InOrgAsync(org.OrgId, org.UserId, (scope, token) => scope.QueryAsync<PromptSummary>("""
            select h.id as prompt_id, h.name, h.version, p.slug::text as project, h.module_id::text, h.module_version::text, h.language::text, h.config ->> 'domain' as domain, h.signature::text, h.hash::text, h.user_id as created_by, h.created_at
              from prompt_history h left join projects p on p.org_id = h.org_id and p.id = h.project_id
             where h.org_id = @Org and (@After::uuid is null or h.id < @After)
               and (@Module::text is null or h.module_id = @Module)
               and (@Name::text is null or h.name = @Name)
               and (@Project::text is null or h.project_id = (select id from projects where org_id = @Org and slug = @Project))
             order by h.id desc limit @Fetch
            """, new { Org = org.OrgId, page.After, page.Fetch, Module = module?.ToUpperInvariant(), Name = name, Project = project }, token), ct);
        return TypedResults.Ok(cursors.Page("prompts", org.OrgId, page, rows, r => r.PromptId));
    }
}

/// <summary>One prompt of a list.</summary>
/// <param name="Name">Null for the prompt of a run, which is version 1 of itself.</param>
public sealed record PromptSummary(
    Guid PromptId, string? Name, int Version, string? Project, string ModuleId, string ModuleVersion, string Language, string Domain, [property: System.Text.Json.Serialization.JsonPropertyName("signature_7d")] string Signature, string Hash,
    Guid? CreatedBy, DateTimeOffset CreatedAt);
