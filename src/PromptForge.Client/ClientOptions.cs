namespace PromptForge.Client;

/// <summary>How a client behaves when the server or the network does not.</summary>
public sealed record ClientOptions
{
    /// <summary>How often a call is tried again after a refusal that passes (429, 502, 503, 504) or a broken connection.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>The wait before the first retry where the server names none; it doubles each time.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>A longer wait than this is not waited: the refusal is thrown, and says how long.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(30);

    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
