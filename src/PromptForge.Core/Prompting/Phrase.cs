using Fluid;
using Fluid.Values;

namespace PromptForge.Core.Prompting;

/// <summary>One sentence of the prompt standard: a Liquid template whose names are known and checked when it is read.</summary>
internal sealed class Phrase
{
    private static readonly FluidParser Parser = new(new FluidParserOptions { AllowFunctions = false });

    // No member access, no filters that reach outside, a small step limit: a template can only place values.
    private static readonly TemplateOptions Options = new() { MaxSteps = 1000, MaxRecursion = 4 };

    private readonly IFluidTemplate template;
    private readonly string source;
    private readonly bool constant;

    private Phrase(IFluidTemplate template, string source)
    {
        this.template = template;
        this.source = source;
        constant = !source.Contains('{', StringComparison.Ordinal);
    }

    /// <param name="names">The names that the caller of this phrase will supply.</param>
    /// <returns>The phrase, or what is wrong with it.</returns>
    public static (Phrase? Phrase, string? Problem) Parse(string source, IReadOnlyCollection<string> names)
    {
        if (source.Contains("{%", StringComparison.Ordinal) || source.Contains('|', StringComparison.Ordinal) && source.Contains("{{", StringComparison.Ordinal) && source.Split("{{").Skip(1).Any(p => p.Split("}}")[0].Contains('|', StringComparison.Ordinal)))
            return (null, "Only {{ name }} is allowed here: no tags, no filters.");
        if (!Parser.TryParse(source, out var template, out var error))
            return (null, error);
        foreach (var used in source.Split("{{").Skip(1).Select(p => p.Split("}}")[0].Trim()))
        {
            if (!names.Contains(used))
                return (null, names.Count == 0 ? $"{{{{ {used} }}}} is not known here; this sentence takes no names." : $"{{{{ {used} }}}} is not known here. Known: {string.Join(", ", names)}.");
        }

        return (new Phrase(template, source), null);
    }

    public string Render(params ReadOnlySpan<(string Name, string Value)> values)
    {
        if (constant)
            return source;
        var context = new TemplateContext(Options);
        foreach (var (name, value) in values)
            context.SetValue(name, new StringValue(value, encode: false));
        return template.Render(context);
    }
}
