using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace PromptForge.Web.ApiDocs;

/// <summary>Requests and answers as they went over the wire, recorded by the tests into <c>Examples/{operation}.json</c>; only where codes come by mail, or a device answers, they are written by hand.</summary>
internal static class Examples
{
    private const string Prefix = "Examples.";

    private static readonly FrozenDictionary<string, JsonObject> Recorded = Read();

    public static void Add(OpenApiOperation operation)
    {
        if (operation.OperationId is null || !Recorded.TryGetValue(operation.OperationId, out var example))
            return;
        if (example["request"] is { } request && operation.RequestBody?.Content is { } bodies && bodies.TryGetValue("application/json", out var body))
            body.Example = request.DeepClone();
        if (example["response"] is { } response && operation.Responses is { } responses && responses.TryGetValue(example["status"]!.ToString(), out var known)
            && known.Content is { } answers && answers.TryGetValue("application/json", out var answer))
            answer.Example = response.DeepClone();
    }

    private static FrozenDictionary<string, JsonObject> Read()
    {
        var assembly = typeof(Examples).Assembly;
        return assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).ToFrozenDictionary(
            n => n[Prefix.Length..^".json".Length],
            n =>
            {
                using var stream = assembly.GetManifestResourceStream(n)!;
                return JsonNode.Parse(stream)!.AsObject();
            }, StringComparer.Ordinal);
    }
}
