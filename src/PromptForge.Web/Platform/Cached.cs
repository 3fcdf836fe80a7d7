using System.Collections.Concurrent;

namespace PromptForge.Web.Platform;

/// <summary>
/// What was read from the database and may be used again until it changes: an entry is dropped when <see cref="Changes"/> names it, when its own time is up, and is
/// not used at all while changes cannot be heard.
/// </summary>
/// <param name="until">When a value stops being true by itself (an expiry); null: not by time.</param>
public sealed class Cached<TKey, TValue>(Changes changes, TimeProvider clock, int capacity, Func<TValue, DateTimeOffset?>? until = null)
    where TKey : notnull
{
    /// <summary>The longest that a lost notification could matter.</summary>
    private static readonly TimeSpan Oldest = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<TKey, Entry> _entries = [];
    private long _epoch;

    public async ValueTask<TValue> GetAsync(TKey key, Func<TKey, CancellationToken, Task<TValue>> load, CancellationToken ct)
    {
        if (changes.Hears && _entries.TryGetValue(key, out var known) && clock.GetElapsedTime(known.Read) < Oldest && !(known.Until <= clock.GetUtcNow()))
        {
            return known.Value;
        }

        var (epoch, read) = (Volatile.Read(ref _epoch), clock.GetTimestamp());
        var value = await load(key, ct);
        var over = until?.Invoke(value);
        if (over <= clock.GetUtcNow())
        {
            return value;
        }

        if (_entries.Count >= capacity)
        {
            _entries.Clear();
        }

        _entries[key] = new(value, read, over);
        // What changed while it was being read may have been read before the change.
        if (Volatile.Read(ref _epoch) != epoch)
        {
            _entries.TryRemove(key, out _);
        }

        return value;
    }

    public void Drop(TKey key)
    {
        Interlocked.Increment(ref _epoch);
        _entries.TryRemove(key, out _);
    }

    public void DropWhere(Func<TKey, TValue, bool> gone)
    {
        Interlocked.Increment(ref _epoch);
        foreach (var (key, entry) in _entries)
        {
            if (gone(key, entry.Value))
            {
                _entries.TryRemove(key, out _);
            }
        }
    }

    public void Clear()
    {
        Interlocked.Increment(ref _epoch);
        _entries.Clear();
    }

    private sealed record Entry(TValue Value, long Read, DateTimeOffset? Until);
}
