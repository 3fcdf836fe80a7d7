using System.Buffers;
using System.Globalization;

namespace PromptForge.Core.Prompting;

/// <summary>Characters that let a text say something else to a reader than to a machine.</summary>
public static class TextRules
{
    // Everything that may need a closer look; anything else is fine without one.
    private static readonly SearchValues<char> Suspects = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Where(c => c is not ('\n' or '\t' or '\r')).Select(c => (char)c),
         .. Enumerable.Range(0x7F, 0x21).Select(c => (char)c),
         '\u00AD', '\u061C', '\u180E', '\u200B', '\u200E', '\u200F', '\u2028', '\u2029', .. Enumerable.Range(0x202A, 5).Select(c => (char)c), .. Enumerable.Range(0x2060, 16).Select(c => (char)c),
         '\uFEFF', '\uFFFD', '\uFFFE', '\uFFFF', .. Enumerable.Range(0xD800, 0x800).Select(c => (char)c)]);

    /// <summary>What is wrong with the text, or null.</summary>
    public static string? Hidden(ReadOnlySpan<char> text)
    {
        for (var at = text.IndexOfAny(Suspects); at >= 0;)
        {
            var c = text[at];
            var width = 1;
            if (char.IsHighSurrogate(c) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
            {
                width = 2;
                // U+E0000..E007F: tag characters, invisible and readable by a model.
                // U+E0100..E01EF: variation selectors that no font shows, the same trick.
                if (c == '\uDB40' && text[at + 1] <= '\uDDEF')
                    return $"Character {at + 1} is an invisible tag character. Remove it; paste the text as plain text.";
            }
            else
            {
                var code = ((int)c).ToString("X4", CultureInfo.InvariantCulture);
                return c switch
                {
                    '\0' => $"Character {at + 1} is a null byte. Remove it; the file may be binary or have the wrong encoding (UTF-8 is expected).",
                    _ when char.IsSurrogate(c) => $"Character {at + 1} is half a character (U+{code}). Send the text as valid UTF-8.",
                    '\uFFFD' => $"Character {at + 1} is the sign for a byte that was not valid UTF-8. Send the text again as UTF-8.",
                    '\u2028' or '\u2029' => $"Character {at + 1} is a Unicode line separator (U+{code}). Use an ordinary line break.",
                    _ when char.IsControl(c) => $"Character {at + 1} is a control character (U+{code}). Remove it; only line breaks and tabs are allowed.",
                    _ => $"Character {at + 1} is an invisible or direction-changing mark (U+{code}). Remove it; it can make a text read differently from what it says.",
                };
            }

            var next = text[(at + width)..].IndexOfAny(Suspects);
            at = next < 0 ? -1 : at + width + next;
        }

        return null;
    }
}
