using System.Collections.Immutable;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Readiness;

/// <summary>One check of a definition.</summary>
/// <param name="Code">What a failure is called in an answer.</param>
/// <param name="Detail">What was missing and what to do; empty when it holds.</param>
public sealed record ReadinessCheck(string Name, bool Ok, string Code, string Detail);

/// <summary>A Definition of Ready or of Done, with every check and not only the first that failed.</summary>
public sealed record RunReadiness(ImmutableArray<ReadinessCheck> Checks)
{
    public bool Ok => Checks.All(c => c.Ok);

    public IReadOnlyList<Fault> Faults => [.. Checks.Where(c => !c.Ok).Select(c => new Fault(c.Code, c.Name, c.Detail))];
}

/// <summary>Whether a run may start: checked before it exists (D-DOR-05).</summary>
public static class DefinitionOfReady
{
    public static RunReadiness Check(ProductCatalog catalog, Module module, ParameterSet set, ModuleInputs inputs, bool entitled)
    {
        var absent = module.Inputs.Where(i => i.Required && !inputs.Values.ContainsKey(i.Key)).Select(i => i.Key).ToList();
        return new([
            Check("7d_valid", catalog.FindDomain(set.Domain) is { } domain && domain.Code == set.Domain && !set.Outputs.IsDefaultOrEmpty && set.Outputs.Distinct().Count() == set.Outputs.Length,
                "DOR_MISSING_7D", "The 7D context is incomplete. Normalise it first."),
            Check("entitlement_valid", entitled, "DOR_ENTITLEMENTS_FAIL", $"The plan does not include {module.Id} or what was asked of it."),
            Check("output_spec_loaded", module.Fields.Any(f => f.Required), "DOR_OUTPUT_SPEC_MISSING", $"{module.Id} names no required output field."),
            Check("tests_defined", module.Tests.Any(t => t.Assertions.Length > 0), "DOR_TESTS_UNDEFINED", $"{module.Id} has no test case."),
            Check("input_minimum", absent.Count == 0, "DOR_INPUT_MISSING", $"Required inputs are missing: {string.Join(", ", absent)}."),
        ]);
    }

    internal static ReadinessCheck Check(string name, bool ok, string code, string detail) => new(name, ok, code, ok ? "" : detail);
}

/// <summary>Whether a run is finished. Without an export only score, output and telemetry count (D-DOD-05); with one, all on that bundle (D-DOD-01).</summary>
public static class DefinitionOfDone
{
    /// <param name="missingFields">Required output fields that the text lacks.</param>
    /// <param name="bundle">What is about to be stored; its hashes are computed again here. Null: nothing is exported.</param>
    /// <param name="telemetryKeys">The keys that are about to be stored with the run.</param>
    public static RunReadiness Check(Ruleset ruleset, Score score, IReadOnlyCollection<string> missingFields, IReadOnlyCollection<string> telemetryKeys, SealedBundle? bundle, IssuerKey? issuer)
    {
        var absent = ruleset.TelemetryKeys.Except(telemetryKeys).ToList();
        var checks = ImmutableArray.CreateBuilder<ReadinessCheck>(5);
        checks.Add(DefinitionOfReady.Check("score_threshold", score.Exportable, "DOD_SCORE_LT_80", $"The total is {score.Total}, the gate {score.Thresholds.Gate}, the verdict {Codes<Verdict>.Of(score.Verdict)}."));
        checks.Add(DefinitionOfReady.Check("output_complete", missingFields.Count == 0, "DOD_OUTPUT_INCOMPLETE", $"Required fields are missing: {string.Join(", ", missingFields)}."));
        if (bundle is not null)
        {
            var report = BundleVerifier.Verify(bundle, issuer is null ? [] : [issuer]);
            var intact = report.Verdict is BundleVerdict.Valid || (issuer is null && report.Verdict is BundleVerdict.UnknownIssuer);
            checks.Add(DefinitionOfReady.Check("checksum_valid", intact && report.Checksum == bundle.Checksum, "DOD_CHECKSUM_INVALID", "The bundle does not match its own checksums."));
            checks.Add(DefinitionOfReady.Check("manifest_written", report.Manifest is { LicenceNotice.Length: > 0 }, "DOD_MANIFEST_INCOMPLETE", "The manifest is missing or has no licence notice."));
        }

        checks.Add(DefinitionOfReady.Check("telemetry_saved", absent.Count == 0, "DOD_NOT_PERSISTED", $"Telemetry lacks: {string.Join(", ", absent)}."));
        return new(checks.ToImmutable());
    }
}
