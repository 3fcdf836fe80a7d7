using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Bundling;

/// <summary>prompt.txt and prompt.json.</summary>
internal static class PromptFiles
{
    /// <summary>The line that stands between the prompt and the model's answer.</summary>
    public const string OutputLine = "=== OUTPUT ===";

    public static void Txt(BundleContent content, ByteBuffer to)
    {
        to.Text(content.Prompt.Text);
        if (content.Output is null)
            return;
        to.Text("\n").Text(OutputLine).Text("\n\n").Text(Lines(content.Output));
        if (to.Written[^1] != '\n')
            to.Text("\n");
    }

    public static void Json(BundleContent content, ByteBuffer to)
    {
        var json = BundleJson.Open(to);
        json.WriteString("version"u8, BundleWriter.FormatVersion);
        json.WriteStartObject("module"u8);
        json.WriteString("id"u8, content.Module.Id);
        json.WriteString("version"u8, content.Module.Version);
        json.WriteString("name"u8, content.Module.In(content.Language).Name);
        json.WriteEndObject();
        json.WriteString("run_id"u8, content.RunId);
        json.WriteString("type"u8, Codes<RunType>.Of(content.Type));
        json.WriteBoolean("simulated"u8, content.Telemetry.Simulated);
        json.WriteString("language"u8, Codes<Catalog.Language>.Of(content.Language));
        json.WriteSevenD(content.SevenD.Set);
        json.WritePropertyName("inputs"u8);
        json.WriteOrdered(content.Inputs, content.Module.Inputs.Select(i => i.Key));

        json.WriteStartObject("prompt"u8);
        json.WriteString("sha256"u8, content.Prompt.Hash);
        json.WriteString("text"u8, content.Prompt.Text);
        json.WriteStartArray("sections"u8);
        WriteSections(json, content.Prompt);
        json.WriteEndArray();
        json.WriteEndObject();

        if (content.Output is null)
            json.WriteNull("output"u8);
        else
            json.WriteString("output"u8, content.Output);
        json.WritePropertyName("parsed_output"u8);
        json.WriteOrdered(content.ParsedOutput, content.Module.Fields.Select(f => f.Name));
        WriteScore(json, content);
        json.WriteString("license_notice"u8, content.LicenceNotice);
        json.WriteString("created_at"u8, BundleJson.Stamp(content.CreatedAt));
        json.Close(to);
    }

    /// <summary>LF line ends whatever the model sent.</summary>
    public static string Lines(string text) => text.Contains('\r') ? text.ReplaceLineEndings("\n") : text;

    private static void WriteSections(System.Text.Json.Utf8JsonWriter json, CompiledPrompt prompt)
    {
        Section? open = null;
        foreach (var line in prompt.Lines)
        {
            if (open != line.Section)
            {
                if (open is not null)
                {
                    json.WriteEndArray();
                    json.WriteEndObject();
                }

                open = line.Section;
                json.WriteStartObject();
                json.WriteString("name"u8, line.Section.Name());
                json.WriteStartArray("lines"u8);
            }

            json.WriteStartObject();
            json.WriteString("key"u8, line.Key);
            json.WriteString("text"u8, line.Text);
            json.WriteStartArray("causes"u8);
            foreach (var cause in line.Causes)
                WriteCause(json, cause);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        if (open is null)
            return;
        json.WriteEndArray();
        json.WriteEndObject();
    }

    // "module M07.goal", without a string for each of some hundred causes.
    private static void WriteCause(System.Text.Json.Utf8JsonWriter json, Cause cause)
    {
        var kind = Codes<CauseKind>.Of(cause.Kind);
        Span<char> text = stackalloc char[256];
        if (kind.Length + 1 + cause.Ref.Length <= text.Length)
        {
            kind.CopyTo(text);
            text[kind.Length] = ' ';
            cause.Ref.CopyTo(text[(kind.Length + 1)..]);
            json.WriteStringValue(text[..(kind.Length + 1 + cause.Ref.Length)]);
        }
        else
        {
            json.WriteStringValue(cause.ToString());
        }
    }

    private static void WriteScore(System.Text.Json.Utf8JsonWriter json, BundleContent content)
    {
        var score = content.Score;
        json.WriteStartObject("score"u8);
        json.WriteAxes(score);
        json.WriteStartObject("thresholds"u8);
        json.WriteNumber("clarity_min"u8, score.Thresholds.ClarityMin);
        json.WriteNumber("execution_min"u8, score.Thresholds.ExecutionMin);
        json.WriteNumber("ambiguity_max"u8, score.Thresholds.AmbiguityMax);
        json.WriteNumber("alignment_min"u8, score.Thresholds.AlignmentMin);
        json.WriteNumber("business_fit_min"u8, score.Thresholds.BusinessFitMin);
        json.WriteNumber("gate"u8, score.Thresholds.Gate);
        json.WriteEndObject();
        json.WriteStartArray("sub_scores"u8);
        foreach (var part in score.SubScores)
        {
            json.WriteStartObject();
            json.WriteString("axis"u8, Codes<Scoring.ScoreAxis>.Of(part.Axis));
            json.WriteString("name"u8, part.Name);
            json.WriteNumber("points"u8, BundleJson.Plain(part.Points));
            json.WriteNumber("of"u8, BundleJson.Plain(part.Of));
            json.WriteStartArray("evidence"u8);
            foreach (var evidence in part.Evidence)
                json.WriteStringValue(evidence);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
