using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Runs;

/// <summary>What can be done with a run in its state.</summary>
internal static class RunStates
{
    /// <exception cref="RefusedException">The run is not over, or ended without a result.</exception>
    public static void Finished(StoredRun run)
    {
        if (run.Waits)
            throw new RefusedException(new(ApiError.RunNotFinished, $"The run is {run.Status}. Wait for its end, then ask again."));
        if (run.Status != "success" || run.Clarity is null)
            throw new RefusedException(new(ApiError.StateConflict, $"The run ended as {run.Status}{(run.ErrorCode is null ? "" : $" ({run.ErrorCode})")}; an incomplete run is neither scored nor exported. Run the module again."));
    }
}
