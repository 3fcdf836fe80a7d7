using System.Net;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PromptForge.Client;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.ApiDocs;

/// <summary>What the client reads is what the document promises, member by member.</summary>
public sealed class ClientContractTests(PostgresFixture postgres)
{
    public static TheoryData<string, Type> Pairs => new()
    {
        { "POST /api/run/{module_id} 200", typeof(Run) },
        { "GET /api/orgs/{org_id}/runs/{run_id} 200", typeof(Run) },
        { "GET /api/orgs/{org_id}/runs 200", typeof(Listed<RunSummary>) },
        { "POST /api/orgs/{org_id}/runs/{run_id}/bundles 201", typeof(Bundle) },
        { "POST /api/bundles/verify 200", typeof(Verification) },
        { "GET /api/orgs 200", typeof(Listed<PromptForge.Client.Org>) },
        { "GET /api/orgs/{org_id} 200", typeof(OrgDetail) },
        { "GET /api/orgs/{org_id}/members 200", typeof(Listed<Member>) },
        { "GET /api/orgs/{org_id}/projects 200", typeof(Listed<Project>) },
        { "GET /api/orgs/{org_id}/api-keys 200", typeof(Listed<ApiKey>) },
        { "POST /api/orgs/{org_id}/api-keys 201", typeof(CreatedApiKey) },
        { "GET /api/orgs/{org_id}/entitlements 200", typeof(PromptForge.Client.Entitlements) },
        { "GET /api/orgs/{org_id}/prompts/{prompt_id} 200", typeof(Prompt) },
        { "GET /api/orgs/{org_id}/prompts 200", typeof(Listed<PromptSummary>) },
        { "GET /api/orgs/{org_id}/audit 200", typeof(Listed<AuditEntry>) },
        { "POST /api/7d/normalize 200", typeof(CompleteSevenD) },
        { "GET /api/modules/{module_id} 200", typeof(ModuleInfo) },
        { "GET /api/ruleset 200", typeof(RulesetInfo) },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task The_client_reads_nothing_that_the_server_does_not_promise(string answer, Type type)
    {
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        var document = (await nobody.GetAsync("/openapi/v1.json")).Is(HttpStatusCode.OK).Json.AsObject();
        var (method, path, status) = answer.Split(' ') is [var m, var p, var s] ? (m, p, s) : throw new ArgumentException(answer);
        var operation = document["paths"]![path]?[method.ToLowerInvariant()];
        Assert.True(operation is not null, $"The document has no {method} {path}");
        var schema = operation["responses"]![status]?["content"]?["application/json"]?["schema"];
        Assert.True(schema is not null, $"{method} {path} promises no {status}");
        var missing = new List<string>();
        Compare(new Generator(document, new Random(1)), schema, type, "", missing);
        Assert.True(missing.Count == 0, $"{type.Name} reads what {answer} does not promise: {string.Join(", ", missing)}");
    }

    private static void Compare(Generator generator, JsonNode? schema, Type type, string at, List<string> missing)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            Compare(generator, generator.Resolve(schema)?["items"], type.GetGenericArguments()[0], at + "[]", missing);
        if (type.Namespace != typeof(Run).Namespace && type != typeof(Listed<>) && !(type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Listed<>)))
            return;
        var members = generator.Resolve(schema)?["properties"]?.AsObject();
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.Name != "EqualityContract"))
        {
            var name = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
            if (members?.ContainsKey(name) != true)
                missing.Add($"{at}/{name}");
            else
                Compare(generator, members[name], property.PropertyType, $"{at}/{name}", missing);
        }
    }

    private sealed record Listed<T>(IReadOnlyList<T> Items);
}
