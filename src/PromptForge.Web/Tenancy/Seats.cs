using PromptForge.Core.Catalog;
using PromptForge.Core.Entitlements;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

/// <param name="Taken">Members and open invitations.</param>
internal sealed record SeatCount(int Total, int Taken)
{
    /// <exception cref="RefusedException">There is no seat for one more.</exception>
    public void TakeOne(Rights rights, ProductCatalog catalog)
    {
        if (Taken < Total)
            return;
        var taken = $"{Taken} of {Total} {(Total == 1 ? "seat is" : "seats are")} taken by members and open invitations.";
        var opens = rights.Has(RightsRules.SeatsFlag) ? null : catalog.Plans.FirstOrDefault(p => p.Flags.GetValueOrDefault(RightsRules.SeatsFlag));
        var problem = opens is null
            ? new Problem(ApiError.SeatLimit, $"{taken} Remove one, or take more seats.")
            : new Problem(ApiError.SeatLimit, $"{taken} The {rights.Plan.Name} plan is for one person; teams open with {opens.Name}. An owner or admin of the organisation can change the plan.")
                .With("flag", RightsRules.SeatsFlag).With("required_plan", opens.Code).With("changed_by", new[] { "owner", "admin" });
        throw new RefusedException(problem.With("seats", Total).With("seats_taken", Taken));
    }
}

/// <summary>How many people an org may have (D-PLAN-06). Lowering the number removes nobody, it only lets nobody in.</summary>
internal static class Seats
{
    /// <remarks>Whoever is going to take a seat holds the org's lock.</remarks>
    public static async Task<SeatCount> CountAsync(OrgScope scope, Guid orgId, Rights rights, CancellationToken ct) => new(rights.Seats, await scope.QuerySingleAsync<int>("""
        select ((select count(*) from org_members where org_id = @Org)
                + (select count(*) from invitations where org_id = @Org and accepted_at is null and revoked_at is null and expires_at > now()))::int
        """, new { Org = orgId }, ct));
}
