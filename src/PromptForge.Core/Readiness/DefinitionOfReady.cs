using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Readiness;

/// <summary>What a run starts from; checked before anything is written (decisions, D-DOR-05).</summary>
/// <param name="SevenD">The normalised context, or the faults that stand in its way.</param>
/// <param name="Signature">The signature that the caller or a stored set claims; null when it is made now.</param>
/// <param name="Inputs">The client's values as read, or their faults.</param>
/// <param name="Entitlement">Why the caller may not run this, worded for the caller; null when it may.</param>
public sealed record ReadyFacts(Module? Module, Outcome<Normalized> SevenD, string? Signature, Outcome<ModuleInputs> Inputs, string? Entitlement);

/// <summary>Definition of Ready (engine.md 6): five checks, all blocking.</summary>
public static class DefinitionOfReady
{
    public const string SevenDCode = "DOR_MISSING_7D";
    public const string EntitlementCode = "DOR_ENTITLEMENTS_FAIL";
    public const string OutputSpecCode = "DOR_OUTPUT_SPEC_MISSING";
    public const string TestsCode = "DOR_TESTS_UNDEFINED";
    public const string InputCode = "DOR_INPUT_MINIMUM";

    public static Checklist Check(ReadyFacts facts) => new(
    [
        Of("7d_valid", SevenDCode, SevenD(facts)),
        Of("entitlement_valid", EntitlementCode, facts.Entitlement),
        Of("output_spec_loaded", OutputSpecCode, facts.Module is not { Fields.Length: > 0 } ? "The module has no output fields; activate a version that has." : null),
        Of("tests_defined", TestsCode, facts.Module is not { Tests.Length: > 0 } ? "The module has no test; add at least one before it runs." : null),
        Of("input_minimum", InputCode, facts.Inputs.Ok ? null : string.Join(" ", facts.Inputs.Faults.Select(f => f.Message))),
    ]);

    private static string? SevenD(ReadyFacts facts)
    {
        if (!facts.SevenD.Ok)
            return string.Join(" ", facts.SevenD.Faults.Select(f => f.Message));
        return facts.Signature is null || facts.Signature == facts.SevenD.Value.Set.Signature ? null : "The signature does not belong to these seven values; send the values again and let the signature be made from them.";
    }

    private static CheckResult Of(string name, string code, string? problem) => new(name, problem is null, code, problem ?? "");
}
