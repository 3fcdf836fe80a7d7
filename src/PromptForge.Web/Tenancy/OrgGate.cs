using PromptForge.Core.Catalog;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Limits;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

/// <summary>
/// Stands in front of every endpoint with an <see cref="OrgPolicy"/> and asks in this order: who, how often, which org, scope or role, plan. Somebody who does not
/// belong to the org learns nothing of it.
/// </summary>
internal sealed class OrgGate(Memberships memberships, EntitlementResolver entitlements, KeyLimits limits, ProductCatalog catalog)
{
    private static readonly string[] RoleNames = ["member", "admin", "owner"];

    public static void Use(WebApplication app)
    {
        var gate = ActivatorUtilities.CreateInstance<OrgGate>(app.Services);
        app.Use(async (context, next) =>
        {
            if (context.GetEndpoint()?.Metadata.GetMetadata<OrgPolicy>() is not { } policy)
            {
                await next(context);
            }
            else if (await gate.RefuseAsync(context, policy) is { } problem)
            {
                await problem.ExecuteAsync(context);
            }
            else
            {
                await next(context);
            }
        });
    }

    private async ValueTask<Problem?> RefuseAsync(HttpContext context, OrgPolicy policy)
    {
        var caller = Caller.Of(context);
        if (!caller.IsKnown)
            return new(ApiError.Unauthenticated);
        if (policy.OrgOfKey && caller.Key is null)
            return new(ApiError.Unauthenticated, "This operation is for systems: send an API key in `Authorization: Bearer`.");
        if (caller.Key is { } counted && await limits.AdmitAsync(context, counted) is { } limited)
            return limited;
        var orgId = policy.OrgOfKey ? caller.Key!.OrgId : Guid.Parse((string)context.GetRouteValue("org_id")!);
        var access = caller.Key is { } key ? await OfKeyAsync(key, orgId, context.RequestAborted) : await OfUserAsync(caller.UserId!.Value, orgId, context.RequestAborted);
        if (access is null)
            return new(ApiError.NotFound);
        if (access.Key is not null && (policy.Scope is null || !access.Key.Scopes.Contains(policy.Scope)))
        {
            return policy.Scope is null
                ? new Problem(ApiError.RoleRequired, "API keys cannot do this; a person has to.").With("allowed", RoleNames[(int)policy.Least..])
                : new Problem(ApiError.ScopeRequired, $"This key lacks the scope {policy.Scope}.").With("scope", policy.Scope);
        }

        if (access.Role < policy.Least)
            return new Problem(ApiError.RoleRequired, $"This takes the role {string.Join(" or ", RoleNames[(int)policy.Least..])}; yours is {RoleNames[(int)access.Role!]}.").With("allowed", RoleNames[(int)policy.Least..]);
        // A key is worth what its organisation's plan is worth now (D-KEY-09).
        if (access.Key is not null && (await entitlements.OfAsync(orgId, null, context.RequestAborted)).Refusal("hasAPI", catalog) is { } closed)
            return closed;
        if (policy.Flag is { } flag && (await entitlements.OfAsync(orgId, access.UserId, context.RequestAborted)).Refusal(flag, catalog) is { } refusal)
            return refusal;
        context.Features.Set(access);
        context.Features.Set(new IdempotencyScope(orgId, access.UserId?.ToString() ?? access.Key!.KeyId.ToString()));
        return null;
    }

    private async ValueTask<OrgAccess?> OfUserAsync(Guid userId, Guid orgId, CancellationToken ct) =>
        await memberships.FindAsync(userId, orgId, ct) is { DeletedAt: null } membership ? new(orgId, membership.Name, membership.OrgRole, userId, null) : null;

    private async ValueTask<OrgAccess?> OfKeyAsync(KeyCaller key, Guid orgId, CancellationToken ct) =>
        key.OrgId == orgId && await memberships.NameAsync(orgId, ct) is { } name ? new(orgId, name, null, null, key) : null;
}
