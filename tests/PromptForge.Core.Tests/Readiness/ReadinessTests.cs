using System.Collections.Immutable;
using PromptForge.Core.Guardrails;
using PromptForge.Core.Prompting;
using PromptForge.Core.Readiness;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Tests.Readiness;

public sealed class ReadinessTests
{
    private static readonly EffectiveThresholds Base = new(80, 80, 20, 75, 75, 80, ImmutableDictionary<ScoreAxis, ImmutableArray<string>>.Empty);
    private static readonly Score Good = Verdicts.From(new(90, 90, 10, 90, 90), Base, []).Value;
    private static readonly Checklist AllDone = DefinitionOfDone.Check(new(Good, "", TelemetrySaved: true));

    private static async Task<ReadyFacts> Ready()
    {
        var catalog = await TestCatalog.Get();
        var module = catalog.FindModule("M07")!;
        return new(module, SevenDParser.Normalize(new() { Domain = "fintech" }, catalog), null, TestCatalog.Example(module), null);
    }

    [Theory]
    [MemberData(nameof(TestCatalog.ModuleIds), MemberType = typeof(TestCatalog))]
    public async Task D_DOR_02_every_module_has_the_tests_that_a_run_needs(string id)
    {
        var module = (await TestCatalog.Get()).FindModule(id)!;
        Assert.True(DefinitionOfReady.Check((await Ready()) with { Module = module, Inputs = TestCatalog.Example(module) }).Passed);
    }

    [Fact]
    public async Task D_DOR_01_D_SQL_15_with_everything_there_a_run_may_start()
    {
        var list = DefinitionOfReady.Check(await Ready());
        Assert.True(list.Passed);
        Assert.Equal(["7d_valid", "entitlement_valid", "output_spec_loaded", "tests_defined", "input_minimum"], list.Checks.Select(c => c.Name));
    }

    [Fact]
    public async Task D_SQL_16_every_check_that_fails_is_told_at_once_with_its_code_and_what_to_do()
    {
        var catalog = await TestCatalog.Get();
        var facts = await Ready();
        var list = DefinitionOfReady.Check(facts with
        {
            Module = facts.Module! with { Fields = [], Tests = [] },
            SevenD = SevenDParser.Normalize(new() { Domain = "fintech", Urgency = "yesterday" }, catalog),
            Inputs = InputReader.Read([], facts.Module!.Inputs, null),
            Entitlement = "M07 needs the plan pro.",
        });
        Assert.Equal(
            [DefinitionOfReady.SevenDCode, DefinitionOfReady.EntitlementCode, DefinitionOfReady.OutputSpecCode, DefinitionOfReady.TestsCode, DefinitionOfReady.InputCode],
            list.Faults.Select(f => f.Code));
        Assert.All(list.Faults, f => Assert.NotEmpty(f.Message));
    }

    [Fact]
    public async Task A_signature_of_other_values_is_refused()
    {
        var facts = await Ready();
        Assert.True(DefinitionOfReady.Check(facts with { Signature = facts.SevenD.Value.Set.Signature }).Passed);
        Assert.Equal(DefinitionOfReady.SevenDCode, Assert.Single(DefinitionOfReady.Check(facts with { Signature = new('0', 64) }).Faults).Code);
    }

    [Fact]
    public void A_run_without_an_export_is_done_without_checksum_and_manifest()
    {
        Assert.True(AllDone.Passed);
        Assert.Equal(["score_threshold", "output_complete", "telemetry_saved"], AllDone.Checks.Select(c => c.Name));
        var poor = Verdicts.From(new(60, 60, 40, 60, 60), Base, []).Value;
        Assert.Equal(
            [DefinitionOfDone.ScoreCode, DefinitionOfDone.OutputCode, DefinitionOfDone.TelemetryCode, DefinitionOfDone.ChecksumCode, DefinitionOfDone.ManifestCode],
            DefinitionOfDone.Check(new(poor, "Missing fields: terms.", false, false, false)).Faults.Select(f => f.Code));
    }

    [Fact]
    public void A_run_leaves_only_over_its_gate_without_personal_data_and_done()
    {
        Assert.Empty(Exportability.Check(Good, [], false, AllDone));
        var partial = Verdicts.From(new(60, 95, 10, 90, 90), Base, []).Value;
        Assert.Empty(Exportability.Check(partial, [], false, AllDone));
        Assert.Equal(Exportability.ScoreCode, Assert.Single(Exportability.Check(Verdicts.From(new(80, 80, 20, 75, 75), Base, []).Value, [], false, AllDone)).Code);
        Assert.Contains("clarity 79 < 80, execution 79 < 80", Assert.Single(Exportability.Check(Verdicts.From(new(79, 79, 0, 100, 100), Base, []).Value, [], false, AllDone)).Message, StringComparison.Ordinal);

        ImmutableArray<PolicyHit> mail = [new("PII_EMAIL", "input price", false)];
        Assert.Equal(Exportability.PiiCode, Assert.Single(Exportability.Check(Good, mail, false, AllDone)).Code);
        Assert.Empty(Exportability.Check(Good, mail, true, AllDone));
        Assert.Equal(Exportability.GuardrailCode, Assert.Single(Exportability.Check(Good, [new("PII_CREDIT_CARD", "output line 2", true)], true, AllDone)).Code);
        Assert.Empty(Exportability.Check(Good, [new(GuardrailScanner.Ungrounded, "output line 2", false)], false, AllDone));

        var incomplete = DefinitionOfDone.Check(new(Good, "Missing sections: GUARDRAILS.", true));
        Assert.Equal(DefinitionOfDone.OutputCode, Assert.Single(Exportability.Check(Good, [], false, incomplete)).Code);
    }
}
