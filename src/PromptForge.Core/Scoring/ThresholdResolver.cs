using System.Collections.Immutable;
using PromptForge.Core.Catalog;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Scoring;

/// <summary>The strictest matching threshold for each axis (decisions 15); a row laxer than base counts only where nothing stricter matches.</summary>
public static class ThresholdResolver
{
    public static EffectiveThresholds Resolve(Ruleset ruleset, Module module, Domain domain, ParameterSet set)
    {
        List<(string Scope, Thresholds Row)> rows = [("domain=" + domain.Code, domain.Thresholds)];
        if (ruleset.ByUrgency.TryGetValue(set.Urgency, out var urgency))
            rows.Add(("urgency=" + set.Urgency.Code(), urgency));
        if (ruleset.ByComplexity.TryGetValue(set.Complexity, out var complexity))
            rows.Add(("complexity=" + set.Complexity.Code(), complexity));
        if (ruleset.ByApplication.TryGetValue(set.Application, out var application))
            rows.Add(("application=" + set.Application.Code(), application));

        var scopes = ImmutableDictionary.CreateBuilder<ScoreAxis, ImmutableArray<string>>();
        var b = ruleset.Base;
        return new(
            Floor(ScoreAxis.Clarity, b.ClarityMin, t => t.ClarityMin), Floor(ScoreAxis.Execution, b.ExecutionMin, t => t.ExecutionMin), -Floor(ScoreAxis.Ambiguity, -b.AmbiguityMax, t => -t.AmbiguityMax),
            Floor(ScoreAxis.Alignment, b.AlignmentMin, t => t.AlignmentMin), Floor(ScoreAxis.BusinessFit, b.BusinessFitMin, t => t.BusinessFitMin),
            Math.Max(ruleset.Gate, module.ScoreMin), scopes.ToImmutable());

        int Floor(ScoreAxis axis, int? @base, Func<Thresholds, int?> of)
        {
            var matching = rows.Where(r => of(r.Row) is not null).ToList();
            var value = matching.Count == 0 ? @base!.Value : matching.Max(r => of(r.Row)!.Value);
            if (value > @base || matching.Count > 0 && matching.All(r => of(r.Row) < @base))
            {
                scopes[axis] = [.. matching.Where(r => of(r.Row) == value).Select(r => r.Scope)];
                return value;
            }

            scopes[axis] = ["base"];
            return @base!.Value;
        }
    }
}
