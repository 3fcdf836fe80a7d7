using PromptForge.Core.Guardrails;

namespace PromptForge.Core.Scoring;

/// <summary>
/// Questions that an output leaves to its reader. A question that the contract asks for (a field about questions, a key such as "question"), a quotation
/// and anything under "Open Questions" is none.
/// </summary>
internal static class OpenQuestions
{
    private static readonly string[] About = ["question", "faq", "objection", "qa", "intreb", "obiect", "opener", "text", "message", "title", "headline", "hook", "script", "copy"];

    public static List<int> Find(string output, PromptContract contract, ParsedOutput parsed)
    {
        var found = new List<int>();
        if (!output.Contains('?', StringComparison.Ordinal))
            return found;
        var allowed = contract.Module.Fields.Where(f => IsAbout(f.Name) || f.Keys.Any(IsAbout) || IsAbout(contract.Module.In(contract.Language).Fields[f.Name])).Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        var given = InputText.Join(contract.Inputs.Values);
        string? field = null;
        var at = 0;
        foreach (var line in output.Split('\n'))
        {
            var name = Heading(line, parsed);
            field = name ?? field;
            if (name is null && (field is null || !allowed.Contains(field)))
                for (var mark = line.IndexOf('?', StringComparison.Ordinal); mark >= 0; mark = line.IndexOf('?', mark + 1))
                    if (!IsQuoted(line, mark) && !IsGiven(line, mark, given) && !line.Contains("://", StringComparison.Ordinal))
                        found.Add(at + mark);
            at += line.Length + 1;
        }

        return found;
    }

    /// <summary>The field that a line opens: a Markdown heading, a name in capitals, or a top-level key of JSON or YAML.</summary>
    private static string? Heading(string line, ParsedOutput parsed)
    {
        var trimmed = line.TrimStart();
        if (line.StartsWith("## ", StringComparison.Ordinal))
            return FieldText.Name(line);
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        var name = FieldText.Name((colon > 0 ? line[..colon] : line).Trim('"', ' '));
        return line.Length - trimmed.Length <= 2 && parsed.Fields.ContainsKey(name) && (colon > 0 || !line.Any(char.IsLower)) ? name : null;
    }

    private static bool IsAbout(string text) => About.Any(a => FoldedText.Fold(text).Contains(a, StringComparison.Ordinal));

    private static bool IsQuoted(string line, int mark)
    {
        var before = line.AsSpan(0, mark);
        var after = line.AsSpan(mark + 1);
        return before.LastIndexOfAny('"', '\u201E', '\u201C') >= 0 && after.Length > 0 && after[0] is '"' or '\u201D' or '\u201C';
    }

    /// <summary>Whether the words before the mark are the client's own.</summary>
    private static bool IsGiven(string line, int mark, string given)
    {
        var start = Math.Max(0, mark - 24);
        return given.AsSpan().Contains(line.AsSpan(start, mark + 1 - start), StringComparison.OrdinalIgnoreCase);
    }
}
