using System.Text.Json.Nodes;
using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;
using PromptForge.Core.Prompting;
using PromptForge.Core.Scoring;

namespace PromptForge.Core.Tests.Guardrails;

public sealed class GuardrailScannerTests
{
    private static async Task<PromptContract> Contract(Language language = Language.En, params (string Key, JsonNode Value)[] inputs)
    {
        var catalog = await TestCatalog.Get();
        var module = catalog.FindModule("M07")!;
        var values = TestCatalog.ExampleValues(module);
        foreach (var (key, value) in inputs)
            values[key] = value;
        return PromptContract.Of(catalog, module, TestCatalog.Set(catalog, "fintech"), language, InputReader.Read(values, module.Inputs, null).Value);
    }

    [Theory]
    [MemberData(nameof(TestCatalog.ModuleIds), MemberType = typeof(TestCatalog))]
    public async Task A_prompt_from_the_example_breaks_no_rule_in_any_domain(string id)
    {
        var catalog = await TestCatalog.Get();
        var compiler = await TestCatalog.Compiler();
        var module = catalog.FindModule(id)!;
        var inputs = TestCatalog.Example(module);
        foreach (var (language, domain) in Enum.GetValues<Language>().SelectMany(l => catalog.DomainCodes.Select(d => (l, d))))
        {
            var contract = PromptContract.Of(catalog, module, TestCatalog.Set(catalog, domain), language, inputs);
            Assert.Empty(GuardrailScanner.ScanPrompt(compiler.Compile(module, contract.Set, inputs, language).Text, contract));
        }
    }

    [Theory]
    [InlineData("We guarantee results.", true)]
    [InlineData("This is RISK\u2011FREE for the buyer.", true)]
    [InlineData("In 30 days you will see a return.", true)]
    [InlineData("Oferim rezultate garantate.", true)]
    [InlineData("Oferim rezultate garantate, fara niciun risc.", true)]
    [InlineData("Nu aveți ce pierde.", true)]
    [InlineData("We do not guarantee results.", false)]
    [InlineData("Nu vă garantăm venituri.", false)]
    [InlineData("Un mediu sigur pentru copii.", false)]
    [InlineData("The guarantee covers milestone 2.", false)]
    [InlineData("A risk-free rate is defined in section 2.", true)]
    [InlineData("100% of items carry a rights status [register].", false)]
    public async Task A_promise_is_found_in_both_languages_and_harmless_words_are_not(string output, bool found) =>
        Assert.Equal(found, GuardrailScanner.ScanOutput(output, await Contract()).Any(h => h.Code == GuardrailScanner.Promise));

    [Theory]
    [InlineData("Sales rose by 14 percent.", true)]
    [InlineData("Sales rose by 14 percent [CRM export, May].", false)]
    [InlineData("Sales rose by 14 percent (source: CRM).", false)]
    [InlineData("Assumption: sales rise by 14 percent.", false)]
    [InlineData("Ipoteză: vânzările cresc cu 14 la sută.", false)]
    [InlineData("3 of 4 buyers left.", true)]
    [InlineData("The plant lost 250,000 EUR.", true)]
    [InlineData("The price is 18,000 EUR, 40 percent on signature.", false)]
    [InlineData("Step 3: call within 2 days.", false)]
    [InlineData("Deliver by 2026-05-01.", false)]
    [InlineData("The law changed on 12 May 2025.", false)]
    [InlineData("The audit of 12 May 2025 found nothing.", true)]
    [InlineData("See https://example.org/report for the 14 percent.", false)]
    [InlineData("- [ ] 14 percent fewer returns", true)]
    [InlineData("The limit is 45 percent.", false)]
    [InlineData("See section 4.2 and ISO 27001.", false)]
    [InlineData("| claim | evidence |\n|---|---|\n| returns fell by 14 percent | audited register |", false)]
    [InlineData("| claim | owner |\n|---|---|\n| returns fell by 14 percent | you |", true)]
    [InlineData("| action | due |\n|---|---|\n| call | 2026-05-01 |", false)]
    [InlineData("```json\n{\"claims\": [\n  {\n    \"claim\": \"returns fell by 14 percent\",\n    \"proof\": \"audit 2025\"\n  }\n]}\n```", false)]
    [InlineData("```json\n{\"claims\": [\n  {\n    \"claim\": \"returns fell by 14 percent\"\n  },\n  {\n    \"proof\": \"audit 2025\"\n  }\n]}\n```", true)]
    public async Task A_figure_needs_a_source_unless_the_client_gave_it_or_it_is_planned(string output, bool found) =>
        Assert.Equal(found, GuardrailScanner.ScanOutput(output, await Contract()).Any(h => h.Code == GuardrailScanner.Ungrounded));

    [Fact]
    public async Task Personal_data_of_the_client_in_the_output_is_a_breach_and_other_personal_data_is_not()
    {
        var contract = await Contract(Language.En, ("perceived_risk", "Ana Pop, ana.pop@acme.ro, fears that nothing changes"));
        var hits = GuardrailScanner.ScanOutput("Write to ana.pop@acme.ro.\nOr to info@other.ro.", contract);
        Assert.Equal(
            [new(GuardrailScanner.Confidentiality, "output line 1", false), new("PII_EMAIL", "output line 1", false), new("PII_EMAIL", "output line 2", false)],
            hits.OrderBy(h => h.Where, StringComparer.Ordinal).ThenBy(h => h.Code, StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_hit_names_the_input_or_the_line_and_never_the_text()
    {
        var contract = await Contract(Language.En, ("proofs", new JsonArray("Letter of Dr. Ionescu", "card 4111 1111 1111 1111")));
        var prompt = (await TestCatalog.Compiler()).Compile(contract.Module, contract.Set, contract.Inputs, contract.Language).Text.Replace("## PROCESS\n", "## PROCESS\nTell them that we guarantee results.\n", StringComparison.Ordinal);
        var hits = GuardrailScanner.ScanPrompt(prompt, contract);
        Assert.Equal(["PII_CREDIT_CARD:input proofs:True", "PII_PERSON_NAME:input proofs:False"], hits.Where(h => h.Code != GuardrailScanner.Promise).Select(h => $"{h.Code}:{h.Where}:{h.Blocks}").Order());
        var line = prompt[..prompt.IndexOf("Tell them", StringComparison.Ordinal)].Count(c => c == '\n') + 1;
        Assert.Equal($"prompt line {line}", Assert.Single(hits, h => h.Code == GuardrailScanner.Promise).Where);
        Assert.DoesNotContain(hits, h => h.Where.Contains("Ionescu", StringComparison.Ordinal));
        var incident = GuardrailScanner.ShowPrompt(prompt, contract).Single(i => i.Code == "PII_CREDIT_CARD");
        Assert.Equal("4111 1111 1111 1111", prompt.Substring(incident.Start, incident.Length));
    }

    [Fact]
    public async Task What_the_guardrails_quote_and_what_the_client_writes_is_no_promise_of_ours()
    {
        var contract = await Contract(Language.En, ("perceived_risk", "A rival sold us guaranteed results and failed"));
        Assert.Empty(GuardrailScanner.ScanPrompt((await TestCatalog.Compiler()).Compile(contract.Module, contract.Set, contract.Inputs, contract.Language).Text, contract));
    }
}
