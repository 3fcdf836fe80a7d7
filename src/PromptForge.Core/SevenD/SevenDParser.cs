using System.Collections.Immutable;
using PromptForge.Core.Catalog;

namespace PromptForge.Core.SevenD;

/// <summary>Turns a request into a complete <see cref="ParameterSet"/>, or names every fault at once (engine.md 2.4).</summary>
public static class SevenDParser
{
    /// <summary>Longer values are refused unread, so that an error never echoes a large input.</summary>
    public const int MaxValueLength = 64;

    public const string AxisCode = "7D_VALIDATION_ERROR";
    public const string DomainCode = "UNKNOWN_DOMAIN";

    // Aliases on input only (decisions 2); what is stored and signed is always the target.
    private static readonly Dictionary<string, string> Aliases = new(StringComparer.OrdinalIgnoreCase)
    {
        ["strategy"] = "strategy_design",
        ["pack"] = "bundle",
        ["document"] = "md",
    };

    public static Outcome<Normalized> Normalize(SevenDRequest request, ProductCatalog catalog)
    {
        var faults = new List<Fault>();
        var domain = Domain(request.Domain, catalog, faults);
        var scale = Value<Scale>(request.Scale, "scale", faults);
        var urgency = Value<Urgency>(request.Urgency, "urgency", faults);
        var complexity = Value<Complexity>(request.Complexity, "complexity", faults);
        var resources = Value<Resources>(request.Resources, "resources", faults);
        var application = Value<Application>(request.Application, "application", faults);
        var outputs = Outputs(request.OutputFormats, faults);
        if (faults.Count > 0)
            return faults;

        var d = domain!.Defaults;
        var set = new ParameterSet(
            domain.Code,
            scale ?? d.Scale,
            urgency ?? d.Urgency,
            complexity ?? d.Complexity,
            resources ?? d.Resources,
            application ?? d.Application,
            outputs.IsDefaultOrEmpty ? [d.PrimaryOutput] : outputs);
        return new Normalized(set, Overrides(set, d));
    }

    private static Domain? Domain(string? given, ProductCatalog catalog, List<Fault> faults)
    {
        if (string.IsNullOrWhiteSpace(given))
        {
            faults.Add(new(AxisCode, "domain", "Every 7D context names its domain; all other axes may be left to its defaults.") { Allowed = catalog.DomainCodes });
            return null;
        }

        var domain = catalog.FindDomain(given.Trim());
        if (domain is null)
            faults.Add(new(DomainCode, "domain", $"There is no domain {Quote(given)}. Give one of the codes or its label: {string.Join(", ", catalog.DomainCodes)}.") { Allowed = catalog.DomainCodes });
        return domain;
    }

    private static T? Value<T>(string? given, string axis, List<Fault> faults) where T : struct, Enum
    {
        if (given is null)
            return null;
        var code = given.Trim();
        if (code.Length <= MaxValueLength && Codes<T>.TryParse(Aliases.GetValueOrDefault(code, code), out var value))
            return value;
        faults.Add(new(AxisCode, axis, $"{Quote(given)} is not a value of {axis}. Allowed: {string.Join(", ", Codes<T>.All)}.") { Allowed = Codes<T>.All });
        return null;
    }

    private static ImmutableArray<OutputFormat> Outputs(IReadOnlyList<string?>? given, List<Fault> faults)
    {
        if (given is null)
            return [];
        var known = Codes<OutputFormat>.All.Count;
        if (given.Count is 0 || given.Count > known)
        {
            faults.Add(new(AxisCode, "output_formats", $"Give between 1 and {known} output formats, or leave the axis out.") { Allowed = Codes<OutputFormat>.All });
            return [];
        }

        var before = faults.Count;
        var outputs = ImmutableArray.CreateBuilder<OutputFormat>(given.Count);
        for (var i = 0; i < given.Count; i++)
        {
            var value = Value<OutputFormat>(given[i] ?? "", $"output_formats/{i}", faults);
            if (value is { } format && outputs.Contains(format))
                faults.Add(new(AxisCode, $"output_formats/{i}", $"{format.Code()} is listed twice."));
            else if (value is { } added)
                outputs.Add(added);
        }

        return faults.Count > before ? [] : outputs.ToImmutable();
    }

    private static ImmutableArray<AxisOverride> Overrides(ParameterSet actual, ParameterSet defaults)
    {
        var overrides = ImmutableArray.CreateBuilder<AxisOverride>();
        for (var axis = Axis.Scale; axis <= Axis.Output; axis++)
        {
            var (standard, chosen) = axis == Axis.Output
                ? (Join(defaults.Outputs), Join(actual.Outputs))
                : (defaults[axis], actual[axis]);
            if (standard != chosen)
                overrides.Add(new(axis, standard, chosen));
        }

        return overrides.ToImmutable();

        static string Join(ImmutableArray<OutputFormat> outputs) => string.Join(",", outputs.Select(o => o.Code()));
    }

    /// <summary>An excerpt of a caller's text that is safe to print: one line, no control or direction marks.</summary>
    internal static string Quote(string given) => $"\"{Short(given)}\"";

    /// <inheritdoc cref="Quote"/>
    public static string Short(string given)
    {
        var cut = given.Length > MaxValueLength ? string.Concat(given.AsSpan(0, MaxValueLength), "...") : given;
        return string.Concat(cut.Where(c => !char.IsControl(c) && char.GetUnicodeCategory(c) != System.Globalization.UnicodeCategory.Format && !char.IsSurrogate(c)));
    }
}
