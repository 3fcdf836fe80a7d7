using PromptForge.Core;
using PromptForge.Core.Catalog;
using PromptForge.Core.SevenD;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Catalog;

public sealed record DomainItem(string Code, string Name, IReadOnlyList<string> SubIndustries, RiskLevel RiskLevel, SevenDView Defaults)
{
    internal static DomainItem Of(Domain domain, Language language) => new(domain.Code, domain.In(language).Name, domain.SubIndustries, domain.RiskLevel, SevenDView.Of(domain.Defaults));
}

/// <param name="Rules">What binds every prompt of this domain.</param>
/// <param name="Thresholds">Where the domain is stricter than the ruleset.</param>
public sealed record DomainDetail(
    string Code, string Version, string Name, IReadOnlyList<string> SubIndustries, RiskLevel RiskLevel, SevenDView Defaults, IReadOnlyList<string> Jargon, IReadOnlyList<string> Kpis, IReadOnlyList<string> Rules, string Tone, Thresholds Thresholds)
{
    internal static DomainDetail Of(Domain domain, Language language)
    {
        var text = domain.In(language);
        return new(domain.Code, domain.Version, text.Name, domain.SubIndustries, domain.RiskLevel, SevenDView.Of(domain.Defaults), domain.Jargon, domain.Kpis, text.Rules, text.Tone, domain.Thresholds);
    }
}

internal static class DomainEndpoints
{
    public static void Map(WebApplication app)
    {
        var group = app.MapGroup("/api/domains").WithTags("Catalogue");
        group.MapGet("", List).WithName("listDomains").WithSummary("The domains with their defaults").Produces<Listed<DomainItem>>().Produces(StatusCodes.Status304NotModified);
        group.MapGet("/{code}", Get).WithName("getDomain").WithSummary("A domain's profile, by code or label").Produces<DomainDetail>().Produces(StatusCodes.Status304NotModified);
    }

    private static IResult List(string? language, CatalogAnswers answers)
    {
        var faults = new List<Fault>();
        var spoken = CatalogQuery.ReadLanguage(language, faults);
        return faults.Count > 0 ? Problem.Of(ApiError.InputInvalid, faults) : answers.Domains(spoken);
    }

    private static IResult Get(string code, string? language, ProductCatalog catalog, CatalogAnswers answers)
    {
        var faults = new List<Fault>();
        var spoken = CatalogQuery.ReadLanguage(language, faults);
        if (catalog.FindDomain(code) is not { } domain)
            return new Problem(ApiError.NotFound, $"There is no domain \"{SevenDParser.Short(code)}\".").With("allowed", catalog.DomainCodes);
        return faults.Count > 0 ? Problem.Of(ApiError.InputInvalid, faults) : answers.Of(domain, spoken);
    }
}
