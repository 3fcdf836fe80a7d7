using System.Diagnostics;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Tests.Platform;

/// <summary>The CLI as a program: what it exits with is what a script sees.</summary>
public sealed class CliVerbTests
{
    [Theory]
    [InlineData("verify", 2, "error USAGE")]
    [InlineData("verify nowhere.zip", 2, "error BUNDLE_NOT_FOUND")]
    [InlineData("diff one.zip", 2, "error USAGE")]
    [InlineData("diff nowhere.zip nowhere.zip", 2, "error BUNDLE_NOT_FOUND")]
    [InlineData("lint extra", 2, "error USAGE")]
    [InlineData("lint --catalog nowhere", 2, "error CATALOG_INVALID")]
    [InlineData("compile", 2, "error USAGE")]
    [InlineData("compile M07 --bogus", 2, "error USAGE")]
    [InlineData("compile --from nowhere.zip", 2, "error BUNDLE_NOT_FOUND")]
    [InlineData("modules M99", 2, "error MODULE_NOT_FOUND")]
    [InlineData("call M07 --out=", 2, "error USAGE")]
    [InlineData("modules M07", 0, "")]
    [InlineData("compile --help", 0, "")]
    public async Task A_verb_exits_as_the_readme_says(string line, int status, string says)
    {
        var program = Path.Combine(Repository.Root, "artifacts", "bin", "PromptForge.Cli", "release", "promptforge");
        using var process = Process.Start(new ProcessStartInfo(program, line.Split(' ')) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await output;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(status, process.ExitCode);
        Assert.Contains(says, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }
}
