using System.CommandLine;
using System.Text.Json;
using PromptForge.Cli;
using PromptForge.Core.Bundling;

namespace PromptForge.Core.Tests.Bundling;

public sealed class VerifyVerbTests : IDisposable
{
    private static readonly SealedBundle Bundle = BundleSamples.Small();

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("promptforge-verify-");
    private readonly string zip;
    private readonly string key;

    public VerifyVerbTests()
    {
        zip = Path.Combine(folder.FullName, Bundle.ZipName);
        key = Path.Combine(folder.FullName, "issuer.pub");
        File.WriteAllBytes(zip, Bundle.Zip.ToArray());
        File.WriteAllText(key, $"# trusted\n{BundleSamples.Issuers[0]}\n");
    }

    [Fact]
    public async Task A_valid_zip_is_told_with_who_what_and_when()
    {
        var (status, output) = await Run(zip, "--issuer-key", key);
        Assert.Equal(0, status);
        foreach (var fact in new[] { "VALID", "PromptForge test", "Acme & Fiii SRL", "M07 1.0.0", "2026-11-23 10:20:31 UTC", "89, pass", Bundle.Checksum, "intact   prompt.json" })
            Assert.Contains(fact, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_may_be_given_as_it_stands()
    {
        Assert.Equal(0, (await Run(zip, "--issuer-key", Convert.ToBase64String(BundleSamples.Key.PublicKey.Span))).Status);
        Assert.Equal(2, (await Run(zip, "--issuer-key", "neither-file-nor-key")).Status);
    }

    [Fact]
    public async Task Without_a_key_the_issuer_is_unknown()
    {
        var (status, output) = await Run(zip);
        Assert.Equal(2, status);
        Assert.Contains("UNKNOWN ISSUER", output, StringComparison.Ordinal);
        Assert.Contains("--issuer-key FILE", output, StringComparison.Ordinal);
        Assert.Contains("unproved", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_is_judged_file_by_file()
    {
        var unpacked = folder.CreateSubdirectory("unpacked");
        foreach (var file in Bundle.Files)
            await File.WriteAllBytesAsync(Path.Combine(unpacked.FullName, file.Name), file.Content.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal(0, (await Run(unpacked.FullName, "--issuer-key", key)).Status);

        await File.AppendAllTextAsync(Path.Combine(unpacked.FullName, "prompt.md"), " ", TestContext.Current.CancellationToken);
        unpacked.CreateSubdirectory("more");
        var (status, output) = await Run(unpacked.FullName, "--issuer-key", key);
        Assert.Equal(1, status);
        Assert.Contains("changed  prompt.md", output, StringComparison.Ordinal);
        Assert.Contains("added    more/", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_report_as_json_has_the_same_verdict()
    {
        await File.WriteAllBytesAsync(zip, BundleVerifierTests.Flip(Bundle.Zip, 45), TestContext.Current.CancellationToken);
        var (status, output) = await Run(zip, "--issuer-key", key, "--json");
        using var json = JsonDocument.Parse(output);
        Assert.Equal(1, status);
        Assert.Equal("file_changed", json.RootElement.GetProperty("verdict").GetString());
        Assert.Equal("prompt.txt", json.RootElement.GetProperty("faults")[0].GetProperty("where").GetString());
        Assert.Equal("changed", json.RootElement.GetProperty("files")[0].GetProperty("state").GetString());
        Assert.Equal(Bundle.Files.Length, json.RootElement.GetProperty("files").GetArrayLength());
    }

    [Fact]
    public async Task What_is_not_there_or_no_bundle_cannot_be_judged()
    {
        Assert.Equal(2, (await Run(Path.Combine(folder.FullName, "nothing.zip"))).Status);
        Assert.Equal(2, (await Run(key)).Status);
        Assert.Equal(2, (await Run(folder.FullName)).Status);
    }

    [Fact]
    public async Task Names_from_a_stranger_cannot_steer_the_terminal()
    {
        var run = BundleSamples.Content("x\n") with { OrgName = "Evil\u001b[2J\u202Egro" };
        await File.WriteAllBytesAsync(zip, BundleWriter.Write(run, BundleFormats.Txt, BundleSamples.Key).Zip.ToArray(), TestContext.Current.CancellationToken);
        var (_, output) = await Run(zip);
        Assert.Contains("Evil[2Jgro", output, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Delete(recursive: true);

    private static async Task<(int Status, string Output)> Run(params string[] arguments)
    {
        await using var output = new StringWriter();
        var status = await VerifyVerb.Create().Parse(arguments).InvokeAsync(new InvocationConfiguration { Output = output }, TestContext.Current.CancellationToken);
        return (status, output.ToString());
    }
}
