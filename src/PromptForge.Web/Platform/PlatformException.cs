namespace PromptForge.Web.Platform;

/// <summary>A failure of the ground the product stands on; the message says what happened and what to do.</summary>
public sealed class PlatformException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    public string Code { get; } = code;

    /// <summary>The constraint that a write broke, when one did.</summary>
    public string? Constraint { get; init; }

    public string? SqlState { get; init; }
}
