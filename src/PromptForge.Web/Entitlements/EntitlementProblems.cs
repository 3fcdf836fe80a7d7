using PromptForge.Core;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.Entitlements;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Entitlements;

/// <summary>A right that is missing, as the caller is told: what, which plan, pack or add-on opens it, and who in the org can change that.</summary>
public static class EntitlementProblems
{
    private static readonly string[] Roles = ["owner", "admin"];

    /// <returns>Null where the flag is on.</returns>
    public static Problem? Refusal(this Rights rights, string flag, ProductCatalog catalog) =>
        Denial.OfFlag(rights, flag, catalog) is { } denial ? Of(rights, denial).With("flag", flag) : null;

    /// <returns>Null where the module is open.</returns>
    public static Problem? Refusal(this Rights rights, Module module, ProductCatalog catalog) =>
        Denial.OfModule(rights, module, catalog) is { } denial ? Of(rights, denial).With("module_id", module.Id) : null;

    /// <returns>Null where all of them may be exported; otherwise the plan that opens all, and each format among the errors.</returns>
    public static Problem? Refusal(this Rights rights, BundleFormats formats, ProductCatalog catalog)
    {
        var denials = Denial.OfFormats(rights, formats, catalog);
        var widest = denials.MaxBy(d => d.OpensWith is null ? int.MaxValue : catalog.Plans.IndexOf(d.OpensWith));
        return widest is null ? null : Of(rights, widest).With("flag", widest.What).With("errors", (IReadOnlyList<Fault>)[.. denials.Select(d => d.Fault with { Where = "/formats" })]);
    }

    private static Problem Of(Rights rights, Denial denial)
    {
        var problem = new Problem(ApiError.Find(denial.Code)!, denial.Message)
            .With("plan", rights.Plan.Code).With("required_plan", denial.OpensWith?.Code).With("changed_by", Roles).With("changed_by_users", rights.Managers);
        if (denial.Packs.Count > 0)
            problem.With("required_packs", denial.Packs);
        return denial.Addon is null ? problem : problem.With("required_addon", denial.Addon);
    }
}
