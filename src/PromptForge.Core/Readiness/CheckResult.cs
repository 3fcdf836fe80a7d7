using System.Collections.Immutable;

namespace PromptForge.Core.Readiness;

/// <summary>One check of a definition of ready or done.</summary>
/// <param name="Name">As the founding texts name it: "7d_valid", "score_threshold" ...</param>
/// <param name="Code">The error a caller gets when it failed.</param>
/// <param name="Message">What is wrong and what to do; empty when passed.</param>
public sealed record CheckResult(string Name, bool Passed, string Code, string Message);

/// <summary>All checks, passed or not: a caller sees everything that stands in the way at once.</summary>
public sealed record Checklist(ImmutableArray<CheckResult> Checks)
{
    public bool Passed => Checks.All(c => c.Passed);

    public IReadOnlyList<Fault> Faults => [.. Checks.Where(c => !c.Passed).Select(c => new Fault(c.Code, c.Name, c.Message))];
}
