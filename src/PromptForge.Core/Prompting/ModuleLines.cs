using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using PromptForge.Core.Catalog;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Prompting;

/// <summary>The lines of a prompt that depend on the module alone, or on the module and one axis: made once per module and language.</summary>
internal sealed class ModuleLines
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public ModuleLines(Module module, PromptStandard standard, Ruleset ruleset)
    {
        var text = module.In(standard.Language);
        var (goal, problem) = Phrase.Parse(text.Goal, ["artifact"]);
        Goal = goal ?? throw new FormatException($"{module.Id}.goal: {problem}");
        Success = new(Section.RoleGoal, "role_goal.success", standard["role_goal.success"].Render(("success", text.Success)), [Causes.Module(module.Id, "success")]);
        Fields = [.. FieldLines(module, text, standard)];
        ExampleSmall = Example(module, text.ExampleSmall, standard);
        ExampleLarge = Example(module, text.ExampleLarge, standard);
        Kpi = new(Section.OutputSpec, "output_spec.kpi", standard["output_spec.kpi"].Render(("kpis", string.Join(", ", module.Targets.Select(t =>
            standard[t.AtMost ? "output_spec.at_most" : "output_spec.at_least"].Render(("name", t.Name), ("means", text.Kpi[t.Name]), ("target", t.Target.ToString(CultureInfo.InvariantCulture))))))),
            [Causes.Module(module.Id, "kpi")]);
        Crisis = new(Section.Process, "process.crisis", standard["process.crisis"].Render(("crisis", text.Crisis)), [Causes.Module(module.Id, "crisis"), Causes.Axis(Axis.Urgency, Urgency.Crisis.Code())]);
        Process = [.. Enum.GetValues<Complexity>().Select(c => ProcessLines(module, text, standard, c).ToImmutableArray())];
        Guardrails = [.. GuardrailLines(module, text, standard)];
        Telemetry = new(Section.TelemetryKeys, "telemetry_keys.line", standard["telemetry_keys.line"].Render(("module", $"{module.Id}@{module.Version}"), ("ruleset", ruleset.Version), ("keys", string.Join(", ", ruleset.TelemetryKeys.Except(["run_id", "ruleset_version"])))),
            [Causes.Module(module.Id, "version"), Causes.Rule("telemetry_keys")]);
    }

    public Phrase Goal { get; }

    public PromptLine Success { get; }

    public ImmutableArray<PromptLine> Fields { get; }

    public PromptLine ExampleSmall { get; }

    public PromptLine ExampleLarge { get; }

    public PromptLine Kpi { get; }

    public PromptLine Crisis { get; }

    /// <summary>Indexed by complexity.</summary>
    public ImmutableArray<ImmutableArray<PromptLine>> Process { get; }

    public ImmutableArray<PromptLine> Guardrails { get; }

    public PromptLine Telemetry { get; }

    private static IEnumerable<PromptLine> FieldLines(Module module, ModuleText text, PromptStandard standard)
    {
        foreach (var field in module.Fields)
        {
            var line = standard["output_spec.field"].Render(
                ("name", field.Name), ("type", Codes<FieldType>.Of(field.Type)), ("need", standard[field.Required ? "output_spec.required" : "output_spec.optional"].Render()),
                ("about", text.Fields[field.Name]), ("shape", field.Keys.IsEmpty ? "" : standard[field.Type == FieldType.Object ? "output_spec.shape_object" : "output_spec.shape"].Render(("keys", "{" + string.Join(", ", field.Keys) + "}"))));
            yield return new(Section.OutputSpec, $"output_spec.field.{field.Name}", line, [Causes.Module(module.Id, $"outputs.{field.Name}")]);
        }
    }

    private static PromptLine Example(Module module, JsonElement item, PromptStandard standard) =>
        new(Section.OutputSpec, "output_spec.example", standard["output_spec.example"].Render(("field", module.ExampleField), ("example", JsonSerializer.Serialize(item, Json))), [Causes.Module(module.Id, "outputs.example")]);

    private static IEnumerable<PromptLine> ProcessLines(Module module, ModuleText text, PromptStandard standard, Complexity complexity)
    {
        var number = 0;
        var shifted = false;
        for (var i = 0; i < text.Process.Length; i++)
        {
            shifted |= module.StepsFrom[i] > Complexity.Foundational;
            if (module.StepsFrom[i] > complexity)
                continue;
            number++;
            var step = Causes.Module(module.Id, $"process.{i + 1}");
            var depth = Causes.Axis(Axis.Complexity, complexity.Code());
            var line = standard["process.step"].Render(("number", number.ToString(CultureInfo.InvariantCulture)), ("step", text.Process[i].Step));
            yield return new(Section.Process, $"process.{i + 1}", line, shifted ? [step, depth] : [step]);
            if (complexity == Complexity.Expert && text.Process[i].Detail is { } detail)
                yield return new(Section.Process, $"process.{i + 1}.detail", standard["process.detail"].Render(("detail", detail)), [step, depth]);
        }
    }

    private static IEnumerable<PromptLine> GuardrailLines(Module module, ModuleText text, PromptStandard standard)
    {
        foreach (var flag in module.Flags)
            yield return new(Section.Guardrails, $"guardrails.{flag}", standard["guardrails.line"].Render(("rule", standard.Flag(flag))), [Causes.Module(module.Id, $"guardrails.{flag}"), Causes.Standard($"flags.{flag}")]);
        foreach (var (rule, i) in text.StyleRules.Select((r, i) => (r, i + 1)))
            yield return new(Section.Guardrails, $"guardrails.style.{i}", standard["guardrails.line"].Render(("rule", rule)), [Causes.Module(module.Id, $"style_rules.{i}")]);
    }
}
