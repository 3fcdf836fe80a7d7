using System.Text;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Bundling;

/// <summary>prompt.md: the bundle for people, and what the PDF is set from.</summary>
internal static class PromptMarkdown
{
    private const string InputsOpen = "<inputs>";
    private const string InputsClose = "</inputs>";
    private const string Special = "\\`*_[]<>#|~";

    public static void Write(BundleContent content, ByteBuffer to)
    {
        var words = BundleWords.In(content.Language);
        to.Text("# ").Text(Escape(content.Module.In(content.Language).Name)).Text("\n\n");
        to.Text(content.Module.Id).Text(" ").Text(content.Module.Version).Text(" · ").Text(Escape(content.DomainName)).Text(" · ")
            .Text(Escape(content.Project)).Text(" · ").Text(Escape(content.OrgName)).Text(" · ").Text(words.Day(content.CreatedAt)).Text("\n\n");
        if (content.Telemetry.Simulated)
            to.Text("> ").Text(words.Simulated).Text("\n\n");
        if (content.Trial)
            to.Text("> ").Text(words.Trial).Text("\n\n");
        Score(content, words, to);
        SevenD(content, to);
        to.Text(Escape(content.LicenceNotice)).Text("\n\n");

        to.Text("# ").Text(words.Prompt).Text("\n\n");
        Prompt(content.Prompt.Text, to);
        if (content.Output is null)
            return;
        to.Text("\n# ").Text(words.Output).Text("\n\n");
        Output(PromptFiles.Lines(content.Output), to);
    }

    private static void Score(BundleContent content, BundleWords words, ByteBuffer to)
    {
        var score = content.Score;
        to.Text("| ").Text(words.Total);
        for (var axis = ScoreAxis.Clarity; axis <= ScoreAxis.BusinessFit; axis++)
            to.Text(" | ").Text(words.Axis(axis));
        to.Text(" | ").Text(words.Verdict).Text(" |\n| ---: | ---: | ---: | ---: | ---: | ---: | --- |\n| **").Number(score.Total).Text("**");
        for (var axis = ScoreAxis.Clarity; axis <= ScoreAxis.BusinessFit; axis++)
            to.Text(" | ").Number(score[axis]);
        to.Text(" | ").Text(words.Of(score.Verdict)).Text(" (").Text(words.Gate).Text(" ").Number(score.Thresholds.Gate).Text(") |\n\n");
    }

    private static void SevenD(BundleContent content, ByteBuffer to)
    {
        var set = content.SevenD.Set;
        for (var axis = Axis.Domain; axis <= Axis.Output; axis++)
            to.Text("| ").Text(axis.Code()).Text(" ");
        to.Text("|\n| --- | --- | --- | --- | --- | --- | --- |\n");
        for (var axis = Axis.Domain; axis < Axis.Output; axis++)
            to.Text("| ").Text(set[axis]).Text(" ");
        to.Text("| ").Text(string.Join(", ", set.Outputs.Select(o => o.Code()))).Text(" |\n\n");
    }

    // The client's values are data: fenced, so that nothing in them is read as a heading, a link or a table of this document.
    private static void Prompt(string prompt, ByteBuffer to)
    {
        var open = prompt.IndexOf("\n" + InputsOpen + "\n", StringComparison.Ordinal);
        var close = prompt.LastIndexOf("\n" + InputsClose + "\n", StringComparison.Ordinal);
        if (open < 0 || close < open)
        {
            to.Text(prompt);
            return;
        }

        var end = close + InputsClose.Length + 2;
        var inputs = prompt.AsSpan()[(open + 1)..end];
        var fence = Fence(inputs);
        to.Text(prompt.AsSpan(0, open + 1)).Text("\n").Text(fence).Text("xml\n").Text(inputs).Text(fence).Text("\n").Text(prompt.AsSpan(end));
    }

    private static void Output(string output, ByteBuffer to)
    {
        var text = output.AsSpan().Trim();
        if (text.Length > 0 && text[0] is '{' or '[')
        {
            var fence = Fence(text);
            to.Text(fence).Text("json\n").Text(text).Text("\n").Text(fence).Text("\n");
        }
        else
        {
            to.Text(text).Text("\n");
        }
    }

    /// <summary>Longer than any run of backticks in the text.</summary>
    private static string Fence(ReadOnlySpan<char> text)
    {
        int longest = 2, run = 0;
        foreach (var c in text)
        {
            run = c == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return new('`', longest + 1);
    }

    /// <summary>Plain text in a line of Markdown.</summary>
    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 8);
        foreach (var c in text)
        {
            if (char.IsControl(c))
                escaped.Append(' ');
            else if (Special.Contains(c, StringComparison.Ordinal))
                escaped.Append('\\').Append(c);
            else
                escaped.Append(c);
        }

        return escaped.ToString();
    }
}
