using PromptForge.Core.Prompting;
using PromptForge.Core.Scoring;

namespace PromptForge.Core.Readiness;

/// <summary>What is known at the end of a run. Null facts were not due: a run without an export has no checksum and no manifest (decisions, D-DOD-05).</summary>
/// <param name="OutputComplete">What <c>DefinitionOfDone.Completeness</c> says: "" when the artefact is complete.</param>
/// <param name="ChecksumValid">Recomputed from the stored bytes, never read from a row.</param>
public sealed record DoneFacts(Score Score, string OutputComplete, bool TelemetrySaved, bool? ChecksumValid = null, bool? ManifestWritten = null);

/// <summary>Definition of Done (engine.md 6), on one bundle where there is one.</summary>
public static class DefinitionOfDone
{
    public const string ScoreCode = "DOD_SCORE_LT_80";
    public const string OutputCode = "DOD_OUTPUT_INCOMPLETE";
    public const string ChecksumCode = "DOD_CHECKSUM_INVALID";
    public const string ManifestCode = "DOD_MANIFEST_INCOMPLETE";
    public const string TelemetryCode = "DOD_NOT_PERSISTED";

    public static Checklist Check(DoneFacts facts)
    {
        var t = facts.Score.Thresholds;
        List<CheckResult> checks =
        [
            Of("score_threshold", ScoreCode, facts.Score.Exportable, $"The total is {facts.Score.Total}, the gate {t.Gate}; the evidence of the score says where the points are."),
            Of("output_complete", OutputCode, facts.OutputComplete.Length == 0, facts.OutputComplete),
            Of("telemetry_saved", TelemetryCode, facts.TelemetrySaved, "The run's telemetry is not stored yet; try again."),
        ];
        if (facts.ChecksumValid is { } valid)
            checks.Add(Of("checksum_valid", ChecksumCode, valid, "The stored files do not give the bundle's checksum; export again."));
        if (facts.ManifestWritten is { } written)
            checks.Add(Of("manifest_written", ManifestCode, written, "The manifest or its licence notice is missing; export again."));
        return new([.. checks]);
    }

    /// <summary>What a prompt lacks to be complete: the seven sections once each, in order, and the client's block. Empty when nothing.</summary>
    public static string Completeness(string prompt)
    {
        var text = new PromptText(prompt);
        var missing = new List<string>();
        foreach (var section in Enum.GetValues<Section>())
            if (!text[section].Found)
                missing.Add(section.Name());
        return missing.Count > 0 ? $"Missing sections: {string.Join(", ", missing)}."
            : !text.Complete ? "The seven sections must stand once each, in the standard's order."
            : !text.Inputs.Found ? "The block of inputs is gone from CONTEXT_7D." : "";
    }

    /// <summary>What an output lacks to be complete: required fields and parts in their format. Empty when nothing.</summary>
    public static string Completeness(ParsedOutput output, PromptContract contract)
    {
        var missing = contract.Module.Fields.Where(f => f.Required && !output.Has(f.Name)).Select(f => f.Name).ToList();
        return missing.Count > 0 ? $"Missing fields: {string.Join(", ", missing)}."
            : string.Join(" ", output.Parts.Where(p => p.Problem is not null).Select(p => p.Problem));
    }

    private static CheckResult Of(string name, string code, bool passed, string problem) => new(name, passed, code, passed ? "" : problem);
}
