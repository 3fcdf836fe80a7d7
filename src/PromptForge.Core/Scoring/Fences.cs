namespace PromptForge.Core.Scoring;

/// <summary>Fenced blocks and second-level headings of a Markdown text.</summary>
internal static class Fences
{
    /// <summary>The content of the n-th fenced block of a language, or null.</summary>
    public static string? Find(string text, string language, int index)
    {
        foreach (var (lines, info) in Blocks(text))
            if (info.Equals(language, StringComparison.OrdinalIgnoreCase) && index-- == 0)
                return string.Join('\n', lines);
        return null;
    }

    /// <summary>Each second-level heading outside fences with the text up to the next one; fenced blocks that are parts of their own are left out.</summary>
    public static IEnumerable<(string Name, string Body)> Headings(string text, bool yamlIsPart)
    {
        string? name = null;
        var body = new List<string>();
        var fenced = false;
        var skip = false;
        foreach (var line in text.Split('\n'))
        {
            var mark = line.TrimStart().StartsWith("```", StringComparison.Ordinal);
            if (mark)
                skip = !fenced && (line.Trim() is "```json" or "```mermaid" || (yamlIsPart && line.Trim() == "```yaml")) || (skip && fenced);
            if (!fenced && line.StartsWith("## ", StringComparison.Ordinal))
            {
                if (name is not null)
                    yield return (name, string.Join('\n', body));
                name = line[3..];
                body.Clear();
            }
            else if (!skip)
                body.Add(line);
            if (mark)
            {
                fenced = !fenced;
                skip &= fenced;
            }
        }

        if (name is not null)
            yield return (name, string.Join('\n', body));
    }

    private static IEnumerable<(List<string> Lines, string Info)> Blocks(string text)
    {
        List<string>? open = null;
        var info = "";
        foreach (var line in text.Split('\n'))
        {
            var trimmed = line.Trim();
            if (trimmed.StartsWith("```", StringComparison.Ordinal))
            {
                if (open is not null)
                    yield return (open, info);
                (open, info) = open is null ? (new List<string>(), trimmed[3..].Trim()) : (null, "");
            }
            else
                open?.Add(line);
        }
    }
}
