using System.Collections.Immutable;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Prompting;

/// <summary>A line that is not the same in two prompts; null where it stands in one of them only.</summary>
public sealed record LineChange(Section Section, string Key, string? Old, string? New);

/// <summary>One difference between two prompts' causes ("urgency planned -> crisis") and the lines it changed.</summary>
public sealed record CauseChange(string Cause, ImmutableArray<LineChange> Lines);

/// <summary>Compares two prompts line by line and says, for every line that differs, which changed cause made it differ.</summary>
public static class PromptDiff
{
    public static ImmutableArray<CauseChange> Compare(CompiledPrompt old, CompiledPrompt @new)
    {
        var facts = Facts(old, @new);
        var groups = facts.ToDictionary(f => f, _ => ImmutableArray.CreateBuilder<LineChange>());
        var oldLines = old.Lines.ToDictionary(l => l.Key);
        var newLines = @new.Lines.ToDictionary(l => l.Key);
        foreach (var key in old.Lines.Select(l => l.Key).Union(@new.Lines.Select(l => l.Key)))
        {
            PromptLine? before = oldLines.TryGetValue(key, out var o) ? o : null;
            PromptLine? after = newLines.TryGetValue(key, out var n) ? n : null;
            if (before?.Text == after?.Text)
                continue;
            var causes = (before?.Causes ?? []).Concat(after?.Causes ?? []).ToList();
            var change = new LineChange((before ?? after)!.Value.Section, key, before?.Text, after?.Text);
            foreach (var fact in facts.Where(f => causes.Exists(f.Explains)))
                groups[fact].Add(change);
        }

        return [.. facts.Where(f => groups[f].Count > 0).Select(f => new CauseChange(f.Name, groups[f].ToImmutable()))];
    }

    private static List<Fact> Facts(CompiledPrompt old, CompiledPrompt @new)
    {
        var (a, b) = (old.Lock, @new.Lock);
        var facts = new List<Fact>();
        if (a.Language != b.Language)
            facts.Add(new($"language {Codes<Catalog.Language>.Of(a.Language)} -> {Codes<Catalog.Language>.Of(b.Language)}", _ => true));
        if (a.Module != b.Module)
            facts.Add(new($"module {Item(a.Module)} -> {Item(b.Module)}", c => c.Kind == CauseKind.Module || (c.Kind == CauseKind.Axis && c.Ref.StartsWith("complexity=", StringComparison.Ordinal))));
        if (a.Domain != b.Domain)
            facts.Add(new($"domain {(a.Domain.Name == b.Domain.Name ? Item(a.Domain) : a.Domain.Name)} -> {(a.Domain.Name == b.Domain.Name ? Item(b.Domain) : b.Domain.Name)}", c => c.Kind == CauseKind.Domain));
        for (var axis = Axis.Scale; axis <= Axis.Output; axis++)
        {
            var code = axis.Code();
            var (from, to) = axis == Axis.Output ? (Join(a.SevenD), Join(b.SevenD)) : (a.SevenD[axis], b.SevenD[axis]);
            if (from != to)
                facts.Add(new($"{code} {from} -> {to}", c => c.Kind == CauseKind.Axis && c.Ref.StartsWith(code + "=", StringComparison.Ordinal)));
        }

        if (a.Ruleset != b.Ruleset)
            facts.Add(new($"ruleset {a.Ruleset.Version} -> {b.Ruleset.Version}", c => c.Kind == CauseKind.Rule));
        if (a.Standard != b.Standard && a.Language == b.Language)
            facts.Add(new($"prompt standard {a.Standard.Version} -> {b.Standard.Version}", c => c.Kind is CauseKind.Standard or CauseKind.Axis));
        if (a.CompilerVersion != b.CompilerVersion)
            facts.Add(new($"compiler {a.CompilerVersion} -> {b.CompilerVersion}", _ => true));
        foreach (var input in old.Lines.Concat(@new.Lines).SelectMany(l => l.Causes).Where(c => c.Kind == CauseKind.Input).Select(c => c.Ref).Distinct())
            facts.Add(new($"input {input}", c => c.Kind == CauseKind.Input && c.Ref == input));
        return facts;

        static string Item(LockedItem item) => $"{item.Name}@{item.Version}";

        static string Join(ParameterSet set) => string.Join(",", set.Outputs.Select(o => o.Code()));
    }

    private sealed record Fact(string Name, Predicate<Cause> Explains);
}
