using System.Runtime.CompilerServices;
using PromptForge.Core.Prompting;

namespace PromptForge.Core.Scoring;

/// <summary>A prompt's text cut into its sections and its block of inputs. Only places, no copies; the text may have been edited by hand.</summary>
internal readonly ref struct PromptText
{
    private readonly Spans bodies;

    public PromptText(ReadOnlySpan<char> text)
    {
        Text = text;
        Headings = 0;
        var (open, last) = (-1, -1);
        InOrder = true;
        for (var at = NextHeading(text, 0); at >= 0; at = NextHeading(text, at + 3))
        {
            var end = text[at..].IndexOf('\n');
            var name = (end < 0 ? text[(at + 3)..] : text.Slice(at + 3, end - 3)).TrimEnd();
            var section = IndexOf(name);
            if (section < 0)
                continue;
            if (open >= 0)
                bodies[open] = bodies[open] with { End = at };
            Headings++;
            var body = end < 0 ? text.Length : at + end + 1;
            if (bodies[section].Found)
            {
                Repeated = true;
                open = -1;
                continue;
            }

            InOrder &= section > last;
            last = Math.Max(section, last);
            bodies[section] = new(true, body, text.Length);
            open = section;
        }

        var context = bodies[(int)Section.Context7D];
        if (context.Found && FindInputs(text[context.Start..context.End]) is var (start, stop) && start >= 0)
            Inputs = new(true, context.Start + start, context.Start + stop);
    }

    public ReadOnlySpan<char> Text { get; }

    public int Headings { get; }

    public bool InOrder { get; }

    public bool Repeated { get; }

    /// <summary>From the line after &lt;inputs&gt; to the line of &lt;/inputs&gt;.</summary>
    public Place Inputs { get; }

    public bool Complete => Headings == Sections.All.Count && InOrder && !Repeated;

    public Place this[Section section] => bodies[(int)section];

    public ReadOnlySpan<char> Body(Section section) => bodies[(int)section] is { Found: true } b ? Text[b.Start..b.End] : default;

    public ReadOnlySpan<char> InputsBody => Inputs.Found ? Text[Inputs.Start..Inputs.End] : default;

    /// <summary>The number of the line, from 1, that holds the character.</summary>
    public static int LineOf(ReadOnlySpan<char> text, int at) => text[..at].Count('\n') + 1;

    /// <summary>The input that holds the character, or null outside the block.</summary>
    public string? InputAt(int at)
    {
        if (!Inputs.Found || at < Inputs.Start || at >= Inputs.End)
            return null;
        var before = Text[Inputs.Start..Math.Min(at + 1, Inputs.End)];
        for (var line = before.LastIndexOf('\n') + 1; ; line = before[..(line - 1)].LastIndexOf('\n') + 1)
        {
            var rest = Text[(Inputs.Start + line)..Inputs.End];
            if (rest.Length > 1 && rest[0] == '<' && rest[1] != '/' && rest.IndexOf('>') is var close and > 1)
                return rest[1..close].ToString();
            if (line == 0)
                return null;
        }
    }

    private static int NextHeading(ReadOnlySpan<char> text, int from)
    {
        if (from == 0 && text.StartsWith("## "))
            return 0;
        var at = from >= text.Length ? -1 : text[from..].IndexOf("\n## ");
        return at < 0 ? -1 : from + at + 1;
    }

    private static int IndexOf(ReadOnlySpan<char> name)
    {
        for (var i = 0; i < Sections.All.Count; i++)
            if (name.SequenceEqual(Sections.All[i]))
                return i;
        return -1;
    }

    private static (int Start, int End) FindInputs(ReadOnlySpan<char> context)
    {
        var open = context.StartsWith("<inputs>\n") ? 0 : context.IndexOf("\n<inputs>\n") + 1;
        if (open == 0 && !context.StartsWith("<inputs>\n"))
            return (-1, -1);
        var start = open + "<inputs>\n".Length;
        var close = context[start..].StartsWith("</inputs>") ? 0 : context[start..].IndexOf("\n</inputs>") is var c and >= 0 ? c + 1 : -1;
        return close < 0 ? (-1, -1) : (start, start + close);
    }

    internal readonly record struct Place(bool Found, int Start, int End)
    {
        public bool Holds(int at) => Found && at >= Start && at < End;
    }

    [InlineArray(7)]
    private struct Spans
    {
        private Place first;
    }
}
