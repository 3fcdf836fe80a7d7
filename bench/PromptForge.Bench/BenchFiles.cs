namespace PromptForge.Bench;

internal static class BenchFiles
{
    /// <summary>The repository: the nearest folder above that holds the catalogue.</summary>
    public static string Root { get; } = Find();

    /// <summary>A data directory that goes away with the measurement.</summary>
    public static async Task InFolderAsync(Func<string, Task> measure)
    {
        var folder = Directory.CreateTempSubdirectory("promptforge-bench-");
        try
        {
            await measure(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "catalog", "ruleset.yml")))
                return at.FullName;
        throw new DirectoryNotFoundException("The benchmarks run from the repository.");
    }
}
