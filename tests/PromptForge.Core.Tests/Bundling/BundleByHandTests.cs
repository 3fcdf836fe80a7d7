using System.ComponentModel;
using System.Diagnostics;
using PromptForge.Core.Bundling;

namespace PromptForge.Core.Tests.Bundling;

/// <summary>What docs/bundles.md tells an auditor to type, typed.</summary>
public sealed class BundleByHandTests : IDisposable
{
    private static readonly SealedBundle Bundle = BundleWriter.Write(BundleSamples.Run(output: Samples.OutputRo), BundleFormats.All, BundleSamples.Key);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("promptforge-bundle-");

    public BundleByHandTests()
    {
        foreach (var file in Bundle.Files)
            File.WriteAllBytes(At(file.Name), file.Content.ToArray());
        File.WriteAllText(At("../" + folder.Name + ".pub"), BundleSamples.Issuers[0] + "\n");
    }

    [Fact]
    public void Sha256sum_accepts_the_checksum_file_and_names_a_changed_file()
    {
        var (status, output) = Shell("LC_ALL=C sha256sum --strict -c checksum.sha256");
        Assert.Equal("prompt.txt: OK\nprompt.json: OK\nprompt.md: OK\nprompt.pdf: OK\ntelemetry.json: OK\nmanifest.json: OK\n", output);
        Assert.Equal(0, status);

        File.AppendAllText(At("prompt.md"), " ");
        (status, output) = Shell("LC_ALL=C sha256sum -c checksum.sha256");
        Assert.Contains("prompt.md: FAILED", output, StringComparison.Ordinal);
        Assert.NotEqual(0, status);
    }

    [Fact]
    public void The_bundle_checksum_can_be_reckoned_in_the_shell()
    {
        var (_, output) = Shell("grep -v '^#' checksum.sha256 | cut -c1-64 | head -c -1 | sha256sum | cut -c1-64");
        Assert.Equal(Bundle.Checksum, "sha256:" + output.Trim());
    }

    [Fact]
    public void Openssl_verifies_the_seal()
    {
        var script =
            "(printf '\\x30\\x2a\\x30\\x05\\x06\\x03\\x2b\\x65\\x70\\x03\\x21\\x00'; cut -d' ' -f2 ../" + folder.Name + ".pub | base64 -d) | openssl pkey -pubin -inform DER -out issuer.pem && "
            + "sed -n 's/^signature: //p' manifest.sig | base64 -d > seal.bin && openssl pkeyutl -verify -pubin -inkey issuer.pem -rawin -in manifest.json -sigfile seal.bin";
        Assert.SkipUnless(Shell("command -v openssl").Status == 0, "openssl is not installed");
        var (status, output) = Shell(script);
        Assert.Contains("Signature Verified Successfully", output, StringComparison.Ordinal);
        Assert.Equal(0, status);

        File.AppendAllText(At("manifest.json"), " ");
        Assert.NotEqual(0, Shell(script).Status);
    }

    public void Dispose()
    {
        File.Delete(At("../" + folder.Name + ".pub"));
        folder.Delete(recursive: true);
    }

    private string At(string name) => Path.Combine(folder.FullName, name);

    private (int Status, string Output) Shell(string command)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("bash", ["-c", command]) { WorkingDirectory = folder.FullName, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output);
        }
        catch (Win32Exception)
        {
            Assert.Skip("There is no bash here.");
            throw;
        }
    }
}
