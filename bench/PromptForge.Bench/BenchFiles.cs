namespace PromptForge.Bench;

internal static class BenchFiles
{
    /// <summary>The repository: the nearest folder above that holds the catalogue.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "catalog", "ruleset.yml")))
                return at.FullName;
        throw new DirectoryNotFoundException("The benchmarks run from the repository.");
    }
}
