using System.Collections.Immutable;

namespace PromptForge.Core.Scoring;

/// <summary>Collects sub-scores and turns them into a score: sums per axis, total by the seed's weights, verdict (decisions 14 and 15).</summary>
internal sealed class ScoreSheet
{
    private readonly ImmutableArray<SubScore>.Builder parts = ImmutableArray.CreateBuilder<SubScore>(16);

    public void Add(ScoreAxis axis, string name, decimal points, decimal of, List<string>? evidence = null)
    {
        if (points < 0 || points > of)
            points = Math.Clamp(points, 0, of);
        parts.Add(new(axis, name, points, of, evidence is null ? [] : [.. evidence]));
    }

    public Score Close(EffectiveThresholds thresholds)
    {
        var all = parts.ToImmutable();
        Span<decimal> sums = stackalloc decimal[5];
        Span<decimal> maxima = stackalloc decimal[5];
        foreach (var part in all)
        {
            sums[(int)part.Axis] += part.Points;
            maxima[(int)part.Axis] += part.Of;
        }

        foreach (var maximum in maxima)
            if (maximum != 100)
                throw new InvalidOperationException("The sub-scores of an axis must be 100 points together; an axis is missing or counted twice.");
        sums[(int)ScoreAxis.Ambiguity] = 100 - sums[(int)ScoreAxis.Ambiguity];
        return Verdicts.Of(
            new(sums[(int)ScoreAxis.Clarity], sums[(int)ScoreAxis.Execution], sums[(int)ScoreAxis.Ambiguity], sums[(int)ScoreAxis.Alignment], sums[(int)ScoreAxis.BusinessFit]), thresholds, all);
    }
}
