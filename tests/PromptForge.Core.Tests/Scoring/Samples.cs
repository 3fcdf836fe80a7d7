using PromptForge.Core.Scoring;

namespace PromptForge.Core.Tests.Scoring;

internal static class Samples
{
    public static string Explain(Score score, PromptContract contract) =>
        $"{contract.Module.Id} {contract.Language} {contract.Set}: C {score.Clarity} E {score.Execution} A {score.Ambiguity} Al {score.Alignment} BF {score.BusinessFit} = {score.Total} {score.Verdict}\n"
        + string.Join('\n', score.SubScores.Where(s => s.Points < s.Of).Select(s => $"  {s.Axis}.{s.Name} {s.Points:0.##}/{s.Of}: {string.Join(" / ", s.Evidence)}"));
}
