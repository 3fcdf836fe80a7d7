using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PromptForge.Core.Catalog;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Prompting;

/// <summary>
/// Compiles (module, 7D, inputs, language) to the seven sections of the prompt standard, every line with its causes. Pure: the same arguments give the same bytes.
/// Lines that depend on the catalogue alone are made once and kept; one instance serves all threads.
/// </summary>
public sealed class PromptCompiler(ProductCatalog catalog)
{
    /// <summary>Raised whenever the same catalogue and arguments would give other bytes.</summary>
    public const string Version = "1.1.0";

    private readonly AxisLines[] axes = [new(catalog.En), new(catalog.Ro)];
    private readonly ConcurrentDictionary<(string, Language), ModuleLines> modules = [];
    private readonly ConcurrentDictionary<(string, Language), DomainLines> domains = [];
    private readonly ConcurrentDictionary<HooksKey, ImmutableArray<PromptLine>> hooks = [];
    private readonly ConcurrentDictionary<(string, Language), (PromptLine, ImmutableArray<PromptLine>)> outputs = [];

    public CompiledPrompt Compile(Module module, ParameterSet set, ModuleInputs inputs, Language language)
    {
        var standard = catalog.Standard(language);
        var domain = catalog.FindDomain(set.Domain) ?? throw new ArgumentException($"No domain {set.Domain}.", nameof(set));
        var m = modules.GetOrAdd((module.Id, language), static (_, a) => new ModuleLines(a.module, a.standard, a.Ruleset), (module, standard, catalog.Ruleset));
        var d = domains.GetOrAdd((domain.Code, language), static (_, a) => new DomainLines(a.domain, a.standard, a.Ruleset), (domain, standard, catalog.Ruleset));
        var a = axes[(int)language];
        var (outputRow, parts) = Outputs(standard, set, language);

        var lines = ImmutableArray.CreateBuilder<PromptLine>(96);
        RoleGoal(module, set, standard, domain, m, lines);
        lines.AddRange((ReadOnlySpan<PromptLine>)[a.Header, a.Rule, d.Row, a.Scale[(int)set.Scale], a.Urgency[(int)set.Urgency], a.Complexity[(int)set.Complexity], a.Resources[(int)set.Resources], a.Application[(int)set.Application], outputRow, a.Data]);
        InputBlock.Write(inputs, lines);
        if (inputs.Missing.Length > 0)
            lines.Add(Missing(module, inputs, standard));

        lines.AddRange(parts);
        if (set.Urgency == Urgency.Crisis)
            lines.Add(a.Escalation);
        lines.Add(a.FieldsIntro);
        lines.AddRange(m.Fields);
        var example = IsSmall(set.Scale) ? m.ExampleSmall : m.ExampleLarge;
        lines.Add(example with { Causes = [.. example.Causes, ScaleCause(set.Scale)] });
        lines.AddRange((ReadOnlySpan<PromptLine>)[m.Kpi, d.Kpi, a.Horizon[(int)set.Urgency], a.Length[(int)set.Complexity]]);

        if (set.Urgency == Urgency.Crisis)
            lines.Add(m.Crisis);
        lines.AddRange(m.Process[(int)set.Complexity]);
        lines.Add(a.Check[(int)set.Application]);

        lines.AddRange(m.Guardrails);
        lines.AddRange(d.Guardrails);
        lines.AddRange((ReadOnlySpan<PromptLine>)[a.Limit[(int)set.Resources], a.Missing]);

        lines.AddRange(Hooks(module, domain, set, standard, a, language));
        lines.Add(m.Telemetry);

        var all = lines.DrainToImmutable();
        var text = Render(all);
        return new(text, all, Lock(module, domain, set, standard, language), Hash(text));
    }

    /// <summary>One person and a one-person practice get the small variant of examples and clients; everybody else the large one.</summary>
    private static bool IsSmall(Scale scale) => scale is Scale.PersonalBrand or Scale.Solo;

    private static Cause ScaleCause(Scale scale) => Causes.Axis(Axis.Scale, scale.Code());

    private static void RoleGoal(Module module, ParameterSet set, PromptStandard standard, Domain domain, ModuleLines m, ImmutableArray<PromptLine>.Builder lines)
    {
        var text = module.In(standard.Language);
        var client = domain.In(standard.Language);
        var scale = ScaleCause(set.Scale);
        lines.Add(new(Section.RoleGoal, "role_goal.role",
            standard["role_goal.role"].Render(("role", text.Role), ("client", IsSmall(set.Scale) ? client.ClientSmall : client.ClientLarge)),
            [Causes.Module(module.Id, "role"), Causes.Domain(domain.Code, "client"), scale]));
        var output = set.PrimaryOutput.Code();
        var goal = m.Goal.Render(("artifact", standard.Of(Axis.Output, output, "artifact")));
        lines.Add(new(Section.RoleGoal, "role_goal.goal",
            standard["role_goal.goal"].Render(("goal", goal), ("decider", standard.Of(Axis.Scale, set.Scale.Code(), "decider")), ("decision", text.Decision), ("deadline", standard.Of(Axis.Urgency, set.Urgency.Code(), "deadline"))),
            [Causes.Module(module.Id, "goal"), Causes.Module(module.Id, "decision"), scale, Causes.Axis(Axis.Urgency, set.Urgency.Code()), Causes.Axis(Axis.Output, output)]));
        lines.Add(m.Success);
    }

    private static PromptLine Missing(Module module, ModuleInputs inputs, PromptStandard standard) => new(
        Section.Context7D, "context_7d.missing",
        standard["context_7d.missing"].Render(("missing", string.Join("; ", inputs.Missing.Select(k => $"`{k}` ({module.In(standard.Language).Inputs[k]})")))),
        [.. inputs.Missing.Select(Causes.Input)]);

    private (PromptLine Row, ImmutableArray<PromptLine> Parts) Outputs(PromptStandard standard, ParameterSet set, Language language) =>
        outputs.GetOrAdd((string.Join(',', set.Outputs.Select(o => o.Code())), language), static (_, a) => AxisLines.Outputs(a.standard, a.Outputs), (standard, set.Outputs));

    private ImmutableArray<PromptLine> Hooks(Module module, Domain domain, ParameterSet set, PromptStandard standard, AxisLines a, Language language)
    {
        var rules = catalog.Ruleset;
        var key = new HooksKey(
            module.ScoreMin > rules.Gate ? module.Id : "", domain.Thresholds == new Thresholds() ? "" : domain.Code, rules.ByUrgency.ContainsKey(set.Urgency) ? set.Urgency : null,
            rules.ByComplexity.ContainsKey(set.Complexity) ? set.Complexity : null, rules.ByApplication.ContainsKey(set.Application) ? set.Application : null, language);
        return hooks.GetOrAdd(key, _ => HookLines(ThresholdResolver.Resolve(rules, module, domain, set), module, standard, a));
    }

    private ImmutableArray<PromptLine> HookLines(EffectiveThresholds t, Module module, PromptStandard standard, AxisLines a)
    {
        return [
            a.HooksIntro,
            Threshold(ScoreAxis.Clarity, ">=", t.ClarityMin),
            Threshold(ScoreAxis.Execution, ">=", t.ExecutionMin),
            Threshold(ScoreAxis.Ambiguity, "<=", t.AmbiguityMax),
            Threshold(ScoreAxis.Alignment, ">=", t.AlignmentMin),
            Threshold(ScoreAxis.BusinessFit, ">=", t.BusinessFitMin),
            new(Section.EvaluationHooks, "evaluation_hooks.total", standard["evaluation_hooks.total"].Render(("value", t.Gate.ToString(CultureInfo.InvariantCulture))),
                [module.ScoreMin > catalog.Ruleset.Gate ? Causes.Module(module.Id, "kpi.score_min") : Causes.Rule("scoring.gate")]),
            a.Zero,
        ];

        PromptLine Threshold(ScoreAxis axis, string comparison, int value)
        {
            var name = Codes<ScoreAxis>.Of(axis);
            return new(Section.EvaluationHooks, $"evaluation_hooks.{name}",
                standard["evaluation_hooks.threshold"].Render(("axis", name), ("comparison", comparison), ("value", value.ToString(CultureInfo.InvariantCulture))), [.. t.Scopes[axis].SelectMany(ScopeCauses)]);
        }
    }

    private static Cause[] ScopeCauses(string scope)
    {
        var (name, value) = scope.Split('=') is [var n, var v] ? (n, v) : (scope, "");
        return name switch
        {
            "base" => [Causes.Rule("scoring.base")],
            "domain" => [Causes.Domain(value, "thresholds")],
            "module" => [Causes.Module(value, "kpi.score_min")],
            _ => [Causes.Rule($"scoring.{name}.{value}"), new(CauseKind.Axis, scope)],
        };
    }

    private PromptLock Lock(Module module, Domain domain, ParameterSet set, PromptStandard standard, Language language) => new(
        new(module.Id, module.Version, module.ContentHash), new(domain.Code, domain.Version, domain.ContentHash), new("ruleset", catalog.Ruleset.Version, catalog.Ruleset.ContentHash),
        new(Codes<Language>.Of(language), standard.Version, standard.ContentHash), Version, set, language);

    private static string Render(ImmutableArray<PromptLine> lines)
    {
        var length = 0;
        for (var i = 0; i < lines.Length; i++)
            length += lines[i].Text.Length + 1 + (EndsList(lines, i) ? 1 : 0);
        foreach (var name in Sections.All)
            length += name.Length + "## \n\n".Length;
        return string.Create(length - 1, lines, static (span, lines) =>
        {
            var at = 0;
            var section = (Section)(-1);
            for (var i = 0; i < lines.Length; i++)
            {
                if (lines[i].Section != section)
                {
                    if (at > 0)
                        span[at++] = '\n';
                    section = lines[i].Section;
                    "## ".CopyTo(span[at..]);
                    section.Name().CopyTo(span[(at + 3)..]);
                    at += 3 + section.Name().Length;
                    span[at++] = '\n';
                }
                else if (EndsList(lines, i))
                {
                    span[at++] = '\n';
                }

                lines[i].Text.CopyTo(span[at..]);
                at += lines[i].Text.Length;
                span[at++] = '\n';
            }
        });
    }

    // A Markdown list or table ends at a blank line; without one a reader takes the next sentence for its last entry.
    private static bool EndsList(ImmutableArray<PromptLine> lines, int i) =>
        i > 0 && lines[i].Section == lines[i - 1].Section && IsEntry(lines[i - 1].Text) && !IsEntry(lines[i].Text);

    private static bool IsEntry(string text) =>
        text.StartsWith("- ", StringComparison.Ordinal) || text.StartsWith('|') || text.StartsWith("   - ", StringComparison.Ordinal) || text is [>= '0' and <= '9', '.', ' ', ..];

    private static string Hash(string text)
    {
        var utf8 = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(utf8.AsSpan(0, Encoding.UTF8.GetBytes(text, utf8)), hash);
            return Convert.ToHexStringLower(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(utf8);
        }
    }

    /// <summary>All that the thresholds of a prompt depend on; null or empty where there is no rule.</summary>
    private readonly record struct HooksKey(string Module, string Domain, Urgency? Urgency, Complexity? Complexity, Application? Application, Language Language);
}
