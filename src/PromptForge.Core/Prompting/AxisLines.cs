using System.Collections.Immutable;
using System.Globalization;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Prompting;

/// <summary>The lines that depend on one axis value alone, and those that depend on nothing: made once per language.</summary>
internal sealed class AxisLines
{
    public AxisLines(PromptStandard standard)
    {
        Scale = Rows<Scale>(Axis.Scale);
        Urgency = Rows<Urgency>(Axis.Urgency);
        Complexity = Rows<Complexity>(Axis.Complexity);
        Resources = Rows<Resources>(Axis.Resources);
        Application = Rows<Application>(Axis.Application);
        Horizon = Lines<Urgency>(Axis.Urgency, Section.OutputSpec, "output_spec.horizon", (phrase, text) => standard[phrase].Render(("horizon", text)), "horizon");
        Length = Lines<Complexity>(Axis.Complexity, Section.OutputSpec, "output_spec.length", (phrase, text) => standard[phrase].Render(("words", text)), "words");
        Limit = Lines<Resources>(Axis.Resources, Section.Guardrails, "guardrails.resources", (_, text) => standard["guardrails.line"].Render(("rule", text)), "limit");
        Check = Lines<Application>(Axis.Application, Section.Process, "process.check", (phrase, text) => standard[phrase].Render(("check", text)), "check");
        Header = Fixed(Section.Context7D, "context_7d.header");
        Rule = new(Section.Context7D, "context_7d.rule", "|---|---|---|", [Causes.Standard("context_7d.header")]);
        Data = Fixed(Section.Context7D, "context_7d.data");
        FieldsIntro = Fixed(Section.OutputSpec, "output_spec.fields");
        Missing = Fixed(Section.Guardrails, "guardrails.missing");
        HooksIntro = Fixed(Section.EvaluationHooks, "evaluation_hooks.intro");
        Zero = Fixed(Section.EvaluationHooks, "evaluation_hooks.zero");
        Escalation = new(Section.OutputSpec, "output_spec.escalation", standard["output_spec.escalation"].Render(), [Causes.Axis(Axis.Urgency, SevenD.Urgency.Crisis.Code())]);

        PromptLine Fixed(Section section, string phrase) => new(section, phrase, standard[phrase].Render(), [Causes.Standard(phrase)]);

        ImmutableArray<PromptLine> Rows<T>(Axis axis) where T : struct, Enum =>
            [.. Codes<T>.All.Select(v => new PromptLine(Section.Context7D, $"context_7d.{axis.Code()}", $"| {axis.Code()} | {standard.Of(axis, v, "label")} | {standard.Of(axis, v, "means")} |", [Causes.Axis(axis, v)]))];

        ImmutableArray<PromptLine> Lines<T>(Axis axis, Section section, string key, Func<string, string, string> render, string text) where T : struct, Enum =>
            [.. Codes<T>.All.Select(v => new PromptLine(section, key, render(key, standard.Of(axis, v, text)), [Causes.Axis(axis, v)]))];
    }

    public ImmutableArray<PromptLine> Scale { get; }
    public ImmutableArray<PromptLine> Urgency { get; }
    public ImmutableArray<PromptLine> Complexity { get; }
    public ImmutableArray<PromptLine> Resources { get; }
    public ImmutableArray<PromptLine> Application { get; }
    public ImmutableArray<PromptLine> Horizon { get; }
    public ImmutableArray<PromptLine> Length { get; }
    public ImmutableArray<PromptLine> Limit { get; }
    public ImmutableArray<PromptLine> Check { get; }
    public PromptLine Header { get; }
    public PromptLine Rule { get; }
    public PromptLine Data { get; }
    public PromptLine FieldsIntro { get; }
    public PromptLine Missing { get; }
    public PromptLine HooksIntro { get; }
    public PromptLine Zero { get; }
    public PromptLine Escalation { get; }

    /// <summary>The row and the part lines of one list of outputs.</summary>
    public static (PromptLine Row, ImmutableArray<PromptLine> Parts) Outputs(PromptStandard standard, ImmutableArray<OutputFormat> outputs)
    {
        var codes = string.Join(", ", outputs.Select(o => o.Code()));
        ImmutableArray<Cause> cause = [Causes.Axis(Axis.Output, codes.Replace(" ", "", StringComparison.Ordinal))];
        var row = new PromptLine(Section.Context7D, "context_7d.output", $"| output | {codes} | {string.Join(" ", outputs.Select(o => standard.Of(Axis.Output, o.Code(), "means")))} |", cause);
        if (outputs.Length == 1)
            return (row, [new(Section.OutputSpec, "output_spec.parts", standard["output_spec.one_part"].Render(("part", standard.Of(Axis.Output, outputs[0].Code(), "part"))), cause)]);
        var parts = ImmutableArray.CreateBuilder<PromptLine>();
        parts.Add(new(Section.OutputSpec, "output_spec.parts", standard["output_spec.many_parts"].Render(("count", outputs.Length.ToString(CultureInfo.InvariantCulture))), cause));
        for (var i = 0; i < outputs.Length; i++)
            parts.Add(new(Section.OutputSpec, $"output_spec.part.{i + 1}", standard["output_spec.part"].Render(("number", (i + 1).ToString(CultureInfo.InvariantCulture)), ("part", standard.Of(Axis.Output, outputs[i].Code(), "part"))), cause));
        return (row, parts.ToImmutable());
    }
}
