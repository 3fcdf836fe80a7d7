using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using PromptForge.Core;
using PromptForge.Core.Bundling;
using PromptForge.Core.Prompting;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Runs;

/// <summary>GET /api/orgs/{org_id}/runs: summaries, newest first, without any text of a client.</summary>
internal static class ListRuns
{
    internal const string Sql = """
        select r.id as run_id, r.status::text, r.type::text, r.module_id::text, r.module_version::text, r.language::text, p.slug::text as project, s.total::int, s.verdict::text, r.model, r.simulated, r.tokens_in, r.tokens_out,
               r.cost_usd, r.duration_ms, r.error_code, r.created_by, r.api_key_id, r.created_at, r.finished_at
          from runs r
          left join projects p on p.org_id = r.org_id and p.id = r.project_id
          left join prompt_scores s on s.org_id = r.org_id and s.run_id = r.id
         where r.org_id = @Org
           and (@After::uuid is null or r.id < @After)
           and (@From::timestamptz is null or r.id >= app.uuid_from(@From))
           and (@To::timestamptz is null or r.id < app.uuid_from(@To))
           and (@Module::text is null or r.module_id = @Module)
           and (@Status::text is null or r.status = @Status::run_status_t)
           and (@Type::text is null or r.type = @Type::run_type_t)
           and (@Verdict::text is null or s.verdict = @Verdict::score_verdict_t)
           and (@Project::text is null or r.project_id = (select id from projects where org_id = @Org and slug = @Project))
         order by r.id desc limit @Fetch
        """;

    public static void Map(WebApplication app) => app.MapOrgGroup("/runs").MapGet("", GetAsync).ForScope("api.read").ForFlag("hasCloudHistory")
        .WithName("listRuns").WithTags("Runs").WithSummary("List an organisation's runs");

    private static async Task<Results<Ok<Page<RunSummary>>, Problem>> GetAsync(OrgAccess org, [AsParameters] RunFilter filter, int? limit, string? cursor, Cursors cursors, Db db, CancellationToken ct)
    {
        if (filter.Faults() is { Count: > 0 } faults)
            return Problem.Of(ApiError.InputInvalid, faults);
        var page = cursors.Read("runs", org.OrgId, limit, cursor);
        var rows = await db.InOrgAsync(org.OrgId, org.UserId, (scope, token) => scope.QueryAsync<RunSummary>(Sql, new
        {
            Org = org.OrgId,
            page.After,
            page.Fetch,
            From = IdTimes.Within(filter.From),
            To = IdTimes.Within(filter.To),
            Module = filter.Module?.ToUpperInvariant(),
            Status = filter.Status?.ToLowerInvariant(),
            Type = filter.Type?.ToLowerInvariant(),
            Verdict = filter.Verdict?.ToLowerInvariant(),
            filter.Project,
        }, token), ct);
        return TypedResults.Ok(cursors.Page("runs", org.OrgId, page, rows, r => r.RunId));
    }
}

/// <param name="From">Made at this time or later.</param>
/// <param name="To">Made before this time.</param>
internal sealed record RunFilter(
    [FromQuery(Name = "module")] string? Module, [FromQuery(Name = "status")] string? Status, [FromQuery(Name = "type")] string? Type, [FromQuery(Name = "project")] string? Project, [FromQuery(Name = "verdict")] string? Verdict, [FromQuery(Name = "from")] DateTimeOffset? From, [FromQuery(Name = "to")] DateTimeOffset? To)
{
    private static readonly string[] Statuses = ["queued", "running", "success", "error", "timeout", "canceled"];

    public List<Fault> Faults()
    {
        var faults = new List<Fault>();
        if (Module is { } module && !(module.Length == 3 && module[0] is 'M' or 'm' && int.TryParse(module.AsSpan(1), out var number) && number is >= 1 and <= 50))
            faults.Add(new(InputReader.Code, "/module", "Modules are M01 to M50."));
        Listed("/status", Status, Statuses);
        Listed("/type", Type, Codes<RunType>.All);
        Listed("/verdict", Verdict, Codes<Verdict>.All);
        if (Project is { } project && (project.Length is 0 or > 100 || project.Contains('\0', StringComparison.Ordinal)))
            faults.Add(new(InputReader.Code, "/project", "A project is named by its slug."));
        if (From >= To)
            faults.Add(new(InputReader.Code, "/to", "to must be later than from."));
        return faults;

        void Listed(string at, string? value, IReadOnlyList<string> allowed)
        {
            if (value is not null && !allowed.Contains(value, StringComparer.OrdinalIgnoreCase))
                faults.Add(new(InputReader.Code, at, $"\"{SevenDParser.Short(value)}\" is not allowed here. Allowed: {string.Join(", ", allowed)}.") { Allowed = allowed });
        }
    }
}

/// <summary>One run of a list.</summary>
/// <param name="Total">Null until the run is scored.</param>
public sealed record RunSummary(
    Guid RunId, string Status, string Type, string ModuleId, string ModuleVersion, string Language, string? Project, int? Total, string? Verdict, string Model, bool Simulated, int TokensIn, int TokensOut, decimal? CostUsd,
    long DurationMs, string? ErrorCode, Guid? CreatedBy, Guid? ApiKeyId, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt);
