namespace PromptForge.Core.Bundling.Pdf;

/// <summary>Inline text in pieces: breaks into lines of a given width.</summary>
internal sealed class TextFlow(Shaper shaper)
{
    private const string BreakAfter = "-–—/_=&,;:.|+@";

    private readonly List<Atom> atoms = [];
    private bool space;
    private bool newLine;

    public bool IsEmpty => atoms.Count == 0;

    public void Break() => newLine = true;

    /// <summary>White space in the text is where lines may break; NO-BREAK SPACE is not.</summary>
    public void Add(string text, TextStyle style)
    {
        var start = -1;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] is not (' ' or '\t' or '\n' or '\r'))
            {
                start = start < 0 ? i : start;
                continue;
            }

            if (start >= 0)
            {
                atoms.Add(new(text[start..i], style, space, newLine));
                space = newLine = false;
                start = -1;
            }

            space |= i < text.Length;
        }
    }

    /// <summary>The width of the widest word, and of all of it on one line.</summary>
    public (float Least, float Most) Measure()
    {
        float least = 0, most = 0, word = 0, line = 0;
        foreach (var atom in atoms)
        {
            var width = shaper.Width(atom.Style, atom.Text);
            word = atom.Space || atom.NewLine ? width : word + width;
            line = atom.NewLine ? width : line + width + (atom.Space ? shaper.Width(atom.Style, " ") : 0);
            least = Math.Max(least, word);
            most = Math.Max(most, line);
        }

        return (least, most);
    }

    public List<List<Placed>> Lines(float width)
    {
        var lines = new List<List<Placed>>();
        var line = new List<Placed>();
        float x = 0;
        for (var i = 0; i < atoms.Count;)
        {
            var end = i + 1;
            while (end < atoms.Count && !atoms[end].Space && !atoms[end].NewLine)
                end++;
            float box = 0;
            for (var k = i; k < end; k++)
                box += shaper.Width(atoms[k].Style, atoms[k].Text);

            var first = atoms[i];
            var blank = line.Count == 0 || line[^1].Style == first.Style ? first.Style : line[^1].Style with { Link = null, Shaded = false, Struck = false };
            var gap = first.Space && line.Count > 0 ? shaper.Width(blank, " ") : 0;
            if ((first.NewLine && (line.Count > 0 || lines.Count > 0)) || (line.Count > 0 && x + gap + box > width && box <= width))
                Next();
            else if (gap > 0 && x + gap < width)
                Put(" ", blank);

            for (; i < end; i++)
            {
                if (x + shaper.Width(atoms[i].Style, atoms[i].Text) <= width + 0.01f)
                    Put(atoms[i].Text, atoms[i].Style);
                else
                    PutSplit(atoms[i]);
            }
        }

        if (line.Count > 0)
            Next();
        return lines;

        void Put(string text, TextStyle style)
        {
            var word = shaper.Shape(style.Face, text);
            line.Add(new(x, word, style));
            x += word.Width * style.Size;
        }

        void Next()
        {
            if (line.Count > 0)
                lines.Add(line);
            line = [];
            x = 0;
        }

        // A word that is wider than the line: broken behind a mark where there is one, else between any two characters.
        void PutSplit(Atom atom)
        {
            var rest = atom.Text;
            while (rest.Length > 0)
            {
                var (fits, mark) = Fit(rest, atom.Style, width - x);
                var cut = fits == rest.Length ? fits : mark > 0 ? mark : fits;
                if (cut == 0 && line.Count > 0)
                {
                    Next();
                    continue;
                }

                // Kerning can make a run wider than its letters.
                while (cut > 1 && shaper.Width(atom.Style, rest[..cut]) > width - x)
                    cut -= char.IsLowSurrogate(rest[cut - 1]) && cut > 2 ? 2 : 1;
                cut = Math.Max(cut, char.IsHighSurrogate(rest[0]) && rest.Length > 1 ? 2 : 1);
                Put(rest[..cut], atom.Style);
                rest = rest[cut..];
                if (rest.Length > 0)
                    Next();
            }
        }
    }

    private (int Fits, int Mark) Fit(string text, TextStyle style, float width)
    {
        int at = 0, mark = 0;
        float x = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            x += shaper.Width(style, rune.ToString());
            if (x > width)
                break;
            at += rune.Utf16SequenceLength;
            if (rune.IsBmp && BreakAfter.Contains((char)rune.Value, StringComparison.Ordinal))
                mark = at;
        }

        return (at, mark);
    }

    private readonly record struct Atom(string Text, TextStyle Style, bool Space, bool NewLine);
}
