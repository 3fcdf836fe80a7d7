namespace PromptForge.Web.Catalog;

internal static class CatalogSetup
{
    public static void AddCatalog(this WebApplicationBuilder builder) => builder.Services.AddSingleton<CatalogAnswers>();

    public static void MapCatalog(this WebApplication app)
    {
        ModuleEndpoints.Map(app);
        DomainEndpoints.Map(app);
        NormalizeSevenD.Map(app);
        app.MapGet("/api/ruleset", (CatalogAnswers answers) => answers.Ruleset).WithName("getRuleset").WithTags("Catalogue")
            .WithSummary("The rules in force: version and checksum").Produces<RulesetView>().Produces(StatusCodes.Status304NotModified);
    }
}

/// <param name="Gate">The least total that may be exported.</param>
public sealed record RulesetView(string Version, string Checksum, int Gate);
