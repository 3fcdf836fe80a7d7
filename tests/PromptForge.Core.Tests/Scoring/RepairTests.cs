using System.Collections.Immutable;
using System.Text.RegularExpressions;
using CsCheck;
using PromptForge.Core.Catalog;
using PromptForge.Core.Offline;
using PromptForge.Core.Prompting;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Tests.Scoring;

public sealed partial class RepairTests
{
    private static readonly EffectiveThresholds Base = new(80, 80, 20, 75, 75, 80, ImmutableDictionary<ScoreAxis, ImmutableArray<string>>.Empty);

    [Theory]
    [InlineData(60, 60, 20, 75, 75, "planned", "audit", RepairStrategy.Tighten)]
    [InlineData(80, 80, 60, 75, 75, "planned", "audit", RepairStrategy.Tighten)]
    [InlineData(80, 50, 20, 75, 75, "planned", "audit", RepairStrategy.ExpandSteps)]
    [InlineData(80, 80, 30, 75, 40, "planned", "audit", RepairStrategy.OptimizeEnterprise)]
    [InlineData(80, 50, 20, 75, 75, "crisis", "audit", RepairStrategy.CrisisMode)]
    [InlineData(80, 50, 20, 75, 75, "low", "crisis_response", RepairStrategy.CrisisMode)]
    [InlineData(90, 90, 5, 90, 90, "crisis", "audit", null)]
    public async Task The_worst_axis_picks_the_strategy(int c, int e, int a, int al, int bf, string urgency, string application, RepairStrategy? strategy)
    {
        var set = TestCatalog.Set(await TestCatalog.Get(), "saas", (Axis.Urgency, urgency), (Axis.Application, application));
        Assert.Equal(strategy, Repair.Choose(Verdicts.From(new(c, e, a, al, bf), Base, []).Value, set));
    }

    [Theory]
    [MemberData(nameof(TestCatalog.ModuleIds), MemberType = typeof(TestCatalog))]
    public async Task A_damaged_prompt_is_brought_back_over_its_gate_once(string id)
    {
        foreach (var (language, urgency) in Enum.GetValues<Language>().SelectMany(l => new[] { "planned", "crisis" }.Select(u => (l, u))))
        {
            var (prompt, contract) = await Compile(id, language, urgency);
            var damaged = Cut(Cut(prompt, Section.OutputSpec), Section.Process).Replace("## GUARDRAILS\n", "## GUARDRAILS\n- Maybe it could work; perhaps ask who pays 12,345 EUR?\n", StringComparison.Ordinal);
            var repaired = Repair.TightenPrompt(damaged, contract);
            Assert.Equal(Verdict.Fail, repaired.First.Score.Verdict);
            Assert.True(repaired.TightenOnceApplied);
            Assert.Equal(damaged, repaired.First.Text);
            Assert.True(repaired.Second!.Score.Exportable, Samples.Explain(repaired.Second.Score, contract) + "\n" + repaired.Second.Text);
            Assert.Same(repaired.Second, repaired.Best);
            Assert.Contains("12,345 EUR", repaired.Second.Text, StringComparison.Ordinal);
            Assert.Equal(Block(damaged), Block(repaired.Second.Text));
        }
    }

    [Theory]
    [MemberData(nameof(TestCatalog.ModuleIds), MemberType = typeof(TestCatalog))]
    public async Task An_untouched_prompt_is_left_alone_by_every_strategy(string id)
    {
        var (prompt, contract) = await Compile(id, Language.En, "planned");
        Assert.False(Repair.TightenPrompt(prompt, contract).TightenOnceApplied);
        foreach (var strategy in Enum.GetValues<RepairStrategy>())
            Assert.Equal(prompt, Repair.ApplyToPrompt(strategy, prompt, contract));
    }

    [Fact]
    public async Task No_strategy_changes_a_number_a_name_a_date_or_the_inputs()
    {
        var contracts = new List<(string Prompt, PromptContract Contract)>();
        foreach (var id in (string[])["M01", "M07", "M26", "M41"])
            contracts.Add(await Compile(id, id == "M26" ? Language.Ro : Language.En, "planned"));
        var words = Gen.OneOf<string>("Maybe", "perhaps", "we could", "Ana Pop", "2026-03-31", "18,500 EUR", "3 of 4", "possibly", "Why not?", "Head of Delivery", "poate că", "s-ar putea", "order.", "eventual", "97.5 %", "if possible,");
        Gen.Select(Gen.Int[0, contracts.Count - 1], words.Array[1, 12], Gen.Int[0, 6], Gen.Enum<RepairStrategy>()).Sample((i, sentence, at, strategy) =>
        {
            var (prompt, contract) = contracts[i];
            var section = (Section)at;
            var line = string.Join(' ', sentence);
            var edited = prompt.Replace($"## {section.Name()}\n", $"## {section.Name()}\n{(section == Section.Context7D ? "" : "- ")}{line}\n", StringComparison.Ordinal);
            var repaired = Repair.ApplyToPrompt(strategy, edited, contract);
            Assert.Equal(Block(edited), Block(repaired));
            Assert.Empty(Facts(edited).Except(Facts(repaired)));
            Assert.Equal(repaired, Repair.ApplyToPrompt(strategy, repaired, contract));
        }, iter: 300);
    }

    [Fact]
    public async Task No_strategy_changes_a_fact_of_an_output()
    {
        var catalog = await TestCatalog.Get();
        var module = catalog.FindModule("M07")!;
        var words = Gen.OneOf<string>("Maybe", "perhaps", "we could", "Ana Pop", "2026-03-31", "18,500 EUR", "3 of 4", "possibly", "Why not?", "Head of Delivery", "tbd", "97.5 %", "order.");
        Gen.Select(Gen.OneOf<string>("playbook", "json", "yaml", "txt", "bundle", "md,json"), words.Array[1, 12], Gen.Enum<RepairStrategy>()).Sample((format, sentence, strategy) =>
        {
            var contract = PromptContract.Of(catalog, module, TestCatalog.Set(catalog, "fintech", (Axis.Output, format)), Language.En, TestCatalog.Example(module));
            var output = OfflineProvider.Complete(contract).Replace("Two public conference talks", string.Join(' ', sentence), StringComparison.Ordinal);
            var repaired = Repair.ApplyToOutput(strategy, output, contract);
            Assert.Empty(Facts(output).Except(Facts(repaired)));
        }, iter: 200);
    }

    [Fact]
    public async Task A_poor_output_gains_by_one_repair_and_both_attempts_are_kept()
    {
        var catalog = await TestCatalog.Get();
        var module = catalog.FindModule("M07")!;
        var contract = PromptContract.Of(catalog, module, TestCatalog.Set(catalog, "saas", (Axis.Output, "md")), Language.En, TestCatalog.Example(module));
        const string output = "## claims\n- claim: Maybe the audit helps | fear: nothing changes on the shop floor | proof: OEE report\n\nPerhaps returns fell by 61 percent. Who pays for that?\n";
        var repaired = Repair.TightenOutput(output, contract);
        Assert.Equal((output, RepairStrategy.Tighten), (repaired.First.Text, repaired.Second!.Strategy));
        Assert.True(repaired.Second.Score.Total > repaired.First.Score.Total);
        var tightened = Repair.ApplyToOutput(RepairStrategy.Tighten, output, contract);
        Assert.Contains("Assumption: ", tightened, StringComparison.Ordinal);
        Assert.Contains("## guarantees\n[TBD]", tightened, StringComparison.Ordinal);
        Assert.Contains("## Open Questions\n- Who pays for that?", tightened, StringComparison.Ordinal);
        Assert.DoesNotContain("erhaps", tightened, StringComparison.Ordinal);
    }

    private static async Task<(string Prompt, PromptContract Contract)> Compile(string id, Language language, string urgency)
    {
        var catalog = await TestCatalog.Get();
        var module = catalog.FindModule(id)!;
        var set = TestCatalog.Set(catalog, "fintech", (Axis.Urgency, urgency), (Axis.Output, "playbook,json"));
        var inputs = TestCatalog.Example(module);
        return ((await TestCatalog.Compiler()).Compile(module, set, inputs, language).Text, PromptContract.Of(catalog, module, set, language, inputs));
    }

    private static string Cut(string prompt, Section section)
    {
        var start = prompt.IndexOf($"## {section.Name()}\n", StringComparison.Ordinal);
        return prompt.Remove(start, prompt.IndexOf("\n## ", start, StringComparison.Ordinal) + 1 - start);
    }

    private static string Block(string prompt) => prompt[prompt.IndexOf("\n<inputs>\n", StringComparison.Ordinal)..(prompt.IndexOf("\n</inputs>\n", StringComparison.Ordinal) + 11)];

    private static IEnumerable<string> Facts(string text) => Fact().Matches(text).Select(m => m.Value);

    [GeneratedRegex(@"\d[\d.,:-]*\d|\d|Ana Pop|Head of Delivery")]
    private static partial Regex Fact();
}
