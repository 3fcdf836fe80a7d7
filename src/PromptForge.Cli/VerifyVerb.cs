using System.CommandLine;
using PromptForge.Core;
using PromptForge.Core.Bundling;

namespace PromptForge.Cli;

/// <summary>`verify`: says offline whether a bundle is what its issuer sealed. Exit status 0 valid, 1 invalid, 2 cannot be judged.</summary>
internal static class VerifyVerb
{
    private const int MaxFiles = 64;

    public static Command Create()
    {
        var path = new Argument<string>("bundle") { Description = "The bundle's zip, or the folder it was unpacked into" };
        var keys = new Option<string[]>("--issuer-key") { Description = "An issuer you trust: a file such as issuer.pub, or the public key in base64. May be repeated", AllowMultipleArgumentsPerToken = true };
        var json = new Option<bool>("--json") { Description = "Print the report as JSON" };
        var verb = new Command("verify", $"Verify a bundle: its files, its checksum and its seal.\nKeys: --issuer-key, {IssuerKeys.Variable} (files or keys, separated by ';'), or issuer.pub in the data directory.\nExample: ./forge verify bundle-M07-1a2b3c4d5e6f.zip --issuer-key issuer.pub") { path, keys, json };
        verb.SetAction(async (parsed, cancel) =>
        {
            var issuers = await IssuerKeys.ReadAsync(parsed.GetValue(keys) ?? [], cancel);
            if (!issuers.Ok)
                return Report.Faults(issuers.Faults);
            var report = await VerifyAsync(parsed.GetValue(path)!, [.. issuers.Value], cancel);
            if (!report.Ok)
                return Report.Faults(report.Faults);
            if (parsed.GetValue(json))
                parsed.InvocationConfiguration.Output.Write(report.Value.ToJson());
            else
                VerifyReport.Print(report.Value, parsed.InvocationConfiguration.Output);
            return report.Value.ExitCode;
        });
        return verb;
    }

    private static async Task<Outcome<BundleReport>> VerifyAsync(string path, IReadOnlyCollection<IssuerKey> issuers, CancellationToken cancel)
    {
        try
        {
            if (Directory.Exists(path))
                return await FolderAsync(new DirectoryInfo(path), issuers, cancel);
            if (!File.Exists(path))
                return new Fault("BUNDLE_NOT_FOUND", path, "There is no such file or folder.");
            await using var zip = File.OpenRead(path);
            return await BundleVerifier.VerifyZipAsync(zip, issuers, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Fault("BUNDLE_UNREADABLE", path, e.Message);
        }
    }

    private static bool IsOfABundle(string name) => BundleFiles.Canonical.Contains(name) || name is BundleFiles.Checksum or BundleFiles.Seal || name.EndsWith(".zip", StringComparison.Ordinal);

    private static async Task<Outcome<BundleReport>> FolderAsync(DirectoryInfo folder, IReadOnlyCollection<IssuerKey> issuers, CancellationToken cancel)
    {
        var files = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        long bytes = 0;
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            // A folder inside is named as added; what is in it is not read.
            if (entry is not FileInfo file)
            {
                files[entry.Name + "/"] = default;
                continue;
            }

            if (file.LinkTarget is not null)
                return new Fault("ZIP_LINK", file.Name, "This is a link; a bundle holds plain files only.");
            bytes += file.Length;
            if (files.Count >= MaxFiles || bytes > 2L * BundleVerifier.MaxBytes)
                return new Fault("NOT_A_BUNDLE", folder.Name, $"The folder holds more than {MaxFiles} files or {2 * BundleVerifier.MaxBytes >> 20} MB; a bundle's folder holds 8 files, and at most its zip.");
            // A file that no bundle has is named as added; what is in it is not read.
            files[file.Name] = IsOfABundle(file.Name) ? await File.ReadAllBytesAsync(file.FullName, cancel) : default;
        }

        return BundleVerifier.VerifyFiles(files, issuers);
    }
}
