using System.Runtime.InteropServices;
using System.Text.Json;

namespace PromptForge.Web.Platform;

/// <summary>Finds <c>initdb</c> and <c>postgres</c>.</summary>
internal static class PostgresBinaries
{
    public const string Override = "FORGE_POSTGRES_BIN";

    public static string Find()
    {
        if (Environment.GetEnvironmentVariable(Override) is { Length: > 0 } forced)
        {
            return Complete(forced) ? forced : throw new PlatformException("POSTGRES_NOT_FOUND",
                $"{Override} names {forced}, which does not hold initdb and postgres. Point it at a PostgreSQL bin directory, or unset it.");
        }

        return FromNode() ?? FromSystem() ?? throw new PlatformException("POSTGRES_NOT_FOUND",
            "No PostgreSQL binaries were found. Run ./forge once on a machine with npm, or install the package postgresql, "
            + $"or set {Override} to a bin directory, or set ConnectionStrings__Postgres to a server you already have.");
    }

    private static string? FromNode()
    {
        var architecture = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        if (Repository.NodePackage($"@embedded-postgres/linux-{architecture}") is not { } package)
        {
            return null;
        }

        var bin = Path.Combine(package, "native", "bin");
        return Complete(bin) && Link(package) ? bin : null;
    }

    /// <summary>The package leaves its library links to an install script, which a careful npm does not run.</summary>
    private static bool Link(string package)
    {
        var list = Path.Combine(package, "native", "pg-symlinks.json");
        if (!File.Exists(list))
        {
            return true;
        }

        try
        {
            using var links = JsonDocument.Parse(File.ReadAllBytes(list));
            foreach (var link in links.RootElement.EnumerateArray())
            {
                var target = Path.Combine(package, link.GetProperty("target").GetString()!);
                var source = Path.Combine(package, link.GetProperty("source").GetString()!);
                if (!File.Exists(target))
                {
                    Create(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, source));
                }
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void Create(string path, string target)
    {
        try
        {
            File.CreateSymbolicLink(path, target);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another forge process made the same link in the meantime.
        }
    }

    private static string? FromSystem() =>
        !Directory.Exists("/usr/lib/postgresql")
            ? null
            : Directory.GetDirectories("/usr/lib/postgresql")
                .Select(version => (Number: int.TryParse(Path.GetFileName(version), out var n) ? n : 0, Bin: Path.Combine(version, "bin")))
                .Where(version => version.Number >= 15 && Complete(version.Bin))
                .OrderByDescending(version => version.Number)
                .Select(version => version.Bin)
                .FirstOrDefault();

    private static bool Complete(string bin) => File.Exists(Path.Combine(bin, "initdb")) && File.Exists(Path.Combine(bin, "postgres"));
}
