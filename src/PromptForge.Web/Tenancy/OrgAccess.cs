using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

/// <summary>The org of a request that <see cref="OrgGate"/> let in, and in what part the caller stands there.</summary>
/// <param name="Role">Null for an API key.</param>
public sealed record OrgAccess(Guid OrgId, string OrgName, OrgRole? Role, Guid? UserId, KeyCaller? Key)
{
    public static ValueTask<OrgAccess?> BindAsync(HttpContext context) => ValueTask.FromResult(context.Features.Get<OrgAccess>());
}

/// <summary>What an endpoint inside an org asks of its caller. Without a scope API keys are refused, so that a new endpoint is closed to them until somebody opens it.</summary>
public sealed record OrgPolicy(OrgRole Least, string? Scope, string? Flag, bool OrgOfKey)
{
    public static readonly OrgPolicy Members = new(OrgRole.Member, null, null, false);
}

public static class OrgPolicies
{
    /// <summary>Endpoints under <c>/api/orgs/{org_id}</c>: members only, and 404 for everybody else.</summary>
    public static RouteGroupBuilder MapOrgGroup(this IEndpointRouteBuilder app, string path)
    {
        var group = app.MapGroup("/api/orgs/{org_id:guid}" + path);
        group.WithMetadata(OrgPolicy.Members);
        return group;
    }

    public static RouteHandlerBuilder ForRole(this RouteHandlerBuilder endpoint, OrgRole least) => endpoint.Change(p => p with { Least = least });

    /// <summary>Also opens the endpoint to API keys that carry the scope.</summary>
    public static RouteHandlerBuilder ForScope(this RouteHandlerBuilder endpoint, string scope) => endpoint.Change(p => p with { Scope = scope });

    public static RouteHandlerBuilder ForFlag(this RouteHandlerBuilder endpoint, string flag) => endpoint.Change(p => p with { Flag = flag });

    /// <summary>For systems only: the org is the API key's.</summary>
    public static RouteHandlerBuilder ForKeys(this RouteHandlerBuilder endpoint, string scope, string flag) => endpoint.WithMetadata(new OrgPolicy(OrgRole.Member, scope, flag, OrgOfKey: true));

    public static RouteHandlerBuilder Idempotent(this RouteHandlerBuilder endpoint, Func<HttpContext, Guid, Task<IResult?>>? recall = null) => endpoint.WithMetadata(new IdempotentAttribute { Recall = recall });

    private static RouteHandlerBuilder Change(this RouteHandlerBuilder endpoint, Func<OrgPolicy, OrgPolicy> change)
    {
        endpoint.Finally(builder => builder.Metadata.Add(change(builder.Metadata.OfType<OrgPolicy>().LastOrDefault() ?? OrgPolicy.Members)));
        return endpoint;
    }
}
