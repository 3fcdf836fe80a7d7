using PromptForge.Core;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.Entitlements;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;
using PromptForge.Web.Bundles;
using PromptForge.Web.Catalog;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Runs;

/// <summary>A caller's body to a <see cref="RunRequest"/>, or the one refusal that says everything that stands in the way: first what the plan lacks, then every bad value at once.</summary>
public sealed class RunReader(ProductCatalog catalog, EntitlementResolver entitlements, RunProjects projects)
{
    private const int MaxName = 100;
    private const int MaxFormats = 20;

    /// <summary>What stands in a bundle where the run belongs to no project.</summary>
    public const string NoProject = "unassigned";

    /// <param name="before">What is wrong with the values that are not a run's.</param>
    /// <exception cref="RefusedException">The run may not be made.</exception>
    public async ValueTask<RunRequest> ReadAsync(OrgAccess org, string moduleId, RunBody body, IReadOnlyList<Fault> before, CancellationToken ct)
    {
        var module = catalog.FindModule(moduleId) ?? throw new RefusedException(new(ApiError.ModuleNotFound, $"There is no module {SevenDParser.Short(moduleId)}. Modules are M01 to M50."));
        var rights = await entitlements.OfAsync(org.OrgId, org.UserId, ct);
        var faults = new List<Fault>(before);
        var formats = Formats(body.Formats, faults);
        var type = Type(body.Type, faults);
        var model = Model(body.Model, faults);
        if (Refusal(rights, module, formats ?? 0, type == RunType.Test && model is { Simulated: false } && org.Key is not { IsTest: true }) is { } refusal)
            throw new RefusedException(refusal);

        var sevenD = SevenDParser.Normalize(body.SevenD ?? new(), catalog);
        faults.AddRange(sevenD.Faults.Select(f => f with { Where = "/seven_d/" + f.Where }));
        var inputs = InputReader.Read(body.Inputs ?? [], module.Inputs, catalog.Ruleset.Limits);
        faults.AddRange(inputs.Faults.Select(f => f with { Where = f.Where == "/inputs" ? f.Where : "/inputs" + f.Where }));
        var language = Language.En;
        if (body.Language is { } named && !Codes<Language>.TryParse(named.Trim(), out language))
            faults.Add(Bad("/language", named, Codes<Language>.All));
        var project = body.Project is null ? null : await ProjectAsync(org.OrgId, body.Project, faults, ct);
        if (faults.Count > 0)
            throw new RefusedException(SevenDProblem.Of(faults));
        return new(org.OrgId, org.OrgName, org.UserId, module, sevenD.Value, inputs.Value, language, type, formats, project?.Slug ?? NoProject, body.Anonymise) { ProjectId = project?.Id, KeyId = org.Key?.KeyId };
    }

    // A model named is a model called; a simulated run calls none and is open to every plan (docs/decisions/0020).
    private Problem? Refusal(Rights rights, Module module, BundleFormats formats, bool live) =>
        rights.Refusal(module, catalog) ?? (live ? rights.Refusal(RightsRules.LiveFlag, catalog) : null) ?? rights.Refusal(formats, catalog);

    internal static BundleFormats? Formats(IReadOnlyList<string?>? given, List<Fault> faults)
    {
        if (given is null)
            return null;
        BundleFormats formats = 0;
        if (given.Count > MaxFormats)
            faults.Add(new(InputReader.Code, "/formats", $"At most {MaxFormats} formats can be named."));
        for (var i = 0; i < Math.Min(given.Count, MaxFormats); i++)
        {
            var name = given[i]?.Trim() ?? "";
            if (Exports.Formats.TryGetValue(name, out var format))
                formats |= format;
            else
                faults.Add(Bad($"/formats/{i}", name, [.. Exports.Formats.Keys]));
        }

        return formats;
    }

    private static RunType Type(string? given, List<Fault> faults)
    {
        var code = given?.Trim() ?? "test";
        if (Codes<RunType>.TryParse(code, out var type) && type != RunType.Agent)
            return type;
        faults.Add(code.ToUpperInvariant() is "AGENT" or "AGENT_EXECUTION"
            ? new(InputReader.Code, "/type", "Agent runs are not offered yet. Run the module as test or generation.") { Allowed = ["generation", "test"] }
            : Bad("/type", code, ["generation", "test"]));
        return RunType.Test;
    }

    private LanguageModel? Model(string? given, List<Fault> faults)
    {
        if (given is null)
            return null;
        var model = catalog.Models.FirstOrDefault(m => string.Equals(m.Name, given.Trim(), StringComparison.OrdinalIgnoreCase));
        if (model is null)
            faults.Add(Bad("/model", given, [.. catalog.Models.Select(m => m.Name)]));
        return model;
    }

    private async ValueTask<RunProject?> ProjectAsync(Guid orgId, string slug, List<Fault> faults, CancellationToken ct)
    {
        var project = slug.Length is > 0 and <= MaxName && !slug.Contains('\0', StringComparison.Ordinal) ? await projects.FindAsync(orgId, slug, ct) : null;
        if (project is null)
            faults.Add(new(InputReader.Code, "/project", $"There is no project \"{SevenDParser.Short(slug)}\" in this organisation. Create it first, or leave project out."));
        else if (project.Archived)
            faults.Add(new(InputReader.Code, "/project", $"The project {project.Slug} is archived. Restore it, or name another one."));
        return project;
    }

    private static Fault Bad(string at, string given, IReadOnlyList<string> allowed) =>
        new(InputReader.Code, at, $"\"{SevenDParser.Short(given)}\" is not allowed here. Allowed: {string.Join(", ", allowed)}.") { Allowed = allowed };
}
