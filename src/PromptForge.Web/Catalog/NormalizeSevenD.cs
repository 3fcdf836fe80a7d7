using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core;
using PromptForge.Core.Catalog;
using PromptForge.Core.SevenD;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Catalog;

/// <summary>A complete 7D context.</summary>
/// <param name="OutputFormats">The first is the primary one, and the one that is signed.</param>
/// <param name="Signature7d">SHA-256 of the seven codes: two contexts are the same if and only if this is.</param>
public sealed record SevenDView(
    string Domain, Scale Scale, Urgency Urgency, Complexity Complexity, Resources Resources, Application Application, IReadOnlyList<OutputFormat> OutputFormats,
    [property: System.Text.Json.Serialization.JsonPropertyName("signature_7d")] string Signature7d)
{
    internal static SevenDView Of(ParameterSet set) => new(set.Domain, set.Scale, set.Urgency, set.Complexity, set.Resources, set.Application, set.Outputs, set.Signature);
}

/// <param name="Overrides">What differs from the domain's defaults, by axis.</param>
public sealed record NormalizedView(
    string Domain, Scale Scale, Urgency Urgency, Complexity Complexity, Resources Resources, Application Application, IReadOnlyList<OutputFormat> OutputFormats,
    [property: System.Text.Json.Serialization.JsonPropertyName("signature_7d")] string Signature7d, IReadOnlyDictionary<string, OverrideView> Overrides);

public sealed record OverrideView(string Default, string Actual);

/// <summary>What is wrong with a request that holds a 7D context, all of it at once: one refusal has one code, and <c>errors</c> has them all.</summary>
public static class SevenDProblem
{
    public static Problem Of(IReadOnlyList<Fault> faults)
    {
        if (faults.Any(f => f.Code == SevenDParser.AxisCode))
            return Problem.Of(ApiError.SevenDInvalid, faults);
        return faults.FirstOrDefault(f => f.Code == SevenDParser.DomainCode) is { } domain
            ? Problem.Of(ApiError.UnknownDomain, faults).With("allowed", domain.Allowed)
            : Problem.Of(ApiError.InputInvalid, faults);
    }
}

internal static class NormalizeSevenD
{
    public static void Map(WebApplication app) => app.MapPost("/api/7d/normalize", Handle)
        .WithName("normalizeSevenD").WithTags("Catalogue").WithSummary("Completes a 7D context from its domain's defaults and signs it").WithDescription("Public; nothing is stored.");

    private static Results<Ok<NormalizedView>, Problem> Handle(SevenDRequest request, ProductCatalog catalog)
    {
        var parsed = SevenDParser.Normalize(request, catalog);
        if (!parsed.Ok)
            return SevenDProblem.Of([.. parsed.Faults.Select(f => f with { Where = "/" + f.Where })]);
        var set = parsed.Value.Set;
        return TypedResults.Ok(new NormalizedView(set.Domain, set.Scale, set.Urgency, set.Complexity, set.Resources, set.Application, set.Outputs, set.Signature,
            parsed.Value.Overrides.ToDictionary(o => o.Axis.Code(), o => new OverrideView(o.Default, o.Actual))));
    }
}
