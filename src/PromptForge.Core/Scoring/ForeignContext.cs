using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Scoring;

/// <summary>A statement that contradicts the 7D: where it stands and which value it names.</summary>
internal readonly record struct Contradiction(int Start, int Length, Axis Axis, string Names);

/// <summary>
/// Finds statements that put the work into another context than its 7D: another domain's client, another domain's name beside a word such as "company" or
/// "sector", another value of urgency, scale or complexity beside the axis' name. The domain names are ordinary words ("media", "legal"), so a name alone is
/// no contradiction, nor is one that the module or the domain itself uses that way.
/// </summary>
internal sealed class ForeignContext
{
    private const int Reach = 26;
    private static readonly ConditionalWeakTable<ProductCatalog, ForeignContext> Made = [];
    private static readonly (Axis Axis, string[] Names)[] Axes = [(Axis.Scale, ["scale", "scara"]), (Axis.Urgency, ["urgency", "urgenta"]), (Axis.Complexity, ["complexity", "complexitate", "complexitatea"])];

    private readonly PhraseIndex names;
    private readonly PhraseIndex[] searches;
    private readonly Dictionary<string, string> domainOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> clientOf = new(StringComparer.Ordinal);
    private readonly (string Folded, string Code)[][] values;
    private readonly ConcurrentDictionary<(string, string), HashSet<string>> usedByContract = [];
    private readonly ProductCatalog catalog;

    private ForeignContext(ProductCatalog catalog)
    {
        this.catalog = catalog;
        foreach (var domain in catalog.Domains)
        {
            foreach (var name in (ReadOnlySpan<string>)[domain.Code, domain.Code.Replace('_', ' '), domain.En.Name, domain.Ro.Name])
                domainOf.TryAdd(FoldedText.Fold(name), domain.Code);
            foreach (var client in (ReadOnlySpan<string>)[domain.En.ClientLarge, domain.En.ClientSmall, domain.Ro.ClientLarge, domain.Ro.ClientSmall])
                clientOf.TryAdd(FoldedText.Fold(client), domain.Code);
        }

        names = new((Mark.DomainName, domainOf.Keys));
        searches = [.. Enum.GetValues<Language>().Select(l => Lexicon.Of(catalog.Ruleset, l)).Select(l => new PhraseIndex([(Mark.Hedging, l.HedgingWords), (Mark.Promise, l.PromiseWords),
            (Mark.DomainName, domainOf.Keys), (Mark.DomainClient, clientOf.Keys), (Mark.AxisName, Axes.SelectMany(a => a.Names)), .. Pii.Lists]))];
        var (en, ro) = (ContextTexts.Of(catalog.En), ContextTexts.Of(catalog.Ro));
        values = [.. Axes.Select(a => Values(a.Axis, en, ro))];
    }

    public static ForeignContext Of(ProductCatalog catalog) => Made.GetValue(catalog, static c => new(c));

    /// <summary>All that rubric and guardrails look for in a text, in one pass.</summary>
    public static List<PhraseHit> Search(ReadOnlySpan<char> folded, PromptContract contract)
    {
        var hits = new List<PhraseHit>();
        Of(contract.Catalog).searches[(int)contract.Language].Find(folded, hits);
        return hits;
    }

    /// <param name="hits">What <see cref="Search"/> found in the folded text.</param>
    public void Find(ReadOnlySpan<char> folded, List<PhraseHit> hits, PromptContract contract, ref List<Contradiction>? found)
    {
        foreach (var hit in hits)
        {
            if (hit.Mark == Mark.DomainClient)
                Client(folded, hit, contract, ref found);
            else if (hit.Mark == Mark.DomainName)
                Domain(folded, hit, contract, ref found);
            else if (hit.Mark == Mark.AxisName)
                AxisValue(folded, hit.Start, hit.Length, contract, ref found);
        }
    }

    private void Client(ReadOnlySpan<char> folded, PhraseHit hit, PromptContract contract, ref List<Contradiction>? found)
    {
        var domain = clientOf.GetAlternateLookup<ReadOnlySpan<char>>()[folded.Slice(hit.Start, hit.Length)];
        if (domain != contract.Set.Domain)
            (found ??= []).Add(new(hit.Start, hit.Length, Axis.Domain, domain));
    }

    private void Domain(ReadOnlySpan<char> folded, PhraseHit hit, PromptContract contract, ref List<Contradiction>? found)
    {
        var domain = domainOf.GetAlternateLookup<ReadOnlySpan<char>>()[folded.Slice(hit.Start, hit.Length)];
        if (domain == contract.Set.Domain || !HasSetting(folded, hit.Start, hit.Length, contract) || Used(contract).Contains(domain))
            return;
        if (found is null || !found.Exists(f => Math.Abs(f.Start - hit.Start) < Reach))
            (found ??= []).Add(new(hit.Start, hit.Length, Axis.Domain, domain));
    }

    /// <summary>The domains whose names the contract itself uses beside a setting word ("a law firm's marketing agency").</summary>
    private HashSet<string> Used(PromptContract contract) => usedByContract.GetOrAdd((contract.Module.Id, contract.Domain.Code), _ =>
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        var texts = new[] { contract.Module.En, contract.Module.Ro }.SelectMany(Texts).Concat(new[] { contract.Domain.En, contract.Domain.Ro }.SelectMany(Texts))
            .Concat(ContextTexts.Of(catalog.En).Texts).Concat(ContextTexts.Of(catalog.Ro).Texts).Concat(contract.Domain.Jargon);
        foreach (var text in texts)
        {
            var folded = FoldedText.Fold(text);
            var hits = new List<PhraseHit>();
            names.Find(folded, hits);
            foreach (var hit in hits)
                if (HasSetting(folded, hit.Start, hit.Length, contract))
                    used.Add(domainOf[folded.Substring(hit.Start, hit.Length)]);
        }

        return used;

        static IEnumerable<string> Texts(object text) => text switch
        {
            ModuleText m =>
            [
                m.Role, m.Goal, m.Decision, m.Success, m.Crisis, m.ExampleSmall.ToString(), m.ExampleLarge.ToString(),
                .. m.Process.SelectMany(p => new[] { p.Step, p.Detail ?? "" }), .. m.Fields.Values, .. m.StyleRules, .. m.Inputs.Values,
            ],
            DomainText d => [d.ClientLarge, d.ClientSmall, d.Evidence, d.Harm, d.Tone, .. d.Rules],
            _ => [],
        };
    });

    private static bool HasSetting(ReadOnlySpan<char> folded, int at, int length, PromptContract contract)
    {
        var lexicon = Lexicon.Of(contract.Catalog.Ruleset, contract.Language);
        return lexicon.Setting.In(Before(folded, at, Reach)) || lexicon.Setting.In(After(folded, at + length, Reach));
    }

    private void AxisValue(ReadOnlySpan<char> folded, int at, int length, PromptContract contract, ref List<Contradiction>? found)
    {
        // A row of the 7D table is held against the set by itself.
        var line = folded[..at].LastIndexOf('\n') + 1;
        if (line < folded.Length && folded[line] == '|')
            return;
        var name = folded.Slice(at, length);
        var axis = name[0] == 's' ? 0 : name[0] == 'u' ? 1 : 2;
        var own = contract.Set[Axes[axis].Axis];
        var before = Before(folded, at, 16);
        var after = After(folded, at + length, Reach);
        foreach (var (value, code) in values[axis])
        {
            if (code == own || !(EndsWithWord(before, value) || StartsWithWord(after, value)))
                continue;
            (found ??= []).Add(new(at, length, Axes[axis].Axis, code));
            return;
        }
    }

    /// <summary>"urgency: low", "urgency is low", "urgency level low".</summary>
    private static bool StartsWithWord(ReadOnlySpan<char> after, string value)
    {
        var index = after.IndexOf(value);
        return index is >= 1 and <= 12 && !char.IsLetterOrDigit(after[index - 1]) && after[..index].Count(' ') <= 2
            && (index + value.Length == after.Length || !char.IsLetterOrDigit(after[index + value.Length]));
    }

    private static bool EndsWithWord(ReadOnlySpan<char> before, string value)
    {
        before = before.TrimEnd(" -");
        return before.EndsWith(value, StringComparison.Ordinal) && (before.Length == value.Length || !char.IsLetterOrDigit(before[^(value.Length + 1)]));
    }

    private static ReadOnlySpan<char> Before(ReadOnlySpan<char> folded, int at, int reach)
    {
        var before = folded[Math.Max(0, at - reach)..at];
        return before[(before.LastIndexOfAny('\n', '.', '|') + 1)..];
    }

    private static ReadOnlySpan<char> After(ReadOnlySpan<char> folded, int at, int reach)
    {
        var after = folded[at..Math.Min(folded.Length, at + reach)];
        var stop = after.IndexOfAny('\n', '.', '|');
        return stop < 0 ? after : after[..stop];
    }

    private static (string, string)[] Values(Axis axis, ContextTexts en, ContextTexts ro)
    {
        var codes = axis switch { Axis.Scale => Codes<Scale>.All, Axis.Urgency => Codes<Urgency>.All, _ => Codes<Complexity>.All };
        return [.. codes.SelectMany((code, i) => new[] { code, code.Replace('_', ' '), Bare(en.Labels[(int)axis][i]), Bare(ro.Labels[(int)axis][i]) }
            .Distinct().Select(text => (FoldedText.Fold(text), code)))];

        static string Bare(string label) => label.Split('(')[0].Trim();
    }
}
