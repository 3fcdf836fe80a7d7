using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PromptForge.Core.Catalog;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;
using PromptForge.Web.Tenancy;
using PromptForge.Web.Tests.ApiKeys;
using PromptForge.Web.Tests.Http;
using PromptForge.Web.Tests.Identity;

namespace PromptForge.Web.Tests.Entitlements;

/// <summary>
/// Every endpoint that a plan opens or closes, on every plan, over HTTP. What the gate asks stands in the endpoint's metadata, so a new endpoint is walked without a
/// word here; one whose handler asks for itself has to be entered in <see cref="AsksItself"/>, and until then this fails.
/// </summary>
public sealed partial class GateWalkTests(PostgresFixture postgres)
{
    /// <summary>No subscription at all, and each plan.</summary>
    private static readonly string?[] Plans = [null, "pilot", "pro", "enterprise"];

    /// <summary>Operations that read rights in their handler: requests that only some plans may make; none where rights are shown or counted and refuse by no flag or module.</summary>
    private static readonly Dictionary<string, Probe[]> AsksItself = new(StringComparer.Ordinal)
    {
        ["getEntitlements"] = [],
        ["getModule"] = [new(HttpMethod.Get, t => $"/api/modules/M44?org_id={t.OrgId}", null, null, p => p.Modules is null)],
        // The plan's cap on a key's calls a minute; the flag is the gate's.
        ["createApiKey"] = [],
        // Seats: 409 and not 403, tested with the members.
        ["getOrg"] = [],
        ["addMember"] = [],
        ["inviteMember"] = [],
        ["resendInvitation"] = [],
        ["acceptInvitation"] = [],
        ["createRun"] =
        [
            Run("""{"module_id":"M44","type":"generation","seven_d":{"domain":"fintech"},"inputs":{}}""", null, p => p.Modules is null),
            Run("""{"module_id":"M01","type":"generation","seven_d":{"domain":"fintech"},"inputs":{},"formats":["md","json"]}""", "canExportJSON"),
            Run("""{"module_id":"M01","type":"generation","seven_d":{"domain":"fintech"},"inputs":{},"formats":["pdf"]}""", "canExportPDF"),
            Run("""{"module_id":"M01","type":"generation","seven_d":{"domain":"fintech"},"inputs":{},"formats":["md","zip"]}""", "canExportBundleZip"),
        ],
        ["savePrompt"] = [new(HttpMethod.Post, t => $"/api/orgs/{t.OrgId}/prompts", """{"name":"Walk","module_id":"M44","seven_d":{"domain":"fintech"},"inputs":{}}""", "hasCloudHistory", p => p.Flags["hasCloudHistory"])],
        // They show or change a run that was let in; the formats of an export take a run that is there, and are tested with the bundles.
        ["getRun"] = [],
        ["followRun"] = [],
        ["scoreRun"] = [],
        ["tightenRun"] = [],
        ["exportRun"] = [],
        ["runModule"] = [new(HttpMethod.Post, _ => "/api/run/M44", """{"type":"generation","seven_d":{"domain":"fintech"},"inputs":{}}""", "hasAPI", p => p.Flags["hasAPI"])],
    };

    [Fact]
    public async Task Every_flag_that_the_gate_asks_for_opens_its_endpoint_on_the_plans_that_have_it_and_on_no_other()
    {
        var catalog = await postgres.CatalogAsync();
        var gated = Endpoints(await postgres.ServerAsync()).Where(e => Policy(e) is { Flag: not null }).ToList();
        Assert.NotEmpty(gated);
        foreach (var code in Plans)
        {
            var (tenant, plan) = (await TenantAsync(code), catalog.FindPlan(code ?? "pilot")!);
            foreach (var endpoint in gated)
            {
                var policy = Policy(endpoint)!;
                foreach (var caller in await CallersAsync(tenant, plan, policy))
                {
                    using (caller)
                    {
                        var answer = await caller.SendAsync(Method(endpoint), Path(endpoint, tenant), Method(endpoint) == HttpMethod.Get ? null : "{}");
                        var refused = answer.Code == "ENTITLEMENT_REQUIRED" && (string?)answer.Json["flag"] == policy.Flag;
                        Assert.True(refused != plan.Flags.GetValueOrDefault(policy.Flag!), $"{Name(endpoint)} takes {policy.Flag}; on {code ?? "no subscription"} it answers {(int)answer.Status}: {answer.Text}");
                        if (refused)
                        {
                            Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
                            Assert.Equal(catalog.Plans.FirstOrDefault(p => p.Flags[policy.Flag!])?.Code, (string?)answer.Json["required_plan"]);
                            Assert.Equal(["owner", "admin"], answer.Json["changed_by"]!.AsArray().Select(r => (string?)r));
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public async Task Every_handler_that_asks_for_itself_is_known_and_refuses_on_the_plans_that_do_not_include_it()
    {
        var catalog = await postgres.CatalogAsync();
        var asking = Endpoints(await postgres.ServerAsync()).Where(e => e.Metadata.GetMetadata<MethodInfo>() is { } handler && handler.GetParameters().Any(p => ReadsRights(p.ParameterType))).ToList();
        Assert.Empty(asking.Where(e => !AsksItself.ContainsKey(Name(e))).Select(e => $"{Name(e)} reads rights in its handler: say in {nameof(AsksItself)} what it refuses."));
        Assert.Contains(asking, e => Name(e) == "getModule");
        foreach (var code in Plans)
        {
            var (tenant, plan) = (await TenantAsync(code), catalog.FindPlan(code ?? "pilot")!);
            foreach (var endpoint in asking)
            {
                var probes = AsksItself[Name(endpoint)];
                if (probes.Length == 0)
                    continue;
                foreach (var caller in await CallersAsync(tenant, plan, Policy(endpoint) ?? OrgPolicy.Members))
                {
                    using (caller)
                    {
                        foreach (var probe in probes)
                        {
                            var answer = await caller.SendAsync(probe.Method, probe.Path(tenant), probe.Body);
                            var refused = probe.Flag is null ? answer.Code == "MODULE_NOT_IN_PLAN" : answer.Code == "ENTITLEMENT_REQUIRED" && (string?)answer.Json["flag"] == probe.Flag;
                            Assert.True(refused != probe.OpenOn(plan), $"{Name(endpoint)} with {probe.Body} on {code ?? "no subscription"} answers {(int)answer.Status}: {answer.Text}");
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public async Task What_is_open_to_everybody_is_named_here()
    {
        string[] open =
        [
            "getDomain", "getModule", "getRuleset", "listDomains", "listModuleVersions", "listModules", "normalizeSevenD", "verifyBundle", "previewInvitation",
            "register", "confirmEmail", "resendConfirmation", "signIn", "refreshToken", "forgotPassword", "resetPassword", "confirmNewEmail", "passkeySignIn", "passkeySignInOptions", "listIssuers", "/api/auth/oidc/{number:int}",
        ];
        var found = Endpoints(await postgres.ServerAsync()).Where(e => e.RoutePattern.RawText!.StartsWith("/api", StringComparison.OrdinalIgnoreCase) && Policy(e) is null
            && (e.Metadata.GetMetadata<IAuthorizeData>() is null || e.Metadata.GetMetadata<IAllowAnonymous>() is not null)).Select(Name);
        Assert.Equal(open.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_handler_reaches_rights_through_what_it_is_given()
    {
        Assert.True(ReadsRights(typeof(EntitlementResolver)));
        Assert.True(ReadsRights(typeof(Web.Runs.RunPipeline)));
        Assert.False(ReadsRights(typeof(Db)));
    }

    private static IEnumerable<RouteEndpoint> Endpoints(WebServer server) => server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    private static OrgPolicy? Policy(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<OrgPolicy>();

    private static HttpMethod Method(RouteEndpoint endpoint) => HttpMethod.Parse(endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0]);

    private static string Name(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName ?? endpoint.RoutePattern.RawText!;

    private static string Path(RouteEndpoint endpoint, Tenant tenant) => Parameter().Replace(endpoint.RoutePattern.RawText!, p => p.Value switch
    {
        "{org_id:guid}" => tenant.OrgId.ToString(),
        "{module_id}" => "M01",
        var guid when guid.Contains(":guid", StringComparison.Ordinal) => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString(),
        _ => "none",
    });

    /// <summary>Whether a type, or what it is made of, holds the resolver.</summary>
    private static bool ReadsRights(Type type) => type == typeof(EntitlementResolver)
        || (type.Assembly == typeof(EntitlementResolver).Assembly && type.IsClass && type.GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
            .SelectMany(c => c.GetParameters()).Any(p => p.ParameterType != type && ReadsRights(p.ParameterType)));

    private async Task<Tenant> TenantAsync(string? plan)
    {
        var tenant = await postgres.NewOrgAsync(plan ?? "pilot");
        if (plan == "pilot")
        {
            await using var command = (await postgres.AdminAsync()).CreateCommand("insert into subscriptions (org_id, id, plan_code, status) values ($1, gen_random_uuid(), 'pilot', 'active')");
            command.Parameters.Add(new() { Value = tenant.OrgId });
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        return tenant;
    }

    /// <summary>The owner and a key with every scope, as far as the endpoint takes them; without hasAPI a key is refused for that before anything else is asked.</summary>
    private async Task<IReadOnlyList<ApiCaller>> CallersAsync(Tenant tenant, Plan plan, OrgPolicy policy) =>
    [
        .. policy.OrgOfKey ? [] : new[] { await (await Accounts.SignInAsync(postgres, tenant.OwnerId)).CallerAsync(postgres) },
        .. policy.Scope is null || !(policy.OrgOfKey || plan.Flags["hasAPI"]) ? [] : new[] { await (await Keys.NewAsync(postgres, tenant)).CallerAsync(postgres) },
    ];

    private static Probe Run(string body, string? flag, Func<Plan, bool>? open = null) => new(HttpMethod.Post, t => $"/api/orgs/{t.OrgId}/runs", body, flag, open ?? (p => p.Flags[flag!]));

    /// <summary>A request that is refused on every plan but those it is open on.</summary>
    /// <param name="Flag">What the refusal names; null: the module.</param>
    private sealed record Probe(HttpMethod Method, Func<Tenant, string> Path, string? Body, string? Flag, Func<Plan, bool> OpenOn);

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}
