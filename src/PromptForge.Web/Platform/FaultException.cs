using PromptForge.Core;

namespace PromptForge.Web.Platform;

/// <summary>What a verb was given cannot be done; each fault is a line for its reader.</summary>
public sealed class FaultException(IReadOnlyList<Fault> faults) : Exception(string.Join(Environment.NewLine, faults))
{
    public IReadOnlyList<Fault> Faults { get; } = faults;
}
