using System.Text.Json.Nodes;
using PromptForge.Core.Prompting;

namespace PromptForge.Core.Tests.Prompting;

public sealed class InputReaderTests
{
    [Theory]
    [InlineData("a\0b", "null byte")]
    [InlineData("a\u0007b", "control character")]
    [InlineData("pay \u202e001 EUR", "direction-changing")]
    [InlineData("zero\u200bwidth", "invisible")]
    [InlineData("tag\U000E0041", "tag character")]
    public async Task Characters_that_hide_what_a_text_says_are_refused_with_their_place(string value, string reason)
    {
        var fault = Assert.Single(await Read("price", JsonValue.Create(value)));
        Assert.Equal(("INPUT_INVALID", "/price"), (fault.Code, fault.Where));
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1e200000")]
    [InlineData("1e400")]
    [InlineData("0.12345678901234567890123456789")]
    [InlineData("123456789012345678901234567890123456789")]
    public async Task A_number_that_no_store_keeps_as_it_is_is_refused_wherever_it_stands(string number)
    {
        var module = (await TestCatalog.Get()).FindModule("M05")!;
        var given = new JsonObject(module.ExampleInput.Select(i => KeyValuePair.Create(i.Key, JsonNode.Parse(i.Value.GetRawText())))) { ["ttl"] = JsonNode.Parse($$"""{"core":{{number}}}""") };
        Assert.Equal(("INPUT_INVALID", "/ttl/core"), InputReader.Read(given, module.Inputs, null).Faults.Select(f => (f.Code, f.Where)).Single());
    }

    [Fact]
    public async Task An_exponent_is_written_out_so_that_a_stored_value_compiles_to_the_same_prompt()
    {
        var module = (await TestCatalog.Get()).FindModule("M05")!;
        var given = new JsonObject(module.ExampleInput.Select(i => KeyValuePair.Create(i.Key, JsonNode.Parse(i.Value.GetRawText())))) { ["ttl"] = JsonNode.Parse("""{"core":2.5e3,"session":12.50}""") };
        Assert.Equal("""{"core":2500,"session":12.50}""", InputReader.Read(given, module.Inputs, null).Value.Values["ttl"]!.ToJsonString());
    }

    [Fact]
    public async Task Half_a_character_is_refused() => Assert.Contains("half a character", Assert.Single(await Read("price", JsonValue.Create("half " + (char)0xD800))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("🚀 👩‍👩‍👧 ăâîșț „da” 中文 العربية")]
    [InlineData("line one\r\nline two\ttab")]
    public async Task Emoji_scripts_line_breaks_and_tabs_are_fine(string value) => Assert.Empty(await Read("price", JsonValue.Create(value)));

    [Fact]
    public async Task All_faults_are_reported_at_once_and_unknown_keys_are_named()
    {
        var module = (await TestCatalog.Get()).FindModule("M07")!;
        var given = new JsonObject { ["prize"] = "1", ["price"] = 12, ["proofs"] = new JsonArray() };
        var faults = InputReader.Read(given, module.Inputs, null).Faults;
        Assert.Equal(["/inputs", "/price", "/perceived_risk", "/proofs", "/guarantees"], faults.Select(f => f.Where));
        Assert.Contains("prize", faults[0].Message, StringComparison.Ordinal);
        Assert.Contains("perceived_risk", faults[0].Allowed);
    }

    [Fact]
    public async Task Ten_megabytes_are_refused_without_being_echoed()
    {
        var fault = Assert.Single(await Read("price", JsonValue.Create(new string('x', 10_000_000))));
        Assert.Contains("10,000,000 characters", fault.Message, StringComparison.Ordinal);
        Assert.True(fault.Message.Length < 200);
    }

    private static async Task<IReadOnlyList<Fault>> Read(string key, JsonNode value)
    {
        var catalog = await TestCatalog.Get();
        var module = catalog.FindModule("M07")!;
        var values = TestCatalog.ExampleValues(module);
        values[key] = value;
        return [.. InputReader.Read(values, module.Inputs, catalog.Ruleset.Limits).Faults.Where(f => f.Where != "/inputs")];
    }
}
