using System.Globalization;

namespace PromptForge.Web.Platform;

/// <summary>What a running PostgreSQL says about itself in <c>postmaster.pid</c>.</summary>
internal sealed record PostmasterFile(int ProcessId, int Port, bool Ready, bool Alive)
{
    public static PostmasterFile? Read(string cluster)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(Path.Combine(cluster, "postmaster.pid"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        return lines.Length > 3 && Number(lines[0]) is { } id && Number(lines[3]) is { } port
            ? new PostmasterFile(id, port, lines.Length > 7 && lines[7].Trim() == "ready", IsAlive(id, cluster))
            : null;
    }

    /// <summary>PostgreSQL itself would take any process with the old number for a running server, and refuse to start.</summary>
    public static void DiscardRecycled(string cluster)
    {
        if (Read(cluster) is { Alive: false } left && Directory.Exists($"/proc/{left.ProcessId}"))
        {
            File.Delete(Path.Combine(cluster, "postmaster.pid"));
        }
    }

    /// <summary>A number left behind by a crash may belong to another program by now; PostgreSQL works inside its own directory.</summary>
    private static bool IsAlive(int id, string cluster)
    {
        try
        {
            return File.ResolveLinkTarget($"/proc/{id}/cwd", returnFinalTarget: false)?.FullName == Path.GetFullPath(cluster);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static int? Number(string line) => int.TryParse(line.Trim(), CultureInfo.InvariantCulture, out var number) ? number : null;
}
