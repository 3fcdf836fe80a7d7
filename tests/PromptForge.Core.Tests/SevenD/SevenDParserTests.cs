using CsCheck;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Tests.SevenD;

public sealed class SevenDParserTests
{
    [Theory]
    [InlineData("saas|startup|planned|advanced|lean_team|implementation|spec", "4949d477eb5d4d97ac4ca75414b2d9c59d433a2f961a5d63d3744a01ffd7b75b")]
    [InlineData("fintech|enterprise|sprint|advanced|full_stack_org|implementation|spec", "36fc036518abe2ceffcd427aba878ccab381bdc3867c3193c95e7c538aaad658")]
    [InlineData("ecommerce|smb|sprint|standard|agency_stack|implementation|playbook", "eeb4a096d7ea607dce90f618225448e2ab4d4750ea4701002c9ef543117aa0db")]
    [InlineData("education|smb|planned|standard|lean_team|training|checklist", "33a3b3b2f2c9a8827ca91688623ba673a4cd98ed1a6f331223f378a9d511ac36")]
    public async Task The_signature_has_the_known_answers(string values, string expected)
    {
        var v = values.Split('|');
        var catalog = await TestCatalog.Get();
        var set = SevenDParser.Normalize(new SevenDRequest { Domain = v[0], Scale = v[1], Urgency = v[2], Complexity = v[3], Resources = v[4], Application = v[5], OutputFormats = [v[6]] }, catalog).Value.Set;
        Assert.Equal(expected, set.Signature);
    }

    [Fact]
    public async Task D_7D_01_a_missing_axis_comes_from_the_domain_and_what_differs_is_an_override()
    {
        var catalog = await TestCatalog.Get();
        var result = SevenDParser.Normalize(new SevenDRequest { Domain = "FinTech", Urgency = " Crisis " }, catalog).Value;
        Assert.Equal(("fintech", Scale.Enterprise, Urgency.Crisis, Complexity.Advanced, Resources.FullStackOrg, Application.Implementation, OutputFormat.Spec),
            (result.Set.Domain, result.Set.Scale, result.Set.Urgency, result.Set.Complexity, result.Set.Resources, result.Set.Application, result.Set.PrimaryOutput));
        Assert.Equal(new AxisOverride(Axis.Urgency, "sprint", "crisis"), Assert.Single(result.Overrides));
    }

    [Theory]
    [InlineData("strategy", "document", Application.StrategyDesign, OutputFormat.Md)]
    [InlineData("STRATEGY_DESIGN", "pack", Application.StrategyDesign, OutputFormat.Bundle)]
    public async Task Aliases_are_accepted_on_input_only(string application, string output, Application expected, OutputFormat expectedOutput)
    {
        var set = SevenDParser.Normalize(new SevenDRequest { Domain = "saas", Application = application, OutputFormats = [output] }, await TestCatalog.Get()).Value.Set;
        Assert.Equal((expected, expectedOutput), (set.Application, set.PrimaryOutput));
    }

    [Fact]
    public async Task All_faults_are_reported_at_once_with_axis_value_and_allowed_values()
    {
        var faults = SevenDParser.Normalize(new SevenDRequest { Domain = "banking", Scale = "org", Urgency = "asap", OutputFormats = ["pdf", "md", "document"] }, await TestCatalog.Get()).Faults;
        Assert.Equal(["domain", "scale", "urgency", "output_formats/0", "output_formats/2"], faults.Select(f => f.Where));
        Assert.Equal("UNKNOWN_DOMAIN", faults[0].Code);
        Assert.All(faults.Skip(1), f => Assert.Equal("7D_VALIDATION_ERROR", f.Code));
        Assert.Contains("smb", faults[1].Allowed);
        Assert.Contains("asap", faults[2].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_null_an_empty_list_and_a_missing_domain_are_refused()
    {
        var catalog = await TestCatalog.Get();
        Assert.Equal("output_formats/0", Assert.Single(SevenDParser.Normalize(new SevenDRequest { Domain = "saas", OutputFormats = [null] }, catalog).Faults).Where);
        Assert.Equal("output_formats", Assert.Single(SevenDParser.Normalize(new SevenDRequest { Domain = "saas", OutputFormats = [] }, catalog).Faults).Where);
        Assert.Equal("domain", Assert.Single(SevenDParser.Normalize(new SevenDRequest(), catalog).Faults).Where);
    }

    [Fact]
    public async Task A_fault_never_echoes_a_large_or_unprintable_value()
    {
        var fault = Assert.Single(SevenDParser.Normalize(new SevenDRequest { Domain = "saas", Scale = new string('x', 1_000_000) + "\u202e\0" }, await TestCatalog.Get()).Faults);
        Assert.True(fault.Message.Length < 400);
        Assert.DoesNotContain('\0', fault.Message);
    }

    [Fact]
    public async Task Every_combination_of_the_closed_lists_is_valid_and_normalising_twice_changes_nothing()
    {
        var catalog = await TestCatalog.Get();
        Gen<string> Of(Axis axis) => Gen.OneOf([.. TestCatalog.Values(catalog, axis).Select(Gen.Const)]);
        Gen.Select(Of(Axis.Domain), Of(Axis.Scale), Of(Axis.Urgency), Of(Axis.Complexity), Of(Axis.Resources), Of(Axis.Application), Gen.Shuffle(Codes<OutputFormat>.All.ToArray(), 1, 9))
            .Sample((domain, scale, urgency, complexity, resources, application, outputs) =>
            {
                var request = new SevenDRequest { Domain = domain, Scale = scale, Urgency = urgency, Complexity = complexity, Resources = resources, Application = application, OutputFormats = outputs };
                var once = SevenDParser.Normalize(request, catalog).Value.Set;
                var again = SevenDParser.Normalize(
                    new SevenDRequest { Domain = once.Domain, Scale = once[Axis.Scale], Urgency = once[Axis.Urgency], Complexity = once[Axis.Complexity], Resources = once[Axis.Resources], Application = once[Axis.Application], OutputFormats = [.. once.Outputs.Select(o => o.Code())] },
                    catalog).Value.Set;
                return once == again && once.Signature == again.Signature && once.Signature.Length == 64;
            });
    }

    [Fact]
    public async Task Whatever_is_not_in_a_closed_list_is_refused()
    {
        var catalog = await TestCatalog.Get();
        Gen.String.Sample(value =>
        {
            var known = Codes<Scale>.All.Contains(value.Trim(), StringComparer.OrdinalIgnoreCase);
            return SevenDParser.Normalize(new SevenDRequest { Domain = "saas", Scale = value }, catalog).Ok == known;
        });
    }

    [Fact]
    public async Task Only_the_primary_output_and_no_other_order_moves_the_signature()
    {
        var catalog = await TestCatalog.Get();
        Assert.Equal(TestCatalog.Set(catalog, "saas", (Axis.Output, "spec,json")).Signature, TestCatalog.Set(catalog, "saas", (Axis.Output, "spec,md")).Signature);
        Assert.NotEqual(TestCatalog.Set(catalog, "saas", (Axis.Output, "json,spec")).Signature, TestCatalog.Set(catalog, "saas", (Axis.Output, "spec,json")).Signature);
    }
}
