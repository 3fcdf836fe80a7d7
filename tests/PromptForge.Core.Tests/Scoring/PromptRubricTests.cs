using PromptForge.Core.Catalog;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Tests.Scoring;

public sealed class PromptRubricTests
{
    [Theory]
    [MemberData(nameof(TestCatalog.ModuleIds), MemberType = typeof(TestCatalog))]
    public async Task An_untouched_prompt_from_the_example_passes_its_gate_in_every_context(string id)
    {
        var catalog = await TestCatalog.Get();
        var compiler = await TestCatalog.Compiler();
        var module = catalog.FindModule(id)!;
        var inputs = TestCatalog.Example(module);
        foreach (var language in Enum.GetValues<Language>())
            foreach (var set in Contexts(catalog))
            {
                var contract = PromptContract.Of(catalog, module, set, language, inputs);
                var score = Rubric.ScorePrompt(compiler.Compile(module, set, inputs, language).Text, contract);
                Assert.True(score.Verdict == Verdict.Pass && score.Total >= score.Thresholds.Gate, Samples.Explain(score, contract));
            }
    }

    /// <summary>Every domain in its own context, and every urgency with every complexity and application.</summary>
    private static IEnumerable<ParameterSet> Contexts(ProductCatalog catalog)
    {
        foreach (var domain in catalog.DomainCodes)
            yield return TestCatalog.Set(catalog, domain);
        foreach (var urgency in Codes<Urgency>.All)
            foreach (var complexity in Codes<Complexity>.All)
                foreach (var application in Codes<Application>.All)
                    yield return TestCatalog.Set(catalog, "fintech", (Axis.Urgency, urgency), (Axis.Complexity, complexity), (Axis.Application, application), (Axis.Output, "playbook,json"));
    }
}
