using Fluid;
using Fluid.Values;

namespace PromptForge.Core.Prompting;

/// <summary>One sentence of the prompt standard: a Liquid template whose names are known and checked when it is read.</summary>
internal sealed class Phrase
{
    private static readonly FluidParser Parser = new(new FluidParserOptions { AllowFunctions = false });

    // No member access, no filters that reach outside, a small step limit: a template can only place values.
    private static readonly TemplateOptions Options = new() { MaxSteps = 1000, MaxRecursion = 4 };

    // Characters that Unicode keeps for a program's own use.
    private static readonly char[] Marks = [.. Enumerable.Range(0xFDD0, 32).Select(c => (char)c)];

    private readonly string[] names;
    private readonly string[] pieces;
    private readonly int[] values;

    /// <summary>The engine renders a phrase once, with a mark for each value; to render it again is then to put the values between the pieces.</summary>
    private Phrase(IFluidTemplate template, IReadOnlyCollection<string> names)
    {
        this.names = [.. names];
        var context = new TemplateContext(Options);
        for (var i = 0; i < this.names.Length; i++)
            context.SetValue(this.names[i], new StringValue(Marks[i].ToString(), encode: false));
        var rendered = template.Render(context);
        values = [.. rendered.Where(Marks.Contains).Select(c => c - Marks[0])];
        pieces = rendered.Split(Marks);
    }

    /// <param name="names">The names that the caller of this phrase will supply.</param>
    /// <returns>The phrase, or what is wrong with it.</returns>
    public static (Phrase? Phrase, string? Problem) Parse(string source, IReadOnlyCollection<string> names)
    {
        if (source.AsSpan().ContainsAny(Marks))
            return (null, "A character from U+FDD0 to U+FDEF stands here; Unicode keeps these out of texts.");
        if (source.Contains("{%", StringComparison.Ordinal) || source.Contains('|', StringComparison.Ordinal) && source.Contains("{{", StringComparison.Ordinal) && source.Split("{{").Skip(1).Any(p => p.Split("}}")[0].Contains('|', StringComparison.Ordinal)))
            return (null, "Only {{ name }} is allowed here: no tags, no filters.");
        if (!Parser.TryParse(source, out var template, out var error))
            return (null, error);
        foreach (var used in source.Split("{{").Skip(1).Select(p => p.Split("}}")[0].Trim()))
        {
            if (!names.Contains(used))
                return (null, names.Count == 0 ? $"{{{{ {used} }}}} is not known here; this sentence takes no names." : $"{{{{ {used} }}}} is not known here. Known: {string.Join(", ", names)}.");
        }

        return (new Phrase(template, names), null);
    }

    public string Render(params ReadOnlySpan<(string Name, string Value)> given)
    {
        if (values.Length == 0)
            return pieces[0];
        var text = new string[pieces.Length + values.Length];
        for (var i = 0; i < values.Length; i++)
            (text[2 * i], text[(2 * i) + 1]) = (pieces[i], Value(names[values[i]], given));
        text[^1] = pieces[^1];
        return string.Concat(text);
    }

    private static string Value(string name, ReadOnlySpan<(string Name, string Value)> given)
    {
        foreach (var (known, value) in given)
            if (known == name)
                return value;
        return "";
    }
}
