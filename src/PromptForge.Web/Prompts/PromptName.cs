using PromptForge.Core;
using PromptForge.Core.Prompting;

namespace PromptForge.Web.Prompts;

/// <summary>What a prompt is called within its project and module; prompts of one name are its versions.</summary>
internal static class PromptName
{
    public const int MaxLength = 200;

    /// <returns>The name without blanks around it; null where none was given.</returns>
    public static string? Read(string? given, List<Fault> faults)
    {
        var name = given?.Trim();
        if (name is not null && (name.Length is 0 or > MaxLength || name.AsSpan().IndexOfAny('\n', '\r', '\t') >= 0 || TextRules.Hidden(name) is not null))
            faults.Add(new("NAME_INVALID", "/name", $"A name is one line of 1 to {MaxLength} visible characters. Leave it out for a prompt without versions."));
        return name;
    }
}
