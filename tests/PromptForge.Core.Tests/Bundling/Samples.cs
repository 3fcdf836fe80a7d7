namespace PromptForge.Core.Tests.Bundling;

internal static class Samples
{
    public static readonly string PromptEn = Read("prompt-en.txt");
    public static readonly string PromptRo = Read("prompt-ro.txt");
    public static readonly string OutputRo = Read("output-ro.md");

    public static readonly string ManifestShape = Read("manifest-shape.json");

    private static string Read(string name)
    {
        using var stream = typeof(Samples).Assembly.GetManifestResourceStream("Bundling." + name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
