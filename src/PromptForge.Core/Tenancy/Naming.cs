using System.Text;
using PromptForge.Core.Prompting;

namespace PromptForge.Core.Tenancy;

/// <summary>Names that people read, and the slugs that stand for them in addresses.</summary>
public static class Naming
{
    public const int MaxName = 100;
    public const int MinSlug = 3;
    public const int MaxSlug = 40;

    // What people of this part of the world write, as their keyboards' plain letters.
    private const string Accented = "ăâáàäãåāąçćčďđéèêëěėęğíìîïīłľĺñńňóòôöõőøŕřșşśšțţťúùûüůűūýÿźżž";
    private const string Plain = "aaaaaaaaacccddeeeeeeegiiiiilllnnnooooooorrsssstttuuuuuuuyyzzz";

    /// <returns>The name without space around it.</returns>
    public static Outcome<string> Name(string name, string where, int max = MaxName)
    {
        if (name.Length > max * 2)
        {
            return TooLong(where, max);
        }

        if (TextRules.Hidden(name) is { } hidden)
        {
            return new Fault("NAME_INVALID", where, hidden);
        }

        if (name.AsSpan().ContainsAny('\n', '\r', '\t'))
        {
            return new Fault("NAME_INVALID", where, "A name is one line, without tabs.");
        }

        var plain = name.Trim();
        return plain.Length == 0 ? new Fault("NAME_INVALID", where, "A name has at least one visible character.") : plain.Length > max ? TooLong(where, max) : plain;
    }

    /// <summary>Several lines are fine; what a reader cannot see is not.</summary>
    public static Outcome<string> Text(string text, string where, int max)
    {
        if (text.Length > max)
        {
            return TooLong(where, max);
        }

        return TextRules.Hidden(text) is { } hidden ? new Fault("TEXT_INVALID", where, hidden) : text;
    }

    public static Outcome<string> Slug(string slug, string where) =>
        slug.Length is >= MinSlug and <= MaxSlug && slug[0] != '-' && slug[^1] != '-' && !slug.Contains("--", StringComparison.Ordinal) && slug.All(IsOfSlug)
            ? slug
            : new Fault("SLUG_INVALID", where, $"A slug has {MinSlug} to {MaxSlug} characters: lower-case letters a-z, digits, and single hyphens between them.");

    /// <summary>A slug for a name: "Studio Ștefan &amp; Co." becomes "studio-stefan-co".</summary>
    /// <param name="fallback">What stands in front where the name gives too little.</param>
    public static string SlugOf(string name, string fallback)
    {
        var slug = new StringBuilder(MaxSlug);
        foreach (var letter in name.ToLowerInvariant())
        {
            var c = Accented.IndexOf(letter, StringComparison.Ordinal) is >= 0 and var at ? Plain[at] : letter;
            if (IsOfSlug(c) && c != '-')
            {
                slug.Append(c);
            }
            else if (slug.Length > 0 && slug[^1] != '-')
            {
                slug.Append('-');
            }

            if (slug.Length == MaxSlug)
            {
                break;
            }
        }

        var made = slug.ToString().Trim('-');
        return made.Length >= MinSlug ? made : made.Length == 0 ? fallback : $"{fallback}-{made}";
    }

    /// <summary>Another slug for the same name, for when the first is taken.</summary>
    /// <param name="end">Lower-case letters and digits.</param>
    public static string WithEnd(string slug, string end)
    {
        var room = MaxSlug - end.Length - 1;
        return $"{(slug.Length > room ? slug[..room].TrimEnd('-') : slug)}-{end}";
    }

    private static bool IsOfSlug(char c) => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-';

    private static Fault TooLong(string where, int max) => new("TOO_LONG", where, $"At most {max} characters are allowed.");
}
