using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;

namespace PromptForge.Core.Scoring;

public enum AssertionOutcome { Passed, Failed, NotApplicable }

/// <param name="Message">What was expected and what was found; empty when passed.</param>
public sealed record AssertionResult(string Test, TestAssertion Assertion, AssertionOutcome Outcome, string Message);

/// <summary>Evaluates a module's own acceptance tests on a run.</summary>
public static class ModuleTests
{
    private static readonly TimeSpan PatternTimeout = TimeSpan.FromMilliseconds(250);
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="output">Null for a generation run: what speaks of the output is then not applicable.</param>
    public static ImmutableArray<AssertionResult> Check(Module module, string prompt, ParsedOutput? output, Score score, ImmutableArray<PolicyHit> hits)
    {
        var results = ImmutableArray.CreateBuilder<AssertionResult>();
        foreach (var test in module.Tests)
            foreach (var assertion in test.Assertions)
                results.Add(Check(test.Id, assertion, module, prompt, output, score, hits));
        return results.ToImmutable();
    }

    private static AssertionResult Check(string test, TestAssertion a, Module module, string prompt, ParsedOutput? output, Score score, ImmutableArray<PolicyHit> hits)
    {
        var problem = a.Check switch
        {
            "prompt_contains" => Missing("The prompt", prompt, a.Values),
            "no_incident" => hits.Where(h => a.Values.Contains(h.Code)).Select(h => $"{h.Code} at {h.Where}.").FirstOrDefault(),
            "score_min" => score.Total >= a.Value ? null : $"The total is {score.Total}, {a.Value} is the least.",
            _ when output is null => null,
            "required_fields" => module.Fields.Where(f => f.Required && !output.Has(f.Name)).Select(f => $"`{f.Name}` is missing or empty.").FirstOrDefault(),
            "min_items" => Items(output, a) is var n && n >= a.Value ? null : $"`{a.Field}` has {n} items, {a.Value} are the least.",
            "max_items" => Items(output, a) is var n && n <= a.Value ? null : $"`{a.Field}` has {n} items, {a.Value} are the most.",
            "each_has" => EachHas(output, a),
            "contains" => Missing($"`{a.Field}`", Text(output, a), a.Values),
            "not_contains" => a.Values.Where(v => Text(output, a).Contains(v, StringComparison.OrdinalIgnoreCase)).Select(v => $"`{a.Field}` contains \"{v}\".").FirstOrDefault(),
            "pattern" => Matches(Text(output, a), a.Pattern ?? "") ? null : $"`{a.Field}` does not match {a.Pattern}.",
            "sum_equals" => Sum(output, a),
            _ => $"There is no check {a.Check}.",
        };
        var applies = output is not null || a.Check is "prompt_contains" or "no_incident" or "score_min";
        return new(test, a, !applies ? AssertionOutcome.NotApplicable : problem is null ? AssertionOutcome.Passed : AssertionOutcome.Failed, problem ?? "");
    }

    private static string? Missing(string what, string text, ImmutableArray<string> values) =>
        values.Where(v => !text.Contains(v, StringComparison.OrdinalIgnoreCase)).Select(v => $"{what} does not contain \"{v}\".").FirstOrDefault();

    private static int Items(ParsedOutput output, TestAssertion a) => output.Fields[a.Field!] is JsonArray items ? items.Count : 0;

    private static string? EachHas(ParsedOutput output, TestAssertion a)
    {
        if (output.Fields[a.Field!] is not JsonArray items)
            return $"`{a.Field}` is not an array.";
        for (var i = 0; i < items.Count; i++)
            if (a.Values.FirstOrDefault(k => items[i] is not JsonObject o || ParsedOutput.IsEmpty(o[k])) is { } key)
                return $"Item {i + 1} of `{a.Field}` has no `{key}`.";
        return null;
    }

    private static string? Sum(ParsedOutput output, TestAssertion a)
    {
        var sum = 0m;
        foreach (var item in output.Fields[a.Field!] as JsonArray ?? [])
        {
            if (item is not JsonObject o || !decimal.TryParse(InputText.Scalar(o[a.Key!]), NumberStyles.Number, CultureInfo.InvariantCulture, out var value))
                return $"An item of `{a.Field}` has no number under `{a.Key}`.";
            sum += value;
        }

        return Math.Abs(sum - (a.Value ?? 0)) <= (a.Tolerance ?? 0) ? null : $"`{a.Key}` adds up to {sum}, expected {a.Value}.";
    }

    /// <summary>A text as written, arrays and objects serialised; "*" is the whole artefact.</summary>
    private static string Text(ParsedOutput output, TestAssertion a) => a.Field == "*" ? output.Fields.ToJsonString(Json) : output.Fields[a.Field!] switch
    {
        null => "",
        JsonValue v when v.GetValueKind() == JsonValueKind.String => v.GetValue<string>(),
        var node => node.ToJsonString(Json),
    };

    private static bool Matches(string text, string pattern) => Regex.IsMatch(text, pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, PatternTimeout);
}
