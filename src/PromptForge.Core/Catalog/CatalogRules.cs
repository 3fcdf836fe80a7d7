using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PromptForge.Core.Prompting;

namespace PromptForge.Core.Catalog;

/// <summary>What a schema cannot say about one file, and what files promise each other. The wording rules are in catalog/README.md.</summary>
internal static partial class CatalogRules
{
    public static List<Fault> Check(IReadOnlyList<Source> sources)
    {
        var faults = new List<Fault>();
        var ids = Unique(sources, "module", "id", faults);
        var domains = Unique(sources, "domain", "code", faults);
        Unique(sources, "domain", "name", faults);
        Unique(sources, "pack", "code", faults);
        foreach (var language in Unique(sources, "standard", "language", faults) is var found ? new[] { "en", "ro" }.Where(l => !found.Contains(l)) : [])
            faults.Add(new(CatalogReader.Code, $"standard/{language}.yaml", "The prompt standard is missing in this language."));
        var flags = sources.Where(s => s.Kind == "standard").Select(s => s.Document.Root.Object("flags").Select(f => f.Key).ToHashSet()).ToList();

        foreach (var source in sources)
        {
            var root = source.Document.Root;
            void Add(string pointer, string message) => faults.Add(new(CatalogReader.Code, source.Document.Place(pointer), message));
            var name = Path.GetFileNameWithoutExtension(source.Path);
            if (source.Kind is "module" && root.Text("id") != name)
                Add("/id", $"The file is called {name}, its id is {root.Text("id")}: they must be the same.");
            if (source.Kind is "domain" or "pack" && root.Text("code") != name)
                Add("/code", $"The file is called {name}, its code is {root.Text("code")}: they must be the same.");
            if (source.Kind is "standard" && root.Text("language") != name)
                Add("/language", $"The file is called {name}, its language is {root.Text("language")}: they must be the same.");
            if (source.Kind is "module")
                Module(root, ids, flags, Add);
            if (source.Kind is "pack")
            {
                if (!domains.Contains(root.Text("domain")))
                    Add("/domain", $"There is no domain {root.Text("domain")}.");
                foreach (var id in root.Texts("modules").Where(id => !ids.Contains(id)))
                    Add("/modules", $"There is no module {id}.");
            }

            foreach (var (pointer, text) in Romanian(source))
                if (Cedilla().Match(text) is { Success: true } letter)
                    Add(pointer, $"\"{letter.Value}\" has a cedilla; Romanian ș and ț have a comma below.");
                else if (English().Match(Foreign().Replace(text, "")) is { Success: true } word)
                    Add(pointer, $"\"{word.Value}\" is English; translate the sentence, or put the foreign words between „ and ”.");

            if (source.Kind is "domain" && root.Texts("rules").Length != root.Object("ro").Texts("rules").Length)
                Add("/ro/rules", "The Romanian rules must be as many as the English ones.");
        }

        return faults;
    }

    private static void Module(JsonObject m, HashSet<string> ids, List<HashSet<string>> flags, Action<string, string> add)
    {
        var ro = m.Object("ro");
        var inputs = m["inputs"]!.AsArray().Select(i => i!.AsObject()).ToList();
        var fields = m.Object("outputs")["fields"]!.AsArray().Select(f => f!.AsObject()).ToList();
        var process = m["process"]!.AsArray().Select(s => s!.AsObject()).ToList();
        var known = inputs.Select(i => i.Text("key")).Concat(fields.Select(f => f.Text("name"))).Concat(fields.SelectMany(f => f.Texts("keys"))).ToHashSet();

        foreach (var id in m.Texts("dependencies").Where(id => !ids.Contains(id) || id == m.Text("id")))
            add("/dependencies", $"{id} is not another module.");
        foreach (var flag in m.Object("guardrails").Texts("flags").Where(f => flags.Any(l => !l.Contains(f))))
            add("/guardrails/flags", $"The flag {flag} has no sentence under \"flags\" in standard/en.yaml and standard/ro.yaml.");

        var from = process.ConvertAll(s => s.Text("from"));
        if (from.Count(f => f == "foundational") != 3)
            add("/process", $"Exactly 3 steps are foundational; here are {from.Count(f => f == "foundational")}.");
        if (from.Count(f => f != "advanced") != 5)
            add("/process", $"Exactly 5 steps are foundational or standard; here are {from.Count(f => f != "advanced")}.");
        if (process.Count + process.Count(s => s["detail"] is not null) < 10)
            add("/process", "Steps and details together must be at least 10: add a detail.");
        var roProcess = ro["process"]!.AsArray().Select(s => s!.AsObject()).ToList();
        if (roProcess.Count != process.Count || !roProcess.Select(s => s["detail"] is null).SequenceEqual(process.Select(s => s["detail"] is null)))
            add("/ro/process", "The Romanian process must have the same steps, with a detail where the English one has.");

        foreach (var (pointer, text) in Texts(m, "").Concat(Texts(ro, "/ro")))
        {
            foreach (var name in Quoted().Matches(text).Select(q => q.Groups[1].Value).Where(n => !known.Contains(n)))
                add(pointer, $"`{name}` is neither an input nor a field nor a key of this module.");
            if (text.EndsWith('.') || text.Contains('?', StringComparison.Ordinal))
                add(pointer, "No final stop and no question mark here; the prompt standard sets the punctuation.");
            if (Bland().Match(text) is { Success: true } bland)
                add(pointer, $"\"{bland.Value}\" says nothing that can be checked; write what is meant.");
        }

        foreach (var (goal, pointer) in new[] { (m.Text("goal"), "/goal"), (ro.Text("goal"), "/ro/goal") })
        {
            if (Artifact().Count(goal) != 1)
                add(pointer, "The goal holds {{ artifact }} exactly once.");
            if (Quoted().Replace(goal, "").Contains("{{", StringComparison.Ordinal) && Artifact().Replace(goal, "").Contains("{{", StringComparison.Ordinal))
                add(pointer, "{{ artifact }} is the only name a goal may use.");
        }

        Kpi(m.Object("kpi"), ro, add);
        Keys(m, ro, fields, add);
        foreach (var (texts, pointer) in new[] { (Texts(m, ""), "/inputs"), (Texts(ro, "/ro"), "/ro/process") })
        {
            var all = string.Join('\n', texts.Select(t => t.Text));
            foreach (var input in inputs.Where(i => i["required"]!.GetValue<bool>() && !all.Contains($"`{i.Text("key")}`", StringComparison.Ordinal)))
                add(pointer, $"The required input `{input.Text("key")}` is never named in goal, success, process, fields or rules.");
        }

        foreach (var fault in InputReader.Read(m.Object("example_input"), [.. inputs.Select(CatalogBinder.Input)], null).Faults)
            add("/example_input" + fault.Where, fault.Message);
    }

    private static void Kpi(JsonObject kpi, JsonObject ro, Action<string, string> add)
    {
        var targets = kpi.Object("targets").Select(t => t.Key).ToHashSet();
        foreach (var (means, pointer) in new[] { (kpi.Object("means"), "/kpi/means"), (ro.Object("kpi"), "/ro/kpi") })
            if (!targets.SetEquals(means.Select(t => t.Key)))
                add(pointer, $"Each target says what is counted and in which unit, and nothing else does: {string.Join(", ", targets)}.");
        var below = kpi.Texts("at_most");
        foreach (var name in below.Where(n => !targets.Contains(n)))
            add("/kpi/at_most", $"There is no target {name}.");
        foreach (var name in targets.Where(n => n.Split('_').Contains("max") && !below.Contains(n)))
            add("/kpi", $"{name} is called a maximum: name it under \"at_most\".");
    }

    private static void Keys(JsonObject m, JsonObject ro, List<JsonObject> fields, Action<string, string> add)
    {
        Same(m["inputs"]!.AsArray().Select(i => i!.AsObject().Text("key")), ro.Object("inputs"), "/ro/inputs");
        Same(fields.Select(f => f.Text("name")), ro.Object("fields"), "/ro/fields");
        if (m.Object("guardrails").Texts("style_rules").Length != ro.Texts("style_rules").Length)
            add("/ro/style_rules", "The Romanian style rules must be as many as the English ones.");

        var example = m.Object("outputs").Object("example");
        var shown = fields.FirstOrDefault(f => f.Text("name") == example.Text("field"));
        if (shown is null)
        {
            add("/outputs/example/field", $"There is no field {example.Text("field")}.");
            return;
        }

        foreach (var (item, pointer) in new[] { (example["small"], "/outputs/example/small"), (example["large"], "/outputs/example/large"), (ro.Object("example")["small"], "/ro/example/small"), (ro.Object("example")["large"], "/ro/example/large") })
        {
            var keys = shown.Texts("keys");
            if (keys.Length > 0 ? item is not JsonObject o || !o.Select(p => p.Key).SequenceEqual(keys) : item is JsonObject && shown.Text("type") == "array")
                add(pointer, keys.Length > 0 ? $"The item has exactly the keys {string.Join(", ", keys)}, in this order." : "The field's items have no keys, so the example is a text.");
        }

        foreach (var assertion in m["tests"]!.AsArray().SelectMany(t => t!.AsObject()["assertions"]!.AsArray()).Select(a => a!.AsObject()).Where(a => a["field"] is not null && a.Text("field") != "*"))
        {
            var field = fields.FirstOrDefault(f => f.Text("name") == assertion.Text("field"));
            if (field is null || (assertion.Text("check") == "each_has" && assertion.Texts("keys").Except(field.Texts("keys")).Any()))
                add("/tests", $"The test {assertion.Text("check")} names a field or keys that \"outputs\" does not have: {assertion.Text("field")}.");
        }

        void Same(IEnumerable<string> wanted, JsonObject given, string pointer)
        {
            var missing = wanted.Where(w => !given.ContainsKey(w)).ToList();
            if (missing.Count > 0 || given.Count != wanted.Count())
                add(pointer, missing.Count > 0 ? $"Missing: {string.Join(", ", missing)}." : "There are entries that the English part does not have.");
        }
    }

    private static IEnumerable<(string Pointer, string Text)> Texts(JsonObject node, string at)
    {
        foreach (var key in new[] { "role", "goal", "decision", "success", "crisis" })
            yield return ($"{at}/{key}", node.Text(key));
        foreach (var (step, i) in node["process"]!.AsArray().Select((s, i) => (s!.AsObject(), i)))
        {
            yield return ($"{at}/process/{i}/step", step.Text("step"));
            if (step["detail"] is { } detail)
                yield return ($"{at}/process/{i}/detail", detail.GetValue<string>());
        }

        var rules = node["guardrails"] is JsonObject g ? (g.Texts("style_rules"), "/guardrails") : (node.Texts("style_rules"), "");
        foreach (var (rule, i) in rules.Item1.Select((r, i) => (r, i)))
            yield return ($"{at}{rules.Item2}/style_rules/{i}", rule);
        if (node["outputs"] is JsonObject outputs)
            foreach (var (field, i) in outputs["fields"]!.AsArray().Select((f, i) => (f!.AsObject(), i)))
                yield return ($"{at}/outputs/fields/{i}/about", field.Text("about"));
        else
            foreach (var field in node.Object("fields"))
                yield return ($"{at}/fields/{field.Key}", field.Value!.GetValue<string>());
        foreach (var (means, pointer) in new[] { (node["kpi"]?["means"], "/kpi/means"), (node["fields"] is null ? null : node["kpi"], "/kpi") })
            foreach (var name in means?.AsObject() ?? [])
                yield return ($"{at}{pointer}/{name.Key}", name.Value!.GetValue<string>());
    }

    /// <summary>The Romanian texts of a file, with their places; names are the client's and stay as they are.</summary>
    private static IEnumerable<(string Pointer, string Text)> Romanian(Source source)
    {
        var root = source.Document.Root;
        return root["ro"] is JsonObject ro ? Strings(ro, "/ro").Where(t => t.Pointer != "/ro/name") : source.Kind == "standard" && root.Text("language") == "ro" ? Strings(root, "") : [];

        static IEnumerable<(string Pointer, string Text)> Strings(JsonNode? node, string at) => node switch
        {
            JsonObject o => o.SelectMany(p => Strings(p.Value, $"{at}/{p.Key}")),
            JsonArray a => a.SelectMany((n, i) => Strings(n, $"{at}/{i}")),
            JsonValue v when v.TryGetValue<string>(out var text) => [(at, text)],
            _ => [],
        };
    }

    private static HashSet<string> Unique(IReadOnlyList<Source> sources, string kind, string key, List<Fault> faults)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var source in sources.Where(s => s.Kind == kind && !seen.Add(s.Document.Root.Text(key))))
            faults.Add(new(CatalogReader.Code, source.Document.Place("/" + key), $"Another {kind} file already has the {key} {source.Document.Root.Text(key)}."));
        return seen;
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\{\{ artifact \}\}")]
    private static partial Regex Artifact();

    [GeneratedRegex(@"\b(ensure|leverage|comprehensive|high-quality|various|etc|maybe|perhaps|possibly|probably|try to|as needed|if possible|as appropriate|best practices?|best-in-class|world-class|state-of-the-art|cutting-edge|robust|seamless\w*|holistic\w*|synerg\w+|relevant|appropriate\w*|effective(ly)?|efficient(ly)?|suitable|actionable|tailored|meaningful|impactful|utili[sz]e\w*|optimi[sz]e\w*|unlock|elevate|streamline\w*|asigură-te|eventual|probabil|adecvat\w*|corespunzăto\w+|eficient\w*|relevant\w*|sinergi\w+|de calitate|de ultimă generație)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Bland();

    [GeneratedRegex("[şţŞŢ]")]
    private static partial Regex Cedilla();

    [GeneratedRegex(@"\b(the|and|with|which|that|must|each|when|where|from|of|for|every)\b", RegexOptions.IgnoreCase)]
    private static partial Regex English();

    // What a Romanian text may keep in another language: names in backticks, quotations, names in {{ }}.
    [GeneratedRegex("`[^`]*`|„[^”]*”|\\{\\{.*?\\}\\}")]
    private static partial Regex Foreign();
}
