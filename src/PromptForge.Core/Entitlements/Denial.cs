using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;

namespace PromptForge.Core.Entitlements;

/// <summary>What is not open to the caller, and what opens it.</summary>
/// <param name="Code">ENTITLEMENT_REQUIRED or MODULE_NOT_IN_PLAN.</param>
/// <param name="What">The flag, or the module's id.</param>
/// <param name="OpensWith">The smallest plan that includes it; null: none does.</param>
/// <param name="Packs">Packs that open it too.</param>
/// <param name="Addon">The add-on that opens it for one member.</param>
public sealed record Denial(string Code, string What, Plan? OpensWith, IReadOnlyList<string> Packs, string? Addon, string Message)
{
    public const string EntitlementCode = "ENTITLEMENT_REQUIRED";
    public const string ModuleCode = "MODULE_NOT_IN_PLAN";

    private static readonly (BundleFormats Format, string Flag)[] Formats =
        [(BundleFormats.Md, "canExportMD"), (BundleFormats.Json, "canExportJSON"), (BundleFormats.Pdf, "canExportPDF"), (BundleFormats.Zip, "canExportBundleZip")];

    public Fault Fault => new(Code, What, Message);

    /// <returns>Null where the flag is on.</returns>
    public static Denial? OfFlag(Rights rights, string flag, ProductCatalog catalog) => rights.Has(flag) ? null : Of(rights, flag, $"include {flag}", catalog);

    /// <returns>Null where the module is open.</returns>
    public static Denial? OfModule(Rights rights, Module module, ProductCatalog catalog)
    {
        if (rights.Allows(module))
            return null;
        var plan = catalog.Plans.FirstOrDefault(p => p.Modules is null || p.Modules.Value.Contains(module.Id));
        List<string> packs = [.. catalog.Packs.Where(p => p.Modules.Contains(module.Id)).Select(p => p.Code)];
        return new(ModuleCode, module.Id, plan, packs, null, $"{module.Id} is not part of the {rights.Plan.Name} plan. {Opens(plan, packs, null)}");
    }

    public static IReadOnlyList<Denial> OfFormats(Rights rights, BundleFormats formats, ProductCatalog catalog) =>
        [.. Formats.Where(f => formats.HasFlag(f.Format) && !rights.Has(f.Flag)).Select(f => Of(rights, f.Flag, $"export {f.Format.ToString().ToLowerInvariant()} ({f.Flag})", catalog))];

    private static Denial Of(Rights rights, string flag, string what, ProductCatalog catalog)
    {
        var plan = catalog.Plans.FirstOrDefault(p => p.Flags.GetValueOrDefault(flag));
        List<string> packs = [.. catalog.Packs.Where(p => RightsRules.PackPrefix + p.Code == flag).Select(p => p.Code)];
        var addon = RightsRules.Addons.FirstOrDefault(a => a.Value.Flag == flag).Key;
        return new(EntitlementCode, flag, plan, packs, addon, $"The {rights.Plan.Name} plan does not {what}. {Opens(plan, packs, addon)}");
    }

    private static string Opens(Plan? plan, List<string> packs, string? addon)
    {
        List<string> ways = [.. plan is null ? [] : new[] { plan.Name }, .. packs.Select(p => $"the pack {p}"), .. addon is null ? [] : new[] { $"the add-on {addon}" }];
        return $"{(ways.Count == 0 ? "A licence or the operator opens it" : $"It opens with {string.Join(" or ", ways)}")}; an owner or admin of the organisation can change the plan.";
    }
}
