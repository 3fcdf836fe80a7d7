using System.CommandLine;
using PromptForge.Cli;

namespace PromptForge.Core.Tests.Cli;

public sealed class ModuleOptionsTests
{
    [Theory]
    [InlineData("M99 --example", "MODULE_NOT_FOUND", "M01 to M50")]
    [InlineData("M07 --example --domain banking", "UNKNOWN_DOMAIN", "aiml, architecture")]
    [InlineData("M07 --example --urgency asap", "7D_VALIDATION_ERROR", "low, planned, sprint, pilot, crisis")]
    [InlineData("M07 --example --output pdf", "7D_VALIDATION_ERROR", "playbook")]
    [InlineData("M07 --example --output md,md", "7D_VALIDATION_ERROR", "twice")]
    [InlineData("M07 --example --lang fr", "LANGUAGE_UNKNOWN", "en, ro")]
    [InlineData("M07 --example --input prize=1", "INPUT_INVALID", "perceived_risk")]
    [InlineData("M07 --example --input price", "INPUT_INVALID", "names no key")]
    [InlineData("M07 --domain fintech", "INPUT_INVALID", "missing or empty")]
    [InlineData("M07 --example", "", "")]
    [InlineData("M07 --example --inputs nowhere.json", "INPUT_INVALID", "cannot be read")]
    public async Task A_wrong_command_line_is_answered_with_a_code_and_what_to_do(string line, string code, string says)
    {
        var faults = await Read(line.Split(' '));
        if (code.Length == 0)
            Assert.Empty(faults);
        else
            Assert.Contains(faults, f => f.Code == code && f.Message.Contains(says, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[1, 2]", "one JSON object")]
    [InlineData("{\"price\": ", "not valid JSON")]
    [InlineData("{\"price\": \"a\\u0000b\"}", "null byte")]
    [InlineData("{\"price\": \"a\", \"price\": \"b\"}", "not valid JSON")]
    [InlineData("{\"price\": \"\\ud800x\"}", "not valid UTF-8")]
    public async Task A_wrong_inputs_file_is_answered_too(string json, string says)
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, json, TestContext.Current.CancellationToken);
        Assert.Contains(await Read("M07", "--example", "--inputs", path), f => f.Code == "INPUT_INVALID" && f.Message.Contains(says, StringComparison.Ordinal));
        File.Delete(path);
    }

    [Fact]
    public async Task A_file_of_more_than_ten_megabytes_is_refused_unread()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, "{\"price\": \"" + new string('x', 10_000_001) + "\"}", TestContext.Current.CancellationToken);
        Assert.Contains(await Read("M07", "--example", "--inputs", path), f => f.Message.Contains("10,000,000 are allowed", StringComparison.Ordinal));
        File.Delete(path);
    }

    [Fact]
    public async Task Values_typed_as_text_take_the_inputs_own_type()
    {
        var catalog = await TestCatalog.Get();
        var options = new ModuleOptions();
        var command = new Command("compile");
        options.AddTo(command);
        var request = (await options.ReadAsync(command.Parse(["M07", "--example", "--input", "price=25k EUR", "--input", "proofs=audit 2025; case study", "--input", "guarantees=[\"milestone refunds\"]"]), catalog, TestContext.Current.CancellationToken)).Value;
        Assert.Equal("25k EUR", request.Inputs.Values["price"]!.GetValue<string>());
        Assert.Equal(["audit 2025", "case study"], request.Inputs.Values["proofs"]!.AsArray().Select(v => v!.GetValue<string>()));
        Assert.Equal("milestone refunds", Assert.Single(request.Inputs.Values["guarantees"]!.AsArray())!.GetValue<string>());
    }

    private static async Task<IReadOnlyList<Fault>> Read(params string[] line)
    {
        var options = new ModuleOptions();
        var command = new Command("compile");
        options.AddTo(command);
        return (await options.ReadAsync(command.Parse(line), await TestCatalog.Get(), TestContext.Current.CancellationToken)).Faults;
    }
}
