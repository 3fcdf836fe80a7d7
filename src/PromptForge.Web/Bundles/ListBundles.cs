using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Bundles;

/// <summary>GET .../runs/{run_id}/bundles: what a run was exported as, newest first.</summary>
internal static class ListBundles
{
    public static void Map(WebApplication app) => app.MapOrgGroup("/runs").MapGet("/{run_id:guid}/bundles", GetAsync).ForScope("api.read")
        .WithName("listBundles").WithTags("Bundles").WithSummary("List a run's bundles");

    private static async Task<Results<Ok<Page<BundleListed>>, Problem>> GetAsync(Guid run_id, OrgAccess org, int? limit, string? cursor, Cursors cursors, Db db, CancellationToken ct)
    {
        var page = cursors.Read($"bundles/{run_id:n}", org.OrgId, limit, cursor);
        var rows = await db.InOrgAsync(org.OrgId, org.UserId, async (scope, token) =>
        {
            if (!await scope.QuerySingleAsync<bool>("select exists (select from runs where org_id = @Org and id = @Run)", new { Org = org.OrgId, Run = run_id }, token))
                throw new RefusedException(new(ApiError.NotFound));
            return await scope.QueryAsync<BundleRow>($"""
                select {BundleRow.Columns} from bundles b
                 where b.org_id = @Org and b.run_id = @Run and (@After::uuid is null or b.id < @After) order by b.id desc limit @Fetch
                """, new { Org = org.OrgId, Run = run_id, page.After, page.Fetch }, token);
        }, ct);
        return TypedResults.Ok(cursors.Page($"bundles/{run_id:n}", org.OrgId, page, [.. rows.Select(BundleListed.Of)], b => b.BundleId));
    }
}

/// <summary>A bundle in a list.</summary>
/// <param name="Superseded">The run's output was repaired after this was exported, so it holds the one before.</param>
/// <param name="PurgedAt">When its files were deleted because the plan's term was over; what was sold stays listed.</param>
public sealed record BundleListed(
    Guid BundleId, Guid RunId, string Checksum, string Version, IReadOnlyList<string> Formats, IReadOnlyList<BundleFileAnswer> Files, DateTimeOffset ExportedAt, bool Superseded, DateTimeOffset? PurgedAt)
{
    internal static BundleListed Of(BundleRow row) => new(row.Id, row.RunId, row.Checksum, row.Version, row.Formats, row.Answer.Files, row.ExportedAt, row.Superseded, row.PurgedAt);
}
