using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.ApiDocs;

/// <summary>Every operation of the OpenAPI document, with good and bad requests: nothing answers 5xx, and every answer is one that the document knows.</summary>
public sealed class FuzzTests(PostgresFixture postgres)
{
    private const int Seed = 20260101;
    private const int BadBodies = 40;

    private static readonly Dictionary<string, string?> Generous = new()
    {
        ["Identity:RequestsPerMinute"] = "1000000",
        ["Identity:AttemptsPerMinute"] = "1000000",
        ["Identity:PasswordIterations"] = "1000",
        ["Limits:UserPerMinute"] = "1000000",
        ["Limits:AnonymousPerMinute"] = "1000000",
    };

    [Fact]
    public async Task No_request_breaks_an_operation_or_its_contract()
    {
        // A node of its own, so that what is sent here counts against nobody else's limits.
        await using var server = await postgres.NewServerAsync(Generous);
        using var nobody = new ApiCaller(server.Address);
        var document = (await nobody.GetAsync("/openapi/v1.json")).Is(HttpStatusCode.OK).Json.AsObject();
        var world = await FuzzWorld.MakeAsync(postgres, server.Address);
        var generator = new Generator(document, new Random(Seed));
        var schemas = new Schemas(document);
        var breaches = new List<string>();
        var sent = 0;

        // What ends the world comes last.
        foreach (var (path, method, operation) in Operations(document).OrderBy(o => o.Method == "delete" ? o.Path.Length < 30 ? 2 : 1 : 0))
        {
            foreach (var request in Requests(path, operation, world, generator))
            {
                using var caller = new ApiCaller(world.Address, request.Bearer);
                ApiAnswer answer;
                try
                {
                    answer = await caller.SendAsync(new HttpMethod(method.ToUpperInvariant()), request.Path, request.Content());
                }
                catch (HttpRequestException e)
                {
                    breaches.Add($"{method} {request.Path}: the connection broke ({e.HttpRequestError})");
                    continue;
                }

                sent++;
                if (Breach(operation, answer, schemas) is { } breach)
                    breaches.Add($"{method} {request.Path} {request.Body?[..Math.Min(request.Body.Length, 120)]} -> {(int)answer.Status}: {breach}\n    {answer.Text[..Math.Min(answer.Text.Length, 200)]}");
            }
        }

        Assert.True(breaches.Count == 0, $"{breaches.Count} of {sent}:\n{string.Join('\n', breaches.DistinctBy(b => b.Split(' ')[1].Split('?')[0] + b[(b.IndexOf("->", StringComparison.Ordinal) + 1)..].Split('\n')[0]).Take(25))}");
        Assert.True(sent > 500, $"Only {sent} requests were sent.");
    }

    private static IEnumerable<(string Path, string Method, JsonObject Operation)> Operations(JsonObject document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select (path.Key, operation.Key, operation.Value!.AsObject());

    private static IEnumerable<FuzzRequest> Requests(string path, JsonObject operation, FuzzWorld world, Generator generator)
    {
        var body = operation["requestBody"]?["content"]?["application/json"]?["schema"];
        var multipart = operation["requestBody"]?["content"]?["multipart/form-data"] is not null;
        string Good() => body is null ? "" : generator.Good(body)?.ToJsonString() ?? "{}";
        foreach (var bearer in new[] { world.Owner, world.Member, world.Stranger, world.Key, null, "pf_live_AAAA.nonsense", "nonsense" })
            yield return new(Fill(path, operation, world.Ids, generator, good: true), bearer, body is null ? null : Good(), multipart);
        foreach (var ids in new[] { world.OtherIds, world.Garbage })
            yield return new(Fill(path, operation, ids, generator, good: true), world.Owner, body is null ? null : Good(), multipart);
        foreach (var bearer in new[] { world.Owner, world.Key })
            for (var i = 0; i < 4; i++)
                yield return new(Fill(path, operation, world.Ids, generator, good: i == 0), bearer, body is null ? null : Good(), multipart);
        if (body is null)
            yield break;
        foreach (var bad in generator.Bad(body).Take(BadBodies))
            yield return new(Fill(path, operation, world.Ids, generator, good: true), path.StartsWith("/api/run/", StringComparison.Ordinal) ? world.Key : world.Owner, bad, multipart);
        yield return new(Fill(path, operation, world.Ids, generator, good: true), world.Owner, Good(), multipart) { ContentType = "text/plain" };
    }

    private static string Fill(string path, JsonObject operation, IReadOnlyDictionary<string, string> ids, Generator generator, bool good)
    {
        var query = new List<string>();
        foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
        {
            var name = (string)parameter!["name"]!;
            if ((string?)parameter["in"] == "path")
                path = path.Replace($"{{{name}}}", Uri.EscapeDataString(ids.TryGetValue(name, out var id) ? id : generator.Parameter(parameter["schema"], good)), StringComparison.Ordinal);
            else if ((string?)parameter["in"] == "query" && ((bool?)parameter["required"] == true || !good || name is "limit"))
                query.Add($"{name}={Uri.EscapeDataString(ids.TryGetValue(name, out var known) && good ? known : generator.Parameter(parameter["schema"], good))}");
        }

        return query.Count == 0 ? path : $"{path}?{string.Join('&', query)}";
    }

    private static string? Breach(JsonObject operation, ApiAnswer answer, Schemas schemas)
    {
        if ((int)answer.Status >= 500)
            return "5xx";
        // A request line or headers that are too long never reach an operation.
        if (answer.Code is "URL_TOO_LONG" or "HEADERS_TOO_LARGE")
            return null;
        // Routing answers a path that fits no operation.
        if (answer.Status is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed && answer.Code is "NOT_FOUND" or "METHOD_NOT_ALLOWED")
            return null;
        var status = ((int)answer.Status).ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (operation["responses"]![status] is not { } documented)
            return $"the status is not documented ({answer.Code})";
        if (answer.ContentType is null || answer.Text.Length == 0)
            return documented["content"] is null ? null : "the body is missing";
        if (documented["content"]?[answer.ContentType] is not { } content)
            return $"{answer.ContentType} is not documented";
        return answer.ContentType.EndsWith("json", StringComparison.Ordinal) ? schemas.Breach(content["schema"], answer.Json) : null;
    }

    private sealed record FuzzRequest(string Path, string? Bearer, string? Body, bool Multipart)
    {
        public string ContentType { get; init; } = "application/json";

        public HttpContent? Content() => Multipart
            ? new MultipartFormDataContent { { new ByteArrayContent(Encoding.UTF8.GetBytes(Body ?? "not a zip")), "file", "bundle.zip" } }
            : Body is null ? null : new StringContent(Body, Encoding.UTF8, ContentType);
    }
}
