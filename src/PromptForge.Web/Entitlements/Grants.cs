using System.Text.Json;
using PromptForge.Core.Catalog;
using PromptForge.Core.Entitlements;
using PromptForge.Web.Audit;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Entitlements;

/// <summary>What the operator gives an org by hand, or takes back.</summary>
/// <param name="Flags">Single flags; a pack is its flag, <c>industryPack_code</c>.</param>
/// <param name="UserId">The flags are for this member alone; null: for the org.</param>
public sealed record GrantRequest(Plan? Plan, int? Seats, IReadOnlyList<string> Flags, Guid? UserId, DateTimeOffset? Until);

/// <summary>
/// Rows of entitlements with source 'manual'. A granted plan is a row for each of its flags with the plan's code in meta, so that whoever reads the flags alone sees
/// them; a granted plan replaces the one granted before.
/// </summary>
public sealed class Grants(Db db, TimeProvider clock)
{
    // Two who change an org's rows at the same time take turns.
    private const string Turn = "select pg_advisory_xact_lock(hashtextextended(@Org::text, 1))";

    private const string Insert = """
        insert into entitlements (org_id, id, user_id, flag, value, source, source_ref, meta, expires_at) values (@Org, @Id, @User, @Flag, true, 'manual', @Ref, @Meta::jsonb, @Until)
        on conflict on constraint entitlements_source_key do update set meta = excluded.meta, expires_at = excluded.expires_at
        """;

    /// <returns>The org's id and name; null where there is none.</returns>
    public async Task<(Guid Id, string Name)?> FindOrgAsync(string idOrSlug, CancellationToken ct)
    {
        var id = Guid.TryParse(idOrSlug, out var given) ? given
            : await db.AsServerAsync((scope, token) => scope.QueryFirstOrDefaultAsync<Guid?>("select app.org_by_slug(@Slug)", new { Slug = idOrSlug }, token), ct);
        return id is { } org && await db.InOrgAsync(org, null, (scope, token) => scope.QueryFirstOrDefaultAsync<string>("select name from orgs where id = @Org and deleted_at is null", new { Org = org }, token), ct) is { } name
            ? (org, name) : null;
    }

    /// <exception cref="PlatformException">REFERENCE_MISSING: the user is no member.</exception>
    public Task GrantAsync(Guid orgId, GrantRequest request, CancellationToken ct) => db.InOrgAsync(orgId, null, async (scope, token) =>
    {
        await scope.ExecuteAsync(Turn, new { Org = orgId }, token);
        if (request.Plan is { } plan)
        {
            await scope.ExecuteAsync("delete from entitlements where org_id = @Org and source = 'manual' and meta ? 'plan'", new { Org = orgId }, token);
            foreach (var flag in plan.Flags.Where(f => f.Value && f.Key != RightsRules.SeatsFlag).Select(f => f.Key))
                await AddAsync(flag, plan.Code, new { plan = plan.Code }, null);
            if (request.Seats is not null || plan.Flags[RightsRules.SeatsFlag])
                await AddAsync(RightsRules.SeatsFlag, plan.Code, new { plan = plan.Code, seats = request.Seats ?? 1 }, null);
        }
        else if (request.Seats is { } seats)
        {
            await AddAsync(RightsRules.SeatsFlag, "", new { seats }, null);
        }

        foreach (var flag in request.Flags)
            await AddAsync(flag, "", null, request.UserId);
        await AuditLog.WriteAsync(scope, AuditActor.System, orgId, "entitlement.granted", "org", orgId.ToString(), Details(request), clock, token);
        return true;

        Task<int> AddAsync(string flag, string reference, object? meta, Guid? user) => scope.ExecuteAsync(Insert, new
        {
            Org = orgId,
            Id = Guid.CreateVersion7(clock.GetUtcNow()),
            User = user,
            Flag = flag,
            Ref = reference,
            Meta = meta is null ? null : JsonSerializer.Serialize(meta),
            request.Until,
        }, token);
    }, ct);

    /// <summary>A request that names nothing takes back everything that was granted by hand.</summary>
    /// <returns>How many rows are gone.</returns>
    public Task<int> RevokeAsync(Guid orgId, GrantRequest request, CancellationToken ct) => db.InOrgAsync(orgId, null, async (scope, token) =>
    {
        await scope.ExecuteAsync(Turn, new { Org = orgId }, token);
        var all = request is { Plan: null, Seats: null, Flags: [] };
        var gone = await scope.ExecuteAsync("""
            delete from entitlements where org_id = @Org and source = 'manual' and (@User::uuid is null or user_id = @User)
               and (@All or meta ->> 'plan' = @Plan or (not coalesce(meta ? 'plan', false) and (flag = any (@Flags) or (@Seats and flag = 'hasSeatsGT1'))))
            """, new { Org = orgId, User = request.UserId, All = all, Plan = request.Plan?.Code, Flags = request.Flags.ToArray(), Seats = request.Seats is not null }, token);
        if (gone > 0)
            await AuditLog.WriteAsync(scope, AuditActor.System, orgId, "entitlement.revoked", "org", orgId.ToString(), Details(request), clock, token);
        return gone;
    }, ct);

    private static object Details(GrantRequest r) => new { plan = r.Plan?.Code, seats = r.Seats, flags = r.Flags, user_id = r.UserId, until = r.Until };
}
