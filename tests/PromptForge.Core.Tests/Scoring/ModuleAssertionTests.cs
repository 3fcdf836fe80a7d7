using System.Text.Json.Nodes;
using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;
using PromptForge.Core.Scoring;

namespace PromptForge.Core.Tests.Scoring;

public sealed class ModuleAssertionTests
{
    private const string Good = """{"goal":"ship","steps":[{"action":"build","hours":3},{"action":"test","hours":2}],"note":"plain"}""";

    public static TheoryData<TestAssertion, string> Failing() => new()
    {
        { new("prompt_contains") { Values = ["18,000 EUR"] }, Good },
        { new("required_fields"), """{"goal":" ","steps":[{"action":"build"}]}""" },
        { new("required_fields"), """{"goal":"ship","steps":[]}""" },
        { new("min_items") { Field = "steps", Value = 3 }, Good },
        { new("min_items") { Field = "goal", Value = 1 }, Good },
        { new("max_items") { Field = "steps", Value = 1 }, Good },
        { new("each_has") { Field = "steps", Values = ["action", "owner"] }, Good },
        { new("each_has") { Field = "steps", Values = ["action"] }, """{"steps":[{"action":"build"},"test"]}""" },
        { new("contains") { Field = "steps", Values = ["BUILD", "deploy"] }, Good },
        { new("contains") { Field = "*", Values = ["nowhere"] }, Good },
        { new("not_contains") { Field = "note", Values = ["PLAIN"] }, Good },
        { new("not_contains") { Field = "*", Values = ["ship"] }, Good },
        { new("pattern") { Field = "goal", Pattern = "^[0-9]+$" }, Good },
        { new("sum_equals") { Field = "steps", Key = "hours", Value = 7, Tolerance = 1 }, Good },
        { new("sum_equals") { Field = "steps", Key = "action", Value = 5 }, Good },
        { new("no_incident") { Values = ["UNGROUNDED_CLAIM", "PROMISES_FORBIDDEN"] }, Good },
        { new("score_min") { Value = 101 }, Good },
        { new("quality") { Value = 1 }, Good },
    };

    [Theory]
    [MemberData(nameof(Failing))]
    public async Task Every_check_can_fail_and_says_why(TestAssertion assertion, string fields)
    {
        var result = Assert.Single(await Check(fields, assertion));
        Assert.Equal(AssertionOutcome.Failed, result.Outcome);
        Assert.NotEmpty(result.Message);
        Assert.Same(assertion, result.Assertion);
    }

    [Fact]
    public async Task Every_check_that_holds_says_nothing()
    {
        var results = await Check(Good,
            new("prompt_contains") { Values = ["THE prompt"] },
            new("required_fields"),
            new("min_items") { Field = "steps", Value = 2 },
            new("max_items") { Field = "steps", Value = 2 },
            new("each_has") { Field = "steps", Values = ["action", "hours"] },
            new("contains") { Field = "steps", Values = ["Build"] },
            new("not_contains") { Field = "absent", Values = ["anything"] },
            new("pattern") { Field = "goal", Pattern = "^sh" },
            new("sum_equals") { Field = "steps", Key = "hours", Value = 6, Tolerance = 1 },
            new("no_incident") { Values = ["UNGROUNDED_CLAIM"] },
            new("score_min") { Value = 0 });
        Assert.Equal(11, results.Count);
        Assert.All(results, r => Assert.Equal((AssertionOutcome.Passed, ""), (r.Outcome, r.Message)));
    }

    private static async Task<IReadOnlyList<AssertionResult>> Check(string fields, params TestAssertion[] assertions)
    {
        var catalog = await TestCatalog.Get();
        var m07 = catalog.FindModule("M07")!;
        var module = m07 with
        {
            Fields = [new("goal", FieldType.String, true, []), new("steps", FieldType.Array, true, ["action", "hours"]), new("note", FieldType.String, false, [])],
            Tests = [new("T1", "by hand", [.. assertions])],
        };
        var score = Rubric.ScorePrompt("the prompt", PromptContract.Of(catalog, m07, TestCatalog.Set(catalog, "consulting"), Language.En, TestCatalog.Example(m07)));
        return ModuleTests.Check(module, "the prompt", new ParsedOutput([], JsonNode.Parse(fields)!.AsObject()), score, [new PolicyHit("PROMISES_FORBIDDEN", "output line 1", false)]);
    }
}
