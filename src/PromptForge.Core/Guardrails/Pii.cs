using System.Collections.Immutable;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Guardrails;

/// <summary>The kinds of personal or secret data that the detectors know.</summary>
public enum PiiKind { Email, Phone, CreditCard, Iban, GovId, Address, Ip, Secret, PersonName }

/// <summary>One find. Holds a place, never the text.</summary>
internal readonly record struct PiiFind(PiiKind Kind, int Start, int Length)
{
    public int End => Start + Length;
}

/// <summary>
/// Finds personal data in one linear pass per detector. Each detector demands structure that ordinary business text lacks (check digits, registered
/// prefixes, titles), because a false alarm on a price or a date blocks honest work.
/// </summary>
internal static class Pii
{
    private static readonly ImmutableArray<string> Names = [.. Codes<PiiKind>.All.Select(c => "PII_" + c.ToUpperInvariant())];

    /// <summary>The words at which personal data may stand.</summary>
    public static readonly ImmutableArray<(Mark Mark, IEnumerable<string> Phrases)> Lists =
    [
        (Mark.SecretName, PiiSecrets.Names), (Mark.SecretPrefix, PiiSecrets.Prefixes), (Mark.Title, PiiPeople.Titles),
        (Mark.RomanianStreet, PiiPeople.RomanianStreets), (Mark.EnglishStreet, PiiPeople.EnglishStreets),
    ];

    private static readonly PhraseIndex Words = new(Lists);

    /// <summary>The code of a policy hit, such as PII_CREDIT_CARD.</summary>
    public static string Code(PiiKind kind) => Names[(int)kind];

    /// <summary>Whether a text with this kind may not be exported even when masked.</summary>
    public static bool Blocks(PiiKind kind) => kind is PiiKind.CreditCard or PiiKind.GovId or PiiKind.Secret;

    /// <summary>All finds in order of place; where two overlap the longer one stands.</summary>
    public static List<PiiFind> Find(ReadOnlySpan<char> text)
    {
        using var folded = FoldedText.Of(text);
        var hits = new List<PhraseHit>();
        Words.Find(folded.Span, hits);
        var finds = new List<PiiFind>();
        Find(text, folded.Span, hits, finds);
        return finds;
    }

    /// <param name="hits">The words of <see cref="Lists"/> that stand in the text, among others.</param>
    public static void Find(ReadOnlySpan<char> text, ReadOnlySpan<char> folded, List<PhraseHit> hits, List<PiiFind> finds)
    {
        foreach (var hit in hits)
        {
            if (hit.Mark is Mark.SecretName or Mark.SecretPrefix)
                PiiSecrets.Find(text, hit, finds);
            else
                PiiPeople.Find(text, folded, hit, finds);
        }

        PiiSecrets.FindPrivateKeys(text, finds);
        PiiContacts.Find(text, finds);
        PiiNumbers.Find(text, finds);
        if (finds.Count > 1)
            Settle(finds);
    }

    private static void Settle(List<PiiFind> finds)
    {
        finds.Sort(static (a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : b.Length.CompareTo(a.Length));
        var kept = 0;
        for (var i = 1; i < finds.Count; i++)
        {
            if (finds[i].Start >= finds[kept].End)
                finds[++kept] = finds[i];
            else if (finds[i].Length > finds[kept].Length)
                finds[kept] = finds[i];
        }

        finds.RemoveRange(kept + 1, finds.Count - kept - 1);
    }
}
