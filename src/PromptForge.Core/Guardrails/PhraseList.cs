namespace PromptForge.Core.Guardrails;

/// <summary>One list of phrases, asked about short stretches of folded text.</summary>
internal sealed class PhraseList(IEnumerable<string> phrases)
{
    [ThreadStatic]
    private static List<PhraseHit>? buffer;

    private readonly PhraseIndex index = new([(Mark.Any, phrases)]);

    public bool In(ReadOnlySpan<char> folded) => Count(folded) > 0;

    public int Count(ReadOnlySpan<char> folded)
    {
        var hits = buffer ??= [];
        hits.Clear();
        index.Find(folded, hits);
        return hits.Count;
    }
}
