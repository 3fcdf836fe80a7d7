using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;

namespace PromptForge.Core.Tests.Prompting;

public sealed class PromptLintTests
{
    [Fact]
    public async Task No_prompt_of_the_catalogue_says_a_thing_twice_or_runs_too_long() =>
        Assert.Empty(PromptLint.Check(await TestCatalog.Get()));

    [Theory]
    [InlineData("- `guarantees` (array, required): one guarantee per unanswered fear, weakest remedy first; each `{name, remedy}`", "3. Turn each unanswered fear into one guarantee built from `offers`, weakest remedy first.")]
    [InlineData("- `terms` (markdown, required): clauses in this order: definitions, time limits, exclusions, how to invoke", "4. Draft the terms a lawyer can edit: definitions, time limits, exclusions, how to invoke.")]
    [InlineData("- `spoken_script` (markdown, obligatoriu): o respirație scurtă pe rând, accentele cu aldine", "2. Rescrie textul: o respirație scurtă pe rând, pronunția alături.")]
    public void A_line_in_other_words_is_found(string one, string other) => Assert.NotNull(PromptLint.Repeats(one, other));

    [Theory]
    [InlineData("1. Split `perceived_risk` into separate fears and rank them by how often they end a deal.", "- `claims` (array, required): what the offer may state, one claim per ranked fear; each `{claim, fear, proof}`")]
    [InlineData("- `a` (array, obligatoriu): una sau mai multe pentru fiecare clasă de date", "- `b` (array, obligatoriu): una sau mai multe pentru fiecare strat cu limită")]
    public void Lines_on_the_same_subject_are_not(string one, string other) => Assert.Null(PromptLint.Repeats(one, other));

    [Fact]
    public async Task An_article_that_does_not_fit_what_is_put_after_it_is_found()
    {
        var files = TestCatalog.Files.Select(f => f.Path == "standard/en.yaml" ? f with { Text = f.Text.Replace("artifact: labelled diagram", "artifact: annotated diagram", StringComparison.Ordinal) } : f);
        var changed = (await CatalogReader.ReadAsync([.. files], TestContext.Current.CancellationToken)).Value;
        var faults = PromptLint.Check(changed);
        Assert.All(faults, f => Assert.Contains("\"a annotated\"", f.Message, StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Where.StartsWith("modules/M17.yaml (en)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_repetition_is_reported_with_its_module_and_both_lines()
    {
        var files = TestCatalog.Files.Select(f => f.Path == "modules/M07.yaml"
            ? f with { Text = f.Text.Replace("- Offer no guarantee that is missing from `guarantees`", "- Give each fear the one item of `proofs` that answers it", StringComparison.Ordinal) } : f);
        var changed = (await CatalogReader.ReadAsync([.. files], TestContext.Current.CancellationToken)).Value;
        var fault = Assert.Single(PromptLint.Check(changed));
        Assert.StartsWith("modules/M07.yaml (en)", fault.Where, StringComparison.Ordinal);
        Assert.Contains("2. Give each fear", fault.Message, StringComparison.Ordinal);
    }
}
