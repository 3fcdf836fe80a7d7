using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using PromptForge.Web.Identity;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.ApiDocs;

/// <summary>What the generator cannot see in the handlers' signatures: who may call, what is refused and how, which headers count.</summary>
internal static partial class OpenApiContract
{
    private const string Bearer = "bearer";
    private const string Cookie = "session";
    private const string ProblemSchema = "Problem";
    private const string EventStream = "text/event-stream";

    private static readonly (string Name, string Description)[] Tags =
    [
        ("Accounts", "Registration, sign-in, two-factor authentication, passkeys and sessions of a person."),
        ("Organisations", "Organisations, their members and invitations."),
        ("Projects", "What a team works on; runs and prompts belong to projects."),
        ("API keys", "Keys for systems: scopes, limits, rotation, revocation."),
        ("Entitlements", "What an organisation may do, and why."),
        ("Catalogue", "The modules, domains and rules that prompts are compiled from, and the 7D engine."),
        ("Prompts", "Compiled prompts with their versions and what caused each line."),
        ("Runs", "Generation, test and their scores; the call for integrators."),
        ("Bundles", "Sealed bundles: export, download, verification."),
        ("Audit", "Who did what."),
    ];

    public static Task Describe(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken ct)
    {
        document.Info = new OpenApiInfo
        {
            Title = "PromptForge",
            Version = ApiDocsSetup.Version,
            Description = "Prompts compiled from typed configuration, scored with evidence, sealed as bundles that anybody can verify. JSON in snake_case; times are RFC 3339 in UTC, money is decimal USD, ids are UUIDv7. "
                + "Every refusal is `application/problem+json` with a stable `code`; each code has a page under `/docs/errors`.",
            License = new OpenApiLicense { Name = "All rights reserved", Url = new Uri("/docs/licence", UriKind.Relative) },
        };
        document.Servers = [new OpenApiServer { Url = "/", Description = "This installation" }];
        document.Components ??= new();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key (`pf_live_...`, `pf_test_...`), a token from `POST /api/auth/login`, or a JWT of a configured OpenID Connect issuer." },
            [Cookie] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Cookie, Name = IdentityStart.CookieName, Description = "A browser's session." },
        };
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        document.Components.Schemas[ProblemSchema] = Problem();
        foreach (var name in new[] { "ProblemDetails", "HttpValidationProblemDetails", "SseItemOfObject" })
            document.Components.Schemas.Remove(name);
        SchemaRepairs.Apply(document);
        var used = document.Paths.SelectMany(p => p.Value.Operations ?? []).SelectMany(o => o.Value.Tags ?? new HashSet<OpenApiTagReference>()).Select(t => t.Name).ToHashSet();
        document.Tags = new HashSet<OpenApiTag>(Tags.Where(t => used.Contains(t.Name)).Select(t => new OpenApiTag { Name = t.Name, Description = t.Description }));
        return Task.CompletedTask;
    }

    public static async Task DescribeOperation(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var policy = metadata.OfType<OrgPolicy>().LastOrDefault();
        var anonymous = policy is null && (metadata.OfType<IAllowAnonymous>().Any() || !metadata.OfType<IAuthorizeData>().Any());
        Secure(operation, context.Document!, anonymous);
        if (policy is not null)
            operation.Description = $"{operation.Description} {Who(policy)}".Trim();
        if (metadata.OfType<IdempotentAttribute>().Any())
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = "Idempotency-Key",
                In = ParameterLocation.Header,
                Description = "The same key with the same body answers, for 24 hours, what it answered first.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = 255, Pattern = "^[!-~]+$" },
                Example = "0b7f2a54-5c0e-4a7e-9f43-2a6d1c7e8f10",
            });
        }

        AddPathParameters(operation, context.Description.RelativePath!);
        Refusals(operation, context.Document!, policy, anonymous, metadata.OfType<IdempotentAttribute>().Any(), context.Description.HttpMethod != HttpMethods.Get);
        await AddAnswersAsync(operation, context, ct);
        Examples.Add(operation);
    }

    /// <summary>One status may be answered in several types; the generator keeps the last of them.</summary>
    private static async Task AddAnswersAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        foreach (var answer in context.Description.ActionDescriptor.EndpointMetadata.OfType<IProducesResponseTypeMetadata>())
        {
            if (operation.Responses?.GetValueOrDefault(answer.StatusCode.ToString(CultureInfo.InvariantCulture)) is not OpenApiResponse { Content: { } content })
                continue;
            foreach (var type in answer.ContentTypes)
            {
                if (type == EventStream)
                    content[type] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String, Description = "Server-sent events; the data of each is JSON." } };
                else if (answer.Type is { } answered && answered != typeof(void) && !content.ContainsKey(type))
                    content[type] = new OpenApiMediaType { Schema = await context.GetOrCreateSchemaAsync(answered, null, ct) };
            }
        }
    }

    /// <summary>What the gate reads from the path is in no handler's signature.</summary>
    private static void AddPathParameters(OpenApiOperation operation, string path)
    {
        foreach (var name in PathParameter().Matches(path).Select(m => m.Groups[1].Value).Where(n => operation.Parameters?.Any(p => p.Name == n) != true))
        {
            operation.Parameters ??= [];
            operation.Parameters.Insert(0, new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Path,
                Required = true,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = name.EndsWith("_id", StringComparison.Ordinal) ? "uuid" : null },
            });
        }
    }

    [GeneratedRegex(@"\{([a-z_]+)(?::[^}]*)?\}")]
    private static partial Regex PathParameter();

    private static void Secure(OpenApiOperation operation, OpenApiDocument document, bool anonymous) => operation.Security = anonymous
        ? []
        : [new() { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] }, new() { [new OpenApiSecuritySchemeReference(Cookie, document)] = [] }];

    private static string Who(OrgPolicy policy)
    {
        var people = policy.OrgOfKey ? "" : policy.Least switch { OrgRole.Owner => "Owners", OrgRole.Admin => "Owners and admins", _ => "Members" };
        var keys = policy.Scope is null ? "" : $"API keys with the scope `{policy.Scope}`";
        var who = people.Length > 0 && keys.Length > 0 ? $"{people}, and {keys}" : people + keys;
        return $"{who}.{(policy.Flag is null ? "" : $" Takes the entitlement `{policy.Flag}`.")}";
    }

    private static void Refusals(OpenApiOperation operation, OpenApiDocument document, OrgPolicy? policy, bool anonymous, bool idempotent, bool changes)
    {
        operation.Responses ??= [];
        foreach (var (status, response) in operation.Responses)
            if (status[0] is '4' or '5')
                ((OpenApiResponse)response).Content = Content(document);
        var takesInput = operation.RequestBody is not null || operation.Parameters?.Count > 0;
        Add("400", takesInput, "A value is not allowed; `errors` names each.");
        Add("401", true, anonymous ? "The API key that was sent is not valid; none is needed." : "Nobody is signed in, or the API key is not valid.");
        Add("403", !anonymous, policy is null ? "This is for people; API keys cannot do it." : "The role, the key's scope or the plan does not allow it.");
        Add("404", policy is not null || operation.Parameters?.Any(p => p.In == ParameterLocation.Path) == true, "It does not exist, or belongs to somebody else.");
        Add("409", idempotent || changes, "It collides with what is there, or cannot be done now.");
        Add("413", operation.RequestBody is not null, "The body is too large.");
        Add("415", operation.RequestBody is not null, "The content type is not supported.");
        Add("429", true, "Too many requests; wait for `Retry-After` seconds.");
        Add("503", true, "The service cannot answer now; wait for `Retry-After` seconds.");

        void Add(string status, bool applies, string description)
        {
            if (applies && operation.Responses.GetValueOrDefault(status) is not OpenApiResponse)
                operation.Responses[status] = new OpenApiResponse { Description = description, Content = Content(document) };
            if (operation.Responses.GetValueOrDefault(status) is OpenApiResponse known && (string.IsNullOrEmpty(known.Description) || known.Description is "Bad Request" or "Not Found" or "Conflict" or "Unauthorized" or "Forbidden"))
                known.Description = description;
        }
    }

    private static Dictionary<string, OpenApiMediaType> Content(OpenApiDocument document) =>
        new() { [Platform.Api.Problem.ContentType] = new() { Schema = new OpenApiSchemaReference(ProblemSchema, document) } };

    private static OpenApiSchema Problem() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "A refusal (RFC 9457), with what is needed to mend it.",
        Required = new HashSet<string> { "type", "title", "status", "code", "detail", "trace_id" },
        AdditionalProperties = new OpenApiSchema(),
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = Text("The page of this code.", "/docs/errors/SLUG_TAKEN"),
            ["title"] = Text("What happened, the same for every refusal with this code.", "The slug is taken"),
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32" },
            ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "Stable.", Enum = [.. ApiError.All.Select(e => (JsonNode)e.Code)] },
            ["detail"] = Text("What happened this time, and what to do.", "Choose another slug, or leave it out to get a free one."),
            ["trace_id"] = Text("Names this request in our logs.", "8c1f0b6d2c6f4a7d9a3e5b1d7c2e4f60"),
            ["retry_after"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Description = "Seconds to wait." },
            ["flag"] = Text("The entitlement that is missing.", "hasAPI"),
            ["required_plan"] = new OpenApiSchema { Type = JsonSchemaType.String | JsonSchemaType.Null, Description = "The plan that opens it." },
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Description = "One for each value that is not allowed.",
                Items = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Required = new HashSet<string> { "pointer", "code", "detail" },
                    Properties = new Dictionary<string, IOpenApiSchema>
                    {
                        ["pointer"] = Text("A JSON pointer into the body, or the parameter's name.", "/inputs/price"),
                        ["code"] = Text("What kind of fault.", "INPUT_MISSING"),
                        ["detail"] = Text("What to do.", "price is required."),
                        ["allowed"] = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
                    },
                },
            },
        },
    };

    private static OpenApiSchema Text(string description, string example) => new() { Type = JsonSchemaType.String, Description = description, Examples = [example] };
}
