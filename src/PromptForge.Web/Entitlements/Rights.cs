using System.Collections.Frozen;
using PromptForge.Core;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Entitlements;

/// <summary>What one caller may do in one org at one moment: plan, add-ons, packs, licences and manual grants together.</summary>
/// <param name="Plan">The plan whose subscription is live; pilot where there is none.</param>
/// <param name="Modules">Null: all.</param>
public sealed record Rights(Plan Plan, FrozenSet<string> Flags, FrozenSet<string>? Modules, bool Trial)
{
    public bool Has(string flag) => Flags.Contains(flag);

    public bool Allows(Module module) => Modules is null || Modules.Contains(module.Id);

    public BundleFormats Formats =>
        (Has("canExportMD") ? BundleFormats.Md : 0) | (Has("canExportJSON") ? BundleFormats.Json : 0) | (Has("canExportPDF") ? BundleFormats.Pdf : 0) | (Has("canExportBundleZip") ? BundleFormats.Zip : 0);

    /// <summary>Null where the flag is on; otherwise the refusal, with the plan that opens it and who can change the plan.</summary>
    public Problem? Refusal(string flag, ProductCatalog catalog)
    {
        if (Has(flag))
            return null;
        var opens = catalog.Plans.FirstOrDefault(p => p.Flags.GetValueOrDefault(flag));
        return new Problem(ApiError.EntitlementRequired, $"The {Plan.Name} plan does not include {flag}.{(opens is null ? "" : $" It opens with {opens.Name}.")} An owner or admin of the organisation can change the plan.")
            .With("flag", flag).With("required_plan", opens?.Code).With("plan", Plan.Code).With("changed_by", new[] { "owner", "admin" });
    }

    /// <summary>Why this module or these formats are refused; each refusal names the plan that opens it.</summary>
    public IReadOnlyList<Fault> Refusals(Module module, BundleFormats formats, ProductCatalog catalog)
    {
        var faults = new List<Fault>();
        if (!Allows(module))
        {
            var opens = catalog.Plans.FirstOrDefault(p => p.Modules is null || p.Modules.Value.Contains(module.Id));
            faults.Add(new("MODULE_NOT_IN_PLAN", module.Id, $"{module.Id} is not part of the {Plan.Name} plan. It opens with {opens?.Name ?? "a pack"}; an owner or admin of the organisation can change the plan."));
        }

        foreach (var (format, flag) in new[] { (BundleFormats.Md, "canExportMD"), (BundleFormats.Json, "canExportJSON"), (BundleFormats.Pdf, "canExportPDF"), (BundleFormats.Zip, "canExportBundleZip") })
        {
            if (formats.HasFlag(format) && !Has(flag))
            {
                var opens = catalog.Plans.FirstOrDefault(p => p.Flags[flag]);
                faults.Add(new("ENTITLEMENT_REQUIRED", flag, $"The {Plan.Name} plan does not export {format.ToString().ToLowerInvariant()} ({flag}). It opens with {opens?.Name}; an owner or admin of the organisation can change the plan."));
            }
        }

        return faults;
    }
}
