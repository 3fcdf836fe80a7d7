namespace PromptForge.Core.Bundling;

/// <summary>Takes one file out of a bundle's stored object.</summary>
public static class BundleReader
{
    /// <exception cref="InvalidDataException">The object is not a bundle's zip, or does not hold the file: the store has lost what a row says is there.</exception>
    public static ReadOnlyMemory<byte> File(ReadOnlyMemory<byte> zip, string name)
    {
        var files = ZipReader.Read(zip);
        return files.Ok && files.Value.TryGetValue(name, out var file) ? file : throw new InvalidDataException($"The stored bundle does not hold {name}.");
    }
}
