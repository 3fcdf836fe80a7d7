using PromptForge.Core.Limits;

namespace PromptForge.Web.Limits;

/// <summary>Where all nodes book the calls of a key: PostgreSQL, or Redis where it is configured. The arithmetic is <see cref="CallWindow"/>'s in both.</summary>
internal interface ICallStore
{
    /// <summary>Gives back what the last block left over and takes the next one, as one step.</summary>
    Task<Taken> TakeAsync(KeyId key, Lease? back, int limit, int demand, int ahead, CancellationToken ct);

    Task GiveBackAsync(KeyId key, Lease back, CancellationToken ct);

    /// <summary>Removes what has left the window.</summary>
    Task PurgeAsync(KeyId key, CancellationToken ct);
}

internal readonly record struct KeyId(Guid OrgId, Guid Id);
