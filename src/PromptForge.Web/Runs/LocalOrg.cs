using PromptForge.Core.Catalog;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Runs;

/// <summary>The operator's own organisation on this machine, one for each plan, so that `run` shows what a plan opens.</summary>
public static class LocalOrg
{
    public static string Name(Plan plan) => $"Local {plan.Name}";

    public static async Task<Guid> EnsureAsync(Db db, EntitlementResolver entitlements, Plan plan, TimeProvider clock, CancellationToken ct)
    {
        // The id is the plan's, so that the org can be found and made through the door of one org.
        var id = new Guid($"00000000-0000-7000-8000-{plan.Code switch { "pilot" => 1, "pro" => 2, "enterprise" => 3, _ => throw new ArgumentOutOfRangeException(nameof(plan)) }:000000000000}");
        var made = await db.InOrgAsync(id, null, async (scope, token) =>
        {
            if (await scope.QuerySingleAsync<bool>("select exists (select from entitlements where org_id = @Id and source = 'plan' and source_ref = @Plan)", new { Id = id, Plan = plan.Code }, token))
                return false;
            await scope.ExecuteAsync("""
                insert into orgs (id, name, slug) values (@Id, @Name, @Slug) on conflict do nothing;
                insert into subscriptions (org_id, id, plan_code, status, seats) values (@Id, @Sub, @Plan::plan_code_t, 'active', 1) on conflict do nothing
                """, new { Id = id, Name = Name(plan), Slug = "local-" + plan.Code, Sub = Guid.CreateVersion7(clock.GetUtcNow()), Plan = plan.Code }, token);
            return true;
        }, ct);
        if (made)
            await entitlements.ApplyPlanAsync(id, plan, ct);
        return id;
    }
}
