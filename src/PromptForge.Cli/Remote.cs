using PromptForge.Client;
using PromptForge.Core;

namespace PromptForge.Cli;

/// <summary>A server's refusals, and its absence, as a verb says them.</summary>
internal static class Remote
{
    public static async Task<int> AskAsync(Func<Task<int>> ask)
    {
        try
        {
            return await ask();
        }
        catch (PromptForgeException e)
        {
            var faults = e.Errors.Count > 0 ? e.Errors.Select(f => new Fault(f.Code, f.Pointer, f.Detail)).ToList() : [new Fault(e.Code, "", e.Detail)];
            return Report.Faults(faults, (int)e.Status >= 500 ? Report.OurFault : Report.CallerFault);
        }
        catch (HttpRequestException e)
        {
            return Report.Faults([new Fault("SERVER_UNREACHABLE", "", $"The server cannot be reached ({e.HttpRequestError}). Check the address and that it runs.")], Report.OurFault);
        }
    }
}
