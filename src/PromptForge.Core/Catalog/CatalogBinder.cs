using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Catalog;

/// <summary>Valid catalogue documents to records.</summary>
internal static class CatalogBinder
{
    public static Module Module(Source source)
    {
        var m = source.Document.Root;
        var outputs = m.Object("outputs");
        var example = outputs.Object("example");
        var ro = m.Object("ro");
        var guardrails = m.Object("guardrails");
        var inputs = m["inputs"]!.AsArray().Select(i => i!.AsObject()).ToList();
        var fields = outputs["fields"]!.AsArray().Select(f => f!.AsObject()).ToList();
        var kpi = m.Object("kpi");
        return new Module
        {
            Id = m.Text("id"),
            Version = m.Text("version"),
            ContentHash = source.Hash,
            Vectors = [.. m["vectors"]!.AsArray().Select(v => (int)v!.GetValue<long>())],
            Inputs = [.. inputs.Select(Input)],
            ArtifactType = outputs.Text("artifact_type"),
            Fields = [.. fields.Select(f => new OutputField(f.Text("name"), f.Value<FieldType>("type"), f["required"]!.GetValue<bool>(), f.Texts("keys")))],
            ExampleField = example.Text("field"),
            StepsFrom = [.. m["process"]!.AsArray().Select(s => s!.AsObject().Value<Complexity>("from"))],
            ScoreMin = kpi.Int("score_min"),
            Targets = [.. kpi.Object("targets").Select(t => new KpiTarget(t.Key, t.Value!.Number(), kpi.Texts("at_most").Contains(t.Key)))],
            Flags = guardrails.Texts("flags"),
            Dependencies = m.Texts("dependencies"),
            ExampleInput = m.Object("example_input").ToImmutableDictionary(p => p.Key, p => p.Value!.Element()),
            Tests = [.. m["tests"]!.AsArray().Select(t => Test(t!.AsObject()))],
            En = Text(m, inputs.ToImmutableDictionary(i => i.Text("key"), i => i.Text("description")), fields.ToImmutableDictionary(f => f.Text("name"), f => f.Text("about")), kpi.Map("means"), example, guardrails),
            Ro = Text(ro, ro.Map("inputs"), ro.Map("fields"), ro.Map("kpi"), ro.Object("example"), ro),
            Definition = m.ToJsonString(),
        };
    }

    public static ModuleInput Input(JsonObject i) => new(i.Text("key"), i.Value<InputType>("type"), i["required"]!.GetValue<bool>())
    {
        Options = i.Texts("options"),
        ObjectItems = i["items"] is { } items && items.GetValue<string>() == "object",
        MinItems = i.IntOrNull("min_items"),
        MaxItems = i.IntOrNull("max_items"),
        Min = i["min"]?.Number(),
        Max = i["max"]?.Number(),
        MinLength = i.IntOrNull("min_length"),
    };

    private static ModuleTest Test(JsonObject t) => new(t.Text("id"), t.Text("name"), [.. t["assertions"]!.AsArray().Select(a => a!.AsObject()).Select(a => new TestAssertion(a.Text("check"))
    {
        Field = a["field"]?.GetValue<string>(),
        Key = a["key"]?.GetValue<string>(),
        Value = a["value"]?.Number(),
        Tolerance = a["tolerance"]?.Number(),
        Pattern = a["pattern"]?.GetValue<string>(),
        Values = [.. a.Texts("values"), .. a.Texts("keys"), .. a.Texts("codes")],
    })]);

    private static ModuleText Text(JsonObject node, ImmutableDictionary<string, string> inputs, ImmutableDictionary<string, string> fields, ImmutableDictionary<string, string> kpi, JsonObject example, JsonObject rules) => new()
    {
        Name = node.Text("name"),
        Purpose = node.Text("purpose"),
        Role = node.Text("role"),
        Goal = node.Text("goal"),
        Decision = node.Text("decision"),
        Success = node.Text("success"),
        Crisis = node.Text("crisis"),
        Process = [.. node["process"]!.AsArray().Select(s => s!.AsObject()).Select(s => new ProcessStep(s.Text("step"), s["detail"]?.GetValue<string>()))],
        Inputs = inputs,
        Fields = fields,
        Kpi = kpi,
        ExampleSmall = example["small"]!.Element(),
        ExampleLarge = example["large"]!.Element(),
        StyleRules = rules.Texts("style_rules"),
    };

    public static Domain Domain(Source source)
    {
        var d = source.Document.Root;
        return new Domain
        {
            Code = d.Text("code"),
            Version = d.Text("version"),
            ContentHash = source.Hash,
            Definition = d.ToJsonString(),
            Name = d.Text("name"),
            SubIndustries = d.Texts("sub_industries"),
            RiskLevel = d.Value<RiskLevel>("risk_level"),
            Jargon = d.Texts("jargon"),
            Kpis = d.Texts("kpis"),
            Defaults = d.Object("defaults_7d").Defaults(d.Text("code"), [Node.Output(d.Text("default_output"))]),
            Thresholds = d.Object("thresholds").Thresholds(),
            En = Text(d),
            Ro = Text(d.Object("ro")),
        };

        static DomainText Text(JsonObject t) => new(
            t.Text("name"), t.Object("client").Text("small"), t.Object("client").Text("large"), t.Texts("rules"), t.Text("evidence"), t.Text("harm"), t.Text("tone"));
    }

    public static Ruleset Ruleset(Source source)
    {
        var r = source.Document.Root;
        var scoring = r.Object("scoring");
        var limits = r.Object("limits");
        return new Ruleset
        {
            Version = r.Text("version"),
            ContentHash = source.Hash,
            Content = source.Text,
            Gate = scoring.Int("gate"),
            Base = scoring.Object("base").Thresholds(),
            ByUrgency = Rows<Urgency>("urgency"),
            ByComplexity = Rows<Complexity>("complexity"),
            ByApplication = Rows<Application>("application"),
            Limits = new(limits.Int("jargon_terms"), limits.Int("domain_kpis"), limits.Int("process_steps"), limits.Int("input_characters"), limits.Int("inputs_characters"), limits.Int("array_items")),
            Rates = new(ByPlan(limits.Object("key_calls_per_minute")), ByPlan(limits.Object("concurrent_runs")), limits.Int("user_calls_per_minute"), limits.Int("anonymous_calls_per_minute")),
            TelemetryKeys = r.Texts("telemetry_keys"),
            LicenceNotice = r.Text("licence_notice"),
            PastDueGraceDays = r.Object("billing").Int("past_due_grace_days"),
            En = Words("en"),
            Ro = Words("ro"),
        };

        static ByPlan ByPlan(JsonObject of) => new(of.Int("pilot"), of.Int("pro"), of.Int("enterprise"));

        FrozenDictionary<T, Thresholds> Rows<T>(string axis) where T : struct, Enum =>
            scoring.Object(axis).ToFrozenDictionary(row => Codes<T>.TryParse(row.Key, out var value) ? value : throw new FormatException(row.Key), row => row.Value!.AsObject().Thresholds());

        WordLists Words(string language)
        {
            var w = r.Object("words").Object(language);
            return new()
            {
                Hedging = w.Texts("hedging"),
                Promises = w.Texts("promises"),
                Priority = w.Texts("priority"),
                Owner = w.Texts("owner"),
                Due = w.Texts("due"),
                Resources = w.Texts("resources"),
                Metric = w.Texts("metric"),
                Proof = w.Texts("proof"),
                Assumption = w.Texts("assumption"),
                Planned = w.Texts("planned"),
                Unknown = w.Texts("unknown"),
                Setting = w.Texts("setting"),
            };
        }
    }

    public static ImmutableArray<Plan> Plans(Source source) => [.. source.Document.Root["plans"]!.AsArray().Select(p => p!.AsObject()).Select(p => new Plan(
        p.Text("code"), p.Text("name"), p.Int("retention_days"), p["modules"] is JsonArray ? p.Texts("modules") : null, p.Int("live_runs_per_hour"), p.Int("live_runs_per_month"),
        p.Object("flags").ToImmutableSortedDictionary(f => f.Key, f => f.Value!.GetValue<bool>(), StringComparer.Ordinal)))];

    public static Pack Pack(Source source)
    {
        var p = source.Document.Root;
        ImmutableArray<OutputFormat> outputs = [.. p.Texts("required_outputs").Select(Node.Output)];
        return new(p.Text("code"), p.Text("version"), p.Text("name"), p.Text("domain"), p.Text("min_plan"), p["price_eur_per_year"]!.Number(), p.Texts("modules"),
            p.Object("defaults_7d").Defaults(p.Text("domain"), outputs), outputs, p.Texts("rules"), source.Hash, p.ToJsonString());
    }

    public static ImmutableArray<LanguageModel> Models(Source source) => [.. source.Document.Root["models"]!.AsArray().Select(m => m!.AsObject()).Select(m => new LanguageModel(
        m.Text("name"), m.Text("provider"), m["simulated"]?.GetValue<bool>() ?? false,
        [.. m["prices"]!.AsArray().Select(p => p!.AsObject()).Select(p => new ModelPrice(DateOnly.ParseExact(p.Text("from"), "yyyy-MM-dd", CultureInfo.InvariantCulture), p["input"]!.Number(), p["cached_input"]!.Number(), p["output"]!.Number()))]))];
}
