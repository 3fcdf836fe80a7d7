using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;
using PromptForge.Core.Offline;
using PromptForge.Core.Prompting;
using PromptForge.Core.Readiness;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;
using PromptForge.Core.Tests.Scoring;

namespace PromptForge.Core.Tests.Offline;

public sealed class OfflineProviderTests
{
    private static readonly (string Domain, string Urgency, string Complexity, string Outputs)[] Contexts =
    [
        ("consulting", "planned", "advanced", "spec"), ("fintech", "crisis", "expert", "playbook,json"), ("saas", "planned", "advanced", "yaml"), ("ecommerce", "sprint", "standard", "checklist"),
        ("education", "planned", "standard", "txt"), ("web3", "pilot", "advanced", "diagram"), ("hr", "low", "standard", "bundle"), ("media", "sprint", "standard", "md,yaml"),
        ("healthcare", "crisis", "expert", "json"), ("spiritual", "planned", "foundational", "playbook"),
    ];

    [Theory]
    [MemberData(nameof(TestCatalog.ModuleIds), MemberType = typeof(TestCatalog))]
    public async Task On_its_example_every_module_gets_a_complete_draft_that_knows_nothing_of_the_modules_tests(string id)
    {
        var catalog = await TestCatalog.Get();
        var module = catalog.FindModule(id)!;
        var inputs = TestCatalog.Example(module);
        foreach (var language in Enum.GetValues<Language>())
            foreach (var (domain, urgency, complexity, outputs) in Contexts)
            {
                var set = TestCatalog.Set(catalog, domain, (Axis.Urgency, urgency), (Axis.Complexity, complexity), (Axis.Output, outputs));
                var contract = PromptContract.Of(catalog, module, set, language, inputs);
                var output = OfflineProvider.Complete(contract);
                var parsed = OutputReader.Read(output, contract);
                var score = Rubric.ScoreOutput(output, contract);
                Assert.True(score.Exportable, Samples.Explain(score, contract) + "\n" + output);
                Assert.Equal("", DefinitionOfDone.Completeness(parsed, contract));
                Assert.Equal(output, OfflineProvider.Complete(contract with { Module = module with { Tests = [] } }));
                Assert.DoesNotContain(GuardrailScanner.ScanOutput(output, contract), h => h.Code != GuardrailScanner.Ungrounded);
            }
    }

    [Fact]
    public async Task The_same_contract_gives_the_same_text_and_a_crisis_opens_with_the_escalation_path()
    {
        var catalog = await TestCatalog.Get();
        var module = catalog.FindModule("M07")!;
        var set = TestCatalog.Set(catalog, "fintech", (Axis.Urgency, "crisis"), (Axis.Output, "playbook,json"));
        var contract = PromptContract.Of(catalog, module, set, Language.En, TestCatalog.Example(module));
        var output = OfflineProvider.Complete(contract);
        Assert.Equal(output, OfflineProvider.Complete(contract with { }));
        Assert.StartsWith("## escalation_path\n", output, StringComparison.Ordinal);
        Assert.Contains("Second milestone paid only after acceptance", output, StringComparison.Ordinal);
        Assert.Contains("dropoff_delta_pct: baseline unknown, target -25", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Personal_data_of_the_client_is_masked()
    {
        var catalog = await TestCatalog.Get();
        var module = catalog.FindModule("M07")!;
        var values = TestCatalog.ExampleValues(module);
        values["perceived_risk"] = "Ask ana.pop@acme.ro or 0722 111 222 why nothing changes";
        var contract = PromptContract.Of(catalog, module, TestCatalog.Set(catalog, "fintech"), Language.En, InputReader.Read(values, module.Inputs, null).Value);
        var output = OfflineProvider.Complete(contract);
        Assert.DoesNotContain("ana.pop@acme.ro", output, StringComparison.Ordinal);
        Assert.DoesNotContain(GuardrailScanner.ScanOutput(output, contract), h => h.Code.StartsWith("PII_", StringComparison.Ordinal) || h.Code == GuardrailScanner.Confidentiality);
    }
}
