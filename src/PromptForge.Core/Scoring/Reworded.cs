using PromptForge.Core.Guardrails;

namespace PromptForge.Core.Scoring;

/// <summary>Recognises a sentence that somebody has worded anew: two thirds of its words of five letters and more stand on one line of the text.</summary>
internal static class Reworded
{
    public static bool In(ReadOnlySpan<char> body, string sentence)
    {
        var words = LongWords(FoldedText.Fold(sentence));
        if (words.Count == 0 || body.IsEmpty)
            return false;
        using var folded = FoldedText.Of(body);
        foreach (var range in folded.Span.Split('\n'))
        {
            var line = folded.Span[range];
            var found = 0;
            foreach (var word in words)
                if (line.Contains(word, StringComparison.Ordinal))
                    found++;
            if (found * 3 >= words.Count * 2)
                return true;
        }

        return false;
    }

    public static List<string> LongWords(string folded)
    {
        var words = new List<string>();
        for (var i = 0; i < folded.Length;)
        {
            var start = i;
            while (i < folded.Length && char.IsLetterOrDigit(folded[i]))
                i++;
            if (i - start >= 5)
                words.Add(folded[start..i]);
            i = i == start ? i + 1 : i;
        }

        return words;
    }
}
