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
