namespace PromptForge.Core.Scoring;

/// <summary>The deterministic rubric (docs/scoring.md): the same text against the same contract gets the same score, and every lost point says why.</summary>
public static class Rubric
{
    /// <summary>Scores a prompt: what a generation run is judged by. The text may have been edited since it was compiled.</summary>
    public static Score ScorePrompt(string prompt, PromptContract contract)
    {
        var sheet = new ScoreSheet();
        new PromptRubric(prompt, contract).Fill(sheet);
        return sheet.Close(contract.Thresholds);
    }

    /// <summary>Scores an output: what a test or agent run is judged by.</summary>
    public static Score ScoreOutput(string output, PromptContract contract)
    {
        var sheet = new ScoreSheet();
        new OutputRubric(output, contract).Fill(sheet);
        return sheet.Close(contract.Thresholds);
    }
}
