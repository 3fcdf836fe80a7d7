using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

/// <param name="Role">The caller's; null for an API key.</param>
/// <param name="SeatsTaken">Members and open invitations. It may be above <paramref name="Seats"/> after those were lowered; then nobody can be added.</param>
public sealed record OrgDetail(Guid Id, string Name, string Slug, OrgRole? Role, int Seats, int SeatsTaken, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

internal static class GetOrg
{
    public static async Task<Results<Ok<OrgDetail>, Problem>> HandleAsync(OrgAccess org, Db db, EntitlementResolver entitlements, CancellationToken ct)
    {
        var rights = await entitlements.OfAsync(org.OrgId, null, ct);
        return await db.InOrgAsync<Results<Ok<OrgDetail>, Problem>>(org.OrgId, org.UserId, async (scope, token) =>
        {
            var row = await scope.QueryFirstOrDefaultAsync<Row>("select name, slug::text, created_at, updated_at from orgs where id = @Org and deleted_at is null", new { Org = org.OrgId }, token);
            if (row is null)
                return new Problem(ApiError.NotFound);
            var seats = await Seats.CountAsync(scope, org.OrgId, rights, token);
            return TypedResults.Ok(new OrgDetail(org.OrgId, row.Name, row.Slug, org.Role, seats.Total, seats.Taken, row.CreatedAt, row.UpdatedAt));
        }, ct);
    }

    private sealed record Row(string Name, string Slug, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);
}
