using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using PromptForge.Core;
using PromptForge.Web.Audit;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

/// <param name="Confirm">The organisation's slug, so that nobody deletes the wrong one.</param>
public sealed record DeleteOrgRequest(string Confirm);

/// <summary>From this moment nobody gets in, people or keys; for <see cref="OrgItem.Kept"/> an owner can restore it.</summary>
internal static class DeleteOrg
{
    public static async Task<Results<Ok<OrgItem>, Problem>> HandleAsync(
        [FromBody] DeleteOrgRequest request, OrgAccess org, AuditActor actor, Db db, Memberships memberships, TimeProvider clock, CancellationToken ct)
    {
        var item = await db.InOrgAsync(org.OrgId, org.UserId, async (scope, token) =>
        {
            var role = await OrgLock.EnterAsync(scope, org.OrgId, org.UserId!.Value, token);
            if (role != OrgRole.Owner)
                throw new RefusedException(OrgLock.Refusal(role, [OrgRole.Owner]));
            var row = await scope.QuerySingleAsync<Row>("""
                select name, slug::text, exists (select from subscriptions where org_id = @Org and stripe_subscription_id is not null
                          and status in ('trialing', 'active', 'past_due') and not cancel_at_period_end) as paid
                  from orgs where id = @Org
                """, new { Org = org.OrgId }, token);
            if (row.Slug != request.Confirm)
                throw new RefusedException(Problem.Of(ApiError.InputInvalid, [new Fault("CONFIRMATION_WRONG", "/confirm", $"To delete this organisation give its slug, {row.Slug}, as \"confirm\".")]));
            // Nobody pays for what is not there any more.
            if (row.Paid)
                throw new RefusedException(new(ApiError.StateConflict, "A paid subscription is running. Cancel it first, then delete the organisation."));
            var now = clock.GetUtcNow();
            await scope.ExecuteAsync("update orgs set deleted_at = @Now where id = @Org", new { Org = org.OrgId, Now = now }, token);
            await AuditLog.WriteAsync(scope, actor, org.OrgId, "org.deleted", "org", org.OrgId.ToString(), new { row.Slug }, clock, token);
            return OrgItem.Of(org.OrgId, row.Name, row.Slug, role, now);
        }, ct);
        memberships.ForgetOrg(org.OrgId);
        return TypedResults.Ok(item);
    }

    private sealed record Row(string Name, string Slug, bool Paid);
}
