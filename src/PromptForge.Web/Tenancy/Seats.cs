using PromptForge.Core.Entitlements;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

/// <param name="Taken">Members and open invitations.</param>
internal sealed record SeatCount(int Total, int Taken)
{
    /// <exception cref="RefusedException">There is no seat for one more.</exception>
    public void TakeOne()
    {
        if (Taken >= Total)
            throw new RefusedException(new Problem(ApiError.SeatLimit, $"{Taken} of {Total} {(Total == 1 ? "seat is" : "seats are")} taken by members and open invitations. Remove one, or take more seats.").With("seats", Total).With("seats_taken", Taken));
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
