namespace PromptForge.Web.Platform;

/// <summary>Where things that are not compiled in stand: beside the program once published, in the repository before that.</summary>
internal static class Repository
{
    public static string Root { get; } = Above(AppContext.BaseDirectory, at => File.Exists(Path.Combine(at, "PromptForge.slnx"))) ?? AppContext.BaseDirectory;

    public static string Migrations { get; } = Path.Combine(Root, "database", "migrations");

    public static string? NodePackage(string name) =>
        Above(AppContext.BaseDirectory, at => Directory.Exists(Path.Combine(at, "node_modules", name))) is { } at
            ? Path.Combine(at, "node_modules", name)
            : null;

    private static string? Above(string start, Func<string, bool> found)
    {
        for (var at = new DirectoryInfo(start); at is not null; at = at.Parent)
        {
            if (found(at.FullName))
            {
                return at.FullName;
            }
        }

        return null;
    }
}
