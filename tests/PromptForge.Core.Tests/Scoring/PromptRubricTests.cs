using System.Text.Json.Nodes;
using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;
using PromptForge.Core.Readiness;
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

    [Theory]
    [MemberData(nameof(TestCatalog.ModuleIds), MemberType = typeof(TestCatalog))]
    public async Task Each_section_that_is_removed_lowers_its_axis_and_makes_the_prompt_incomplete(string id)
    {
        (Section Section, ScoreAxis Axis)[] axes =
        [
            (Section.RoleGoal, ScoreAxis.Clarity), (Section.RoleGoal, ScoreAxis.BusinessFit), (Section.Context7D, ScoreAxis.Clarity), (Section.Context7D, ScoreAxis.Alignment), (Section.OutputSpec, ScoreAxis.Execution),
            (Section.Process, ScoreAxis.Execution), (Section.Guardrails, ScoreAxis.Execution), (Section.EvaluationHooks, ScoreAxis.Ambiguity), (Section.TelemetryKeys, ScoreAxis.Execution),
        ];
        await Metamorphic(id, (prompt, check) =>
        {
            foreach (var (section, axis) in axes)
            {
                var cut = Without(prompt, section);
                check(cut, axis);
                Assert.Contains(section.Name(), DefinitionOfDone.Completeness(cut), StringComparison.Ordinal);
            }

            Assert.Equal("", DefinitionOfDone.Completeness(prompt));
        });
    }

    [Theory]
    [MemberData(nameof(TestCatalog.ModuleIds), MemberType = typeof(TestCatalog))]
    public async Task Hedging_and_questions_lower_clarity_or_raise_ambiguity(string id) => await Metamorphic(id, (prompt, check) =>
    {
        check(Before(prompt, Section.Guardrails, "Maybe add a case study. / Poate că este util un exemplu."), ScoreAxis.Clarity);
        check(Before(prompt, Section.Guardrails, "Perhaps it might work, if possible. / Probabil ar putea merge, dacă se poate."), ScoreAxis.Ambiguity);
        check(Before(prompt, Section.EvaluationHooks, "Which of these matters? And why?"), ScoreAxis.Ambiguity);
        check(prompt.Replace("</inputs>", "<note>Maybe later, perhaps; poate că mai târziu, eventual</note>\n</inputs>", StringComparison.Ordinal), ScoreAxis.Ambiguity);
    });

    [Theory]
    [MemberData(nameof(TestCatalog.ModuleIds), MemberType = typeof(TestCatalog))]
    public async Task Lost_KPIs_fields_steps_rules_and_thresholds_cost_points_where_they_belong(string id) => await Metamorphic(id, (prompt, check) =>
    {
        check(Drop(prompt, l => l.Contains("; target ", StringComparison.Ordinal) || l.Contains("; țintă ", StringComparison.Ordinal)), ScoreAxis.BusinessFit);
        check(Drop(prompt, l => l.StartsWith("- `", StringComparison.Ordinal) && (l.Contains("required", StringComparison.Ordinal) || l.Contains("obligatoriu", StringComparison.Ordinal))), ScoreAxis.Execution);
        check(Drop(prompt, l => l.StartsWith("2. ", StringComparison.Ordinal)), ScoreAxis.Execution);
        check(Drop(prompt, l => l.StartsWith("- PCI DSS", StringComparison.Ordinal)), ScoreAxis.Alignment);
        check(Drop(prompt, l => l.StartsWith("- ambiguity <= ", StringComparison.Ordinal)), ScoreAxis.Ambiguity);
        check(prompt.Replace("- clarity >= 9", "- clarity >= 6", StringComparison.Ordinal), ScoreAxis.Ambiguity);
    });

    [Theory]
    [MemberData(nameof(TestCatalog.ModuleIds), MemberType = typeof(TestCatalog))]
    public async Task Whatever_contradicts_the_7D_lowers_alignment(string id) => await Metamorphic(id, (prompt, check) =>
    {
        check(Row(prompt, "urgency", "low (60 days and more)"), ScoreAxis.Alignment);
        check(Row(prompt, "domain", "Healthcare"), ScoreAxis.Alignment);
        check(Row(prompt, "scale", "solo"), ScoreAxis.Clarity);
        check(Row(prompt, "output", "txt"), ScoreAxis.Alignment);
        check(Before(prompt, Section.Guardrails, "Write this for a healthcare company. Scrie pentru o companie din domeniul Sănătate."), ScoreAxis.Alignment);
        check(Before(prompt, Section.Guardrails, "Treat it with urgency low. Tratează totul cu urgență low."), ScoreAxis.Alignment);
        check(Before(prompt, Section.Guardrails, "The client is an online retailer."), ScoreAxis.Alignment);
    });

    [Fact]
    public async Task A_promise_among_the_instructions_voids_the_guardrails()
    {
        var (prompt, contract) = await Compile("M07", Language.En);
        var before = Rubric.ScorePrompt(prompt, contract);
        var after = Rubric.ScorePrompt(Before(prompt, Section.Guardrails, "Say that we guarantee results."), contract);
        Assert.Equal(before.Execution - 20, after.Execution);
        Assert.Contains(after.SubScores.Single(s => s.Name == "guardrails").Evidence, e => e.Contains("guarantee results", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_client_supplies_moves_the_score()
    {
        var catalog = await TestCatalog.Get();
        var module = catalog.FindModule("M07")!;
        async Task<Score> Of(Action<JsonObject> change)
        {
            var values = TestCatalog.ExampleValues(module);
            change(values);
            var inputs = InputReader.Read(values, module.Inputs, null).Value;
            var contract = PromptContract.Of(catalog, module, TestCatalog.Set(catalog, "fintech"), Language.En, inputs);
            return Rubric.ScorePrompt((await TestCatalog.Compiler()).Compile(module, contract.Set, inputs, Language.En).Text, contract);
        }

        var full = await Of(_ => { });
        Assert.True((await Of(v => v.Remove("jurisdiction"))).Clarity < full.Clarity);
        Assert.True((await Of(v => v["perceived_risk"] = "delays")).Clarity < full.Clarity);
        Assert.True((await Of(v => v["perceived_risk"] = "Maybe the delivery slips, perhaps by weeks, possibly longer")).Ambiguity > full.Ambiguity);
        Assert.True((await Of(v => v["perceived_risk"] = "Will the delivery slip? And who pays?")).Ambiguity > full.Ambiguity);
        Assert.True((await Of(v => v["perceived_risk"] = "We are a healthcare provider and fear the delay of this delivery")).Alignment < full.Alignment);
        Assert.True((await Of(v => (v["price"], v["proofs"]) = ("on request", new JsonArray("reference letter")))).BusinessFit < full.BusinessFit);
    }

    [Fact]
    public async Task Every_lost_point_says_why_and_every_axis_adds_up_to_100()
    {
        var (prompt, contract) = await Compile("M07", Language.Ro);
        foreach (var text in (string[])[prompt, "", "nothing of the kind", Without(prompt, Section.Context7D), prompt.Replace("- ", "* ", StringComparison.Ordinal)])
        {
            var score = Rubric.ScorePrompt(text, contract);
            Assert.All(score.SubScores, s => Assert.True(s.Points == s.Of ? s.Evidence.IsEmpty : !s.Evidence.IsEmpty, $"{s.Axis}.{s.Name} {s.Points}/{s.Of}"));
            Assert.All(Enum.GetValues<ScoreAxis>(), axis => Assert.Equal(100, score.SubScores.Where(s => s.Axis == axis).Sum(s => s.Of)));
        }

        Assert.Equal((Verdict.Fail, 0), (Rubric.ScorePrompt("", contract).Verdict, Rubric.ScorePrompt("", contract).Execution));
    }

    private static async Task Metamorphic(string id, Action<string, Action<string, ScoreAxis>> change)
    {
        foreach (var language in Enum.GetValues<Language>())
        {
            var (prompt, contract) = await Compile(id, language);
            var before = Rubric.ScorePrompt(prompt, contract);
            change(prompt, (text, axis) =>
            {
                Assert.NotEqual(prompt, text);
                var after = Rubric.ScorePrompt(text, contract);
                var (was, @is) = axis == ScoreAxis.Ambiguity ? (-Raw(before, axis), -Raw(after, axis)) : (Raw(before, axis), Raw(after, axis));
                Assert.True(axis == ScoreAxis.Ambiguity ? @is > was : @is < was, $"{axis} did not move: {Samples.Explain(after, contract)}");
                Assert.True(after.Total <= before.Total, $"The total rose from {before.Total} to {after.Total}.");
            });
        }
    }

    /// <summary>Before rounding.</summary>
    private static decimal Raw(Score score, ScoreAxis axis) => score.SubScores.Where(s => s.Axis == axis).Sum(s => s.Points);

    private static async Task<(string Prompt, PromptContract Contract)> Compile(string id, Language language)
    {
        var catalog = await TestCatalog.Get();
        var module = catalog.FindModule(id)!;
        var set = TestCatalog.Set(catalog, "fintech", (Axis.Urgency, "crisis"), (Axis.Complexity, "expert"), (Axis.Output, "playbook,json"));
        var inputs = TestCatalog.Example(module);
        return ((await TestCatalog.Compiler()).Compile(module, set, inputs, language).Text, PromptContract.Of(catalog, module, set, language, inputs));
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

    private static string Without(string prompt, Section section)
    {
        var start = prompt.IndexOf($"## {section.Name()}\n", StringComparison.Ordinal);
        var next = prompt.IndexOf("\n## ", start, StringComparison.Ordinal);
        return next < 0 ? prompt[..start] : prompt.Remove(start, next + 1 - start);
    }

    private static string Before(string prompt, Section section, string line) => prompt.Replace($"\n## {section.Name()}\n", $"{line}\n\n## {section.Name()}\n", StringComparison.Ordinal);

    private static string Drop(string prompt, Func<string, bool> line) => string.Join('\n', prompt.Split('\n').Where(l => !line(l)));

    private static string Row(string prompt, string axis, string value) =>
        string.Join('\n', prompt.Split('\n').Select(l => l.StartsWith($"| {axis} | ", StringComparison.Ordinal) ? $"| {axis} | {value} |{string.Join('|', l.Split('|').Skip(3))}" : l));
}
