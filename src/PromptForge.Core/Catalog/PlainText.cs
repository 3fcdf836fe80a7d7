using PromptForge.Core.Guardrails;

namespace PromptForge.Core.Catalog;

/// <summary>A text for searching: lower case, without diacritics.</summary>
public static class PlainText
{
    public static string Of(string text) => FoldedText.Fold(text);
}
