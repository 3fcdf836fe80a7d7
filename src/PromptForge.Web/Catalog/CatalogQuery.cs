using System.Globalization;
using PromptForge.Core;
using PromptForge.Core.Catalog;
using PromptForge.Core.SevenD;

namespace PromptForge.Web.Catalog;

/// <summary>The catalogue's query parameters, each read with its fault.</summary>
internal static class CatalogQuery
{
    private const int MaxSearch = 100;
    private const int Vectors = 7;

    public static Language ReadLanguage(string? given, List<Fault> faults)
    {
        if (given is null || Codes<Language>.TryParse(given, out _))
            return given is not null && Codes<Language>.TryParse(given, out var language) ? language : Language.En;
        faults.Add(new("INPUT_INVALID", "/language", $"\"{SevenDParser.Short(given)}\" is not a language of the catalogue.") { Allowed = Codes<Language>.All });
        return Language.En;
    }

    public static int? Vector(string? given, List<Fault> faults)
    {
        if (given is null || (int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var vector) && vector is >= 1 and <= Vectors))
            return given is null ? null : int.Parse(given, CultureInfo.InvariantCulture);
        faults.Add(new("INPUT_INVALID", "/vector", $"\"{SevenDParser.Short(given)}\" is not a vector.") { Allowed = [.. Enumerable.Range(1, Vectors).Select(v => v.ToString(CultureInfo.InvariantCulture))] });
        return null;
    }

    public static Plan? Plan(string? given, ProductCatalog catalog, List<Fault> faults)
    {
        if (given is null || catalog.FindPlan(given) is not null)
            return given is null ? null : catalog.FindPlan(given);
        faults.Add(new("INPUT_INVALID", "/plan", $"\"{SevenDParser.Short(given)}\" is not a plan.") { Allowed = [.. catalog.Plans.Select(p => p.Code)] });
        return null;
    }

    public static IReadOnlyList<string> Words(string? given, List<Fault> faults)
    {
        if (given is null || given.Length <= MaxSearch)
            return given is null ? [] : PlainText.Of(given).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        faults.Add(new("INPUT_INVALID", "/q", $"Search for at most {MaxSearch} characters."));
        return [];
    }
}
