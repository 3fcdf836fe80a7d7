using System.Collections.Immutable;
using System.Globalization;
using PromptForge.Core.Prompting;
using PromptForge.Core.Scoring;

namespace PromptForge.Core.Guardrails;

/// <summary>A rule broken at a place of the text: for the author's own view, never for telemetry.</summary>
/// <param name="Start">Index of the first character in the scanned text.</param>
public sealed record Incident(string Code, string Where, int Start, int Length, bool Blocks)
{
    public PolicyHit Hit => new(Code, Where, Blocks);
}

/// <summary>Holds a prompt or an output against the guardrails: promises, figures without a source, the client's personal data, personal data at all.</summary>
public static class GuardrailScanner
{
    public const string Promise = "PROMISES_FORBIDDEN";
    public const string Ungrounded = "UNGROUNDED_CLAIM";
    public const string Confidentiality = "CONFIDENTIALITY_BREACH";

    private static readonly string[] Negations = ["not ", "no ", "never ", "n't ", "without ", "nor ", "cannot ", "nu ", "fara ", "niciun ", "nicio ", "nici "];

    /// <summary>What a prompt breaks: promises in its instructions, personal data anywhere. Figures of a prompt are instructions, so they need no source.</summary>
    public static ImmutableArray<PolicyHit> ScanPrompt(string prompt, PromptContract contract) => Hits(ShowPrompt(prompt, contract));

    /// <summary>What an output breaks, held against the contract of its prompt.</summary>
    public static ImmutableArray<PolicyHit> ScanOutput(string output, PromptContract contract) => Hits(ShowOutput(output, contract));

    /// <summary>The same as <see cref="ScanPrompt"/>, with the places in the text.</summary>
    public static ImmutableArray<Incident> ShowPrompt(string prompt, PromptContract contract)
    {
        using var folded = FoldedText.Of(prompt);
        return ShowPrompt(prompt, folded.Span, ForeignContext.Search(folded.Span, contract));
    }

    /// <param name="hits">What <see cref="ForeignContext.Search"/> found in the folded prompt.</param>
    internal static ImmutableArray<Incident> ShowPrompt(string prompt, ReadOnlySpan<char> folded, List<PhraseHit> hits)
    {
        List<(string Code, int Start, int Length, bool Blocks)>? found = null;
        Promises(folded, hits, ref found);
        var promises = found?.Count ?? 0;
        Personal(prompt, folded, hits, ref found);
        if (found is null)
            return [];
        // The guardrails quote what must not be said, and the client's words are not ours.
        var text = new PromptText(prompt);
        var (rules, inputs) = (text[Section.Guardrails], text.Inputs);
        for (var i = promises - 1; i >= 0; i--)
            if (rules.Holds(found[i].Start) || inputs.Holds(found[i].Start))
                found.RemoveAt(i);
        var incidents = ImmutableArray.CreateBuilder<Incident>(found.Count);
        foreach (var f in found)
        {
            var where = text.InputAt(f.Start) is { } key ? "input " + key : Line("prompt", prompt, f.Start);
            incidents.Add(new(f.Code, where, f.Start, f.Length, f.Blocks));
        }

        return Ordered(incidents);
    }

    /// <summary>The same as <see cref="ScanOutput"/>, with the places in the text.</summary>
    public static ImmutableArray<Incident> ShowOutput(string output, PromptContract contract)
    {
        using var folded = FoldedText.Of(output);
        return ShowOutput(output, folded.Span, ForeignContext.Search(folded.Span, contract), contract);
    }

    /// <param name="hits">What <see cref="ForeignContext.Search"/> found in the folded output.</param>
    internal static ImmutableArray<Incident> ShowOutput(string output, ReadOnlySpan<char> folded, List<PhraseHit> hits, PromptContract contract)
    {
        List<(string Code, int Start, int Length, bool Blocks)>? found = null;
        Promises(folded, hits, ref found);
        Personal(output, folded, hits, ref found);
        if (found is not null)
            Breaches(output, contract, found);
        foreach (var (start, length) in Grounding.Find(output, folded, Lexicon.Of(contract.Catalog.Ruleset, contract.Language), Grounding.Given(contract)))
            (found ??= []).Add((Ungrounded, start, length, false));
        return found is null ? [] : Ordered([.. found.Select(f => new Incident(f.Code, Line("output", output, f.Start), f.Start, f.Length, f.Blocks))]);
    }

    private static void Promises(ReadOnlySpan<char> folded, List<PhraseHit> hits, ref List<(string, int, int, bool)>? found)
    {
        foreach (var hit in hits)
            if (hit.Mark == Mark.Promise && !IsNegated(folded, hit.Start))
                (found ??= []).Add((Promise, hit.Start, hit.Length, false));
    }

    /// <summary>"We do not guarantee results" promises nothing: a negation among the last few words of the same sentence.</summary>
    internal static bool IsNegated(ReadOnlySpan<char> folded, int at)
    {
        var before = folded[Math.Max(0, at - 28)..at];
        var stop = before.LastIndexOfAny(".,;:\n");
        before = before[(stop + 1)..];
        foreach (var negation in Negations)
            if (before.LastIndexOf(negation) is var n and >= 0 && (n == 0 || negation[0] == 'n' && negation.StartsWith("n't", StringComparison.Ordinal) || !char.IsLetter(before[n - 1])))
                return true;
        return false;
    }

    private static void Personal(ReadOnlySpan<char> text, ReadOnlySpan<char> folded, List<PhraseHit> hits, ref List<(string, int, int, bool)>? found)
    {
        var finds = new List<PiiFind>();
        Pii.Find(text, folded, hits, finds);
        foreach (var find in finds)
            (found ??= []).Add((Pii.Code(find.Kind), find.Start, find.Length, Pii.Blocks(find.Kind)));
    }

    /// <summary>Personal data that the client supplied and the output repeats word for word.</summary>
    private static void Breaches(string output, PromptContract contract, List<(string Code, int Start, int Length, bool Blocks)> found)
    {
        var personal = found.Where(f => f.Code.StartsWith("PII_", StringComparison.Ordinal)).ToList();
        if (personal.Count == 0)
            return;
        var given = InputText.Join(contract.Inputs.Values);
        foreach (var (_, start, length, blocks) in personal)
            if (given.AsSpan().Contains(output.AsSpan(start, length), StringComparison.OrdinalIgnoreCase))
                found.Add((Confidentiality, start, length, blocks));
    }

    private static string Line(string what, ReadOnlySpan<char> text, int at) => string.Create(CultureInfo.InvariantCulture, $"{what} line {PromptText.LineOf(text, at)}");

    private static ImmutableArray<Incident> Ordered(IEnumerable<Incident> incidents) => [.. incidents.OrderBy(i => i.Start).ThenBy(i => i.Code, StringComparer.Ordinal)];

    internal static ImmutableArray<PolicyHit> Hits(ImmutableArray<Incident> incidents) => incidents.IsEmpty ? [] : [.. incidents.Select(i => i.Hit).Distinct()];
}
