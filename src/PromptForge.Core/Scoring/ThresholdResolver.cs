using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using PromptForge.Core.Catalog;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Scoring;

/// <summary>
/// Which thresholds apply to a run (decisions 15): for each axis the strictest row of base, domain, urgency, complexity and application;
/// a row that is laxer than base counts only where no matching row is stricter than base.
/// </summary>
public static class ThresholdResolver
{
    /// <summary>No catalogue and no module may open the gate below this.</summary>
    public const int LeastGate = 80;

    public const string BaseScope = "base";

    private static readonly ConditionalWeakTable<Ruleset, ConcurrentDictionary<Key, EffectiveThresholds>> Resolved = [];

    public static EffectiveThresholds Resolve(Ruleset ruleset, Module module, Domain domain, ParameterSet set)
    {
        var gate = Math.Max(LeastGate, ruleset.Gate);
        var key = new Key(domain.Code, domain.Thresholds, set.Urgency, set.Complexity, set.Application, module.ScoreMin > gate ? module.Id : "", Math.Max(gate, module.ScoreMin));
        var known = Resolved.GetOrCreateValue(ruleset);
        return known.TryGetValue(key, out var found) ? found : known.GetOrAdd(key, static (k, rules) => Build(rules, k), ruleset);
    }

    private static EffectiveThresholds Build(Ruleset ruleset, Key key)
    {
        var rows = ImmutableArray.CreateBuilder<(string Scope, Thresholds Row)>(4);
        rows.Add(($"domain={key.Domain}", key.DomainRow));
        if (ruleset.ByUrgency.TryGetValue(key.Urgency, out var urgency))
            rows.Add(($"urgency={key.Urgency.Code()}", urgency));
        if (ruleset.ByComplexity.TryGetValue(key.Complexity, out var complexity))
            rows.Add(($"complexity={key.Complexity.Code()}", complexity));
        if (ruleset.ByApplication.TryGetValue(key.Application, out var application))
            rows.Add(($"application={key.Application.Code()}", application));

        var scopes = ImmutableDictionary.CreateBuilder<ScoreAxis, ImmutableArray<string>>();
        int Of(ScoreAxis axis)
        {
            var (value, from) = Strictest(axis, Value(ruleset.Base, axis) ?? throw new InvalidOperationException($"The ruleset has no base threshold for {axis}."), rows);
            scopes[axis] = from;
            return value;
        }

        return new(
            Of(ScoreAxis.Clarity), Of(ScoreAxis.Execution), Of(ScoreAxis.Ambiguity), Of(ScoreAxis.Alignment), Of(ScoreAxis.BusinessFit), key.Gate, scopes.ToImmutable())
        {
            GateScope = key.Module.Length > 0 ? $"module={key.Module}" : BaseScope,
        };
    }

    private static (int Value, ImmutableArray<string> Scopes) Strictest(ScoreAxis axis, int standard, IReadOnlyList<(string Scope, Thresholds Row)> rows)
    {
        // As strictness, where more is stricter on every axis.
        int Strictness(int value) => axis == ScoreAxis.Ambiguity ? -value : value;

        var given = rows.Select(r => (r.Scope, Value: Value(r.Row, axis))).Where(r => r.Value is not null).Select(r => (r.Scope, Value: r.Value!.Value)).ToList();
        if (given.Count == 0)
            return (standard, [BaseScope]);
        var strictest = given.MaxBy(r => Strictness(r.Value)).Value;
        var binding = given.Where(r => r.Value == strictest).Select(r => r.Scope);
        return (strictest, strictest == standard ? [BaseScope, .. binding] : [.. binding]);
    }

    private static int? Value(Thresholds row, ScoreAxis axis) => axis switch
    {
        ScoreAxis.Clarity => row.ClarityMin,
        ScoreAxis.Execution => row.ExecutionMin,
        ScoreAxis.Ambiguity => row.AmbiguityMax,
        ScoreAxis.Alignment => row.AlignmentMin,
        ScoreAxis.BusinessFit => row.BusinessFitMin,
        _ => throw new ArgumentOutOfRangeException(nameof(axis)),
    };

    private readonly record struct Key(string Domain, Thresholds DomainRow, Urgency Urgency, Complexity Complexity, Application Application, string Module, int Gate);
}
