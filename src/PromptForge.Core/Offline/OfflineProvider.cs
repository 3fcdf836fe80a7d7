using PromptForge.Core.Scoring;

namespace PromptForge.Core.Offline;

/// <summary>
/// Answers without any model: fills the module's output schema from the client's values, in the requested formats and language. The same contract gives the
/// same text. It invents no figure; where one is asked for it says "unknown". The caller marks every run it touches as simulated.
/// </summary>
public static class OfflineProvider
{
    public const string Model = "offline";

    public static string Complete(PromptContract contract) => new DraftRenderer(contract, Draft.Of(contract)).Render();
}
