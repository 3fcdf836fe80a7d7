using System.Runtime.CompilerServices;
using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;

namespace PromptForge.Core.Scoring;

/// <summary>Repairs a prompt: brings back the lines of its contract that were lost or turned, and makes what the author wrote directive.</summary>
internal sealed class PromptRepair(PromptContract contract)
{
    private static readonly ConditionalWeakTable<ProductCatalog, PromptCompiler> Compilers = [];

    public string Apply(RepairStrategy strategy, string prompt)
    {
        var text = new PromptText(prompt);
        var inputs = text.Inputs.Found ? prompt[text.Inputs.Start..text.Inputs.End] : null;
        var wanted = Compilers.GetValue(contract.Catalog, static c => new(c)).Compile(contract.Module, contract.Set, contract.Inputs, contract.Language).Lines;
        var bodies = Enum.GetValues<Section>().ToDictionary(s => s, s => Lines(s, prompt));
        foreach (var section in bodies.Keys)
        {
            var lines = bodies[section];
            if (Restores(strategy, section) || lines.Count == 0)
                Restore(lines, [.. wanted.Where(l => l.Section == section && !l.Key.StartsWith("context_7d.inputs.", StringComparison.Ordinal))]);
            if (strategy is RepairStrategy.Tighten or RepairStrategy.CrisisMode)
                for (var i = 0; i < lines.Count; i++)
                    lines[i] = Settle(Directive.Line(lines[i], contract.Catalog.Ruleset, contract.Language));
        }

        Inputs(bodies[Section.Context7D], inputs ?? Compiled(wanted));
        return string.Join("\n\n", bodies.Select(b => $"## {b.Key.Name()}\n{string.Join('\n', b.Value)}")) + "\n";
    }

    private static bool Restores(RepairStrategy strategy, Section section) => strategy switch
    {
        RepairStrategy.Tighten => section is Section.RoleGoal or Section.Context7D or Section.EvaluationHooks,
        RepairStrategy.ExpandSteps => section is Section.OutputSpec or Section.Process or Section.Guardrails,
        RepairStrategy.OptimizeEnterprise => section is Section.RoleGoal or Section.OutputSpec or Section.Guardrails,
        _ => true,
    };

    /// <summary>A section's lines without the client's block, for which a marker stands.</summary>
    private static List<string> Lines(Section section, string prompt)
    {
        var text = new PromptText(prompt);
        if (!text[section].Found)
            return [];
        var (start, end) = (text[section].Start, text[section].End);
        if (section != Section.Context7D || !text.Inputs.Found)
            return [.. prompt[start..end].Trim('\n').Split('\n')];
        var before = prompt[start..text.Inputs.Start].TrimEnd('\n').Split('\n');
        var after = prompt[text.Inputs.End..end].TrimEnd('\n').Split('\n');
        return [.. before[..^1], Marker, .. after[1..]];
    }

    private const string Marker = "\0inputs";

    /// <summary>Puts each wanted line that is missing after the wanted line before it. A line of the same key that says something else gives way.</summary>
    private static void Restore(List<string> lines, List<PromptLine> wanted)
    {
        var at = -1;
        foreach (var line in wanted)
        {
            var found = lines.FindIndex(l => l == line.Text);
            if (found < 0)
                found = lines.FindIndex(l => l.Length > 0 && l[0] != '\0' && SameKey(l, line) is { } same && same);
            if (found >= 0)
            {
                if (Turned(lines[found], line))
                    lines[found] = line.Text;
                at = found;
                continue;
            }

            var marker = lines.IndexOf(Marker);
            var place = line.Key == "context_7d.missing" && marker >= 0 ? marker + 1 : at + 1;
            lines.Insert(Math.Min(place, lines.Count), line.Text);
            at = Math.Min(place, lines.Count - 1);
        }
    }

    /// <summary>Whether a line of the text stands for a line of the contract: a 7D row, a threshold or a field by its name, any other by its words.</summary>
    private static bool? SameKey(string line, PromptLine wanted)
    {
        var head = wanted.Text.StartsWith("| ", StringComparison.Ordinal) ? wanted.Text[..(wanted.Text.IndexOf('|', 2) + 1)]
            : wanted.Section == Section.EvaluationHooks && wanted.Text.StartsWith("- ", StringComparison.Ordinal) && wanted.Text.Contains('=', StringComparison.Ordinal) ? wanted.Text[..(wanted.Text.IndexOf('=', StringComparison.Ordinal) + 1)]
            : wanted.Text.StartsWith("- `", StringComparison.Ordinal) ? wanted.Text[..(wanted.Text.IndexOf('`', 3) + 1)] : null;
        return head is not null ? line.StartsWith(head, StringComparison.Ordinal) : Reworded.In(line, wanted.Text);
    }

    /// <summary>Rows, thresholds and fields are the contract's own words; prose that an author has reworded stays the author's.</summary>
    private static bool Turned(string line, PromptLine wanted) =>
        line != wanted.Text && (wanted.Text.StartsWith("| ", StringComparison.Ordinal) || wanted.Section == Section.EvaluationHooks || wanted.Text.StartsWith("- `", StringComparison.Ordinal));

    /// <summary>A question becomes an order to settle it.</summary>
    private string Settle(string line)
    {
        if (!line.Contains('?', StringComparison.Ordinal) || line.StartsWith('\0'))
            return line;
        var order = contract.Language == Language.Ro ? "Decide și scrie: " : "Settle and state: ";
        var start = 0;
        for (var mark = line.IndexOf('?', StringComparison.Ordinal); mark >= 0; mark = line.IndexOf('?', mark + 1))
        {
            var sentence = line.AsSpan(0, mark).LastIndexOf(". ") + 2;
            start = Math.Max(start, sentence < 2 ? Bullet(line) : sentence);
            line = $"{line[..start]}{order}{line[start..mark]}.{line[(mark + 1)..]}";
            mark += order.Length;
            start = mark + 1;
        }

        return line;
    }

    /// <summary>Where the sentence begins behind "- " or "3. ".</summary>
    private static int Bullet(string line)
    {
        var at = line.AsSpan().IndexOfAnyExcept(' ', '-', '|');
        at = at < 0 ? 0 : at;
        var digits = line.AsSpan(at).IndexOfAnyExceptInRange('0', '9');
        return digits is > 0 and < 3 && line.AsSpan(at + digits).StartsWith(". ") ? at + digits + 2 : at;
    }

    private static void Inputs(List<string> lines, string block)
    {
        var content = $"<inputs>\n{block}</inputs>";
        var marker = lines.IndexOf(Marker);
        if (marker >= 0)
            lines[marker] = content;
        else
            lines.Add(content);
    }

    private static string Compiled(IEnumerable<PromptLine> wanted) => string.Concat(wanted
        .Where(l => l.Key.StartsWith("context_7d.inputs.", StringComparison.Ordinal) && l.Text is not ("<inputs>" or "</inputs>")).Select(l => l.Text + "\n"));
}
