using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

/// <summary>
/// Whoever changes an org's people or seats takes turns with the others who do, on the org's row: the database's own guards do the same. What the gate read may be a
/// second old, so the caller's role is read again here.
/// </summary>
internal static class OrgLock
{
    /// <returns>The caller's role now.</returns>
    /// <exception cref="RefusedException">The org, or the caller's membership, is gone meanwhile.</exception>
    public static async Task<OrgRole> EnterAsync(OrgScope scope, Guid orgId, Guid userId, CancellationToken ct)
    {
        await HoldAsync(scope, orgId, ct);
        return await RoleAsync(scope, orgId, userId, ct) ?? throw new RefusedException(new(ApiError.NotFound));
    }

    public static async Task HoldAsync(OrgScope scope, Guid orgId, CancellationToken ct)
    {
        if (await scope.QueryFirstOrDefaultAsync<Guid?>("select id from orgs where id = @Org and deleted_at is null for no key update", new { Org = orgId }, ct) is null)
            throw new RefusedException(new(ApiError.NotFound));
    }

    /// <returns>Null for somebody who is not a member.</returns>
    public static async Task<OrgRole?> RoleAsync(OrgScope scope, Guid orgId, Guid userId, CancellationToken ct) =>
        await scope.QueryFirstOrDefaultAsync<string>("select role from org_members where org_id = @Org and user_id = @User", new { Org = orgId, User = userId }, ct) is { } role ? OrgRoles.Parse(role) : null;

    public static Problem Refusal(OrgRole actor, IReadOnlyList<OrgRole> allowed) =>
        new Problem(ApiError.RoleRequired, $"This takes the role {string.Join(" or ", allowed.Select(r => r.Code()))}; yours is {actor.Code()}.").With("allowed", allowed.Select(r => r.Code()));
}
