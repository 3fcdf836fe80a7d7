using PromptForge.Core;
using PromptForge.Core.Bundling;

namespace PromptForge.Cli;

/// <summary>The prompt inside a bundle on disk: a zip or the folder it was unpacked into.</summary>
internal static class BundlePrompt
{
    public static async Task<Outcome<PromptRecord>> ReadAsync(string path, CancellationToken cancel)
    {
        try
        {
            if (Directory.Exists(path))
                return PromptRecord.Read(await FilesAsync(path, [BundleFiles.Manifest, BundleFiles.PromptJson, BundleFiles.PromptTxt], cancel));
            if (!File.Exists(path))
                return new Fault("BUNDLE_NOT_FOUND", path, "There is no such file or folder.");
            return new FileInfo(path).Length > BundleVerifier.MaxBytes
                ? new Fault(PromptRecord.Code, path, $"The file is larger than {BundleVerifier.MaxBytes >> 20} MB; a bundle is not.")
                : PromptRecord.ReadZip(await File.ReadAllBytesAsync(path, cancel));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Fault(PromptRecord.Code, path, e.Message);
        }
    }

    private static async Task<Dictionary<string, ReadOnlyMemory<byte>>> FilesAsync(string folder, string[] names, CancellationToken cancel)
    {
        var files = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach (var name in names.Where(n => new FileInfo(Path.Combine(folder, n)) is { Exists: true, LinkTarget: null, Length: <= BundleVerifier.MaxBytes }))
            files[name] = await File.ReadAllBytesAsync(Path.Combine(folder, name), cancel);
        return files;
    }
}
