using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PromptForge.Core.Prompting;

/// <summary>
/// The client's values as an <c>&lt;inputs&gt;</c> block. Angle brackets and ampersands are escaped and continued lines are indented, so that no value can
/// close the block, open a section or stand at the start of a line.
/// </summary>
internal static class InputBlock
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(ModuleInputs inputs, ImmutableArray<PromptLine>.Builder lines)
    {
        lines.Add(new(Section.Context7D, "context_7d.inputs.open", "<inputs>", [Causes.Standard("context_7d.data")]));
        foreach (var (key, value) in inputs.Values)
        {
            ImmutableArray<Cause> cause = [Causes.Input(key)];
            if (value is JsonArray items)
            {
                lines.Add(Line(key, 0, $"<{key}>", cause));
                var n = 1;
                foreach (var item in items)
                    n = Value($"  <item>", Scalar(item), "</item>", key, n, cause, lines);
                lines.Add(Line(key, n, $"</{key}>", cause));
            }
            else
            {
                Value($"<{key}>", Scalar(value), $"</{key}>", key, 0, cause, lines);
            }
        }

        lines.Add(new(Section.Context7D, "context_7d.inputs.close", "</inputs>", [Causes.Standard("context_7d.data")]));
    }

    private static int Value(string open, string text, string close, string key, int n, ImmutableArray<Cause> cause, ImmutableArray<PromptLine>.Builder lines)
    {
        if (!text.Contains('\n', StringComparison.Ordinal))
        {
            lines.Add(Line(key, n, open + text + close, cause));
            return n + 1;
        }

        lines.Add(Line(key, n++, open, cause));
        foreach (var part in text.Split('\n'))
            lines.Add(Line(key, n++, part.Length == 0 ? "" : "    " + part, cause));
        lines.Add(Line(key, n++, (open.StartsWith(' ') ? "  " : "") + close, cause));
        return n;
    }

    private static PromptLine Line(string key, int n, string text, ImmutableArray<Cause> cause) =>
        new(Section.Context7D, n == 0 ? "context_7d.inputs." + key : $"context_7d.inputs.{key}.{n}", text, cause);

    private static string Scalar(JsonNode? value)
    {
        var text = value is JsonValue v && v.TryGetValue<string>(out var s) ? s.ReplaceLineEndings("\n").Trim('\n') : value?.ToJsonString(Json) ?? "null";
        return text.AsSpan().IndexOfAny('<', '>', '&') < 0
            ? text
            : text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
    }
}
