namespace PromptForge.Core.Limits;

/// <summary>The calls of a key that are booked on one second.</summary>
/// <param name="End">The Unix second at which it ends; its calls were made before that, so it counts for a window's length from there.</param>
/// <param name="Held">Of the calls, those that a node took ahead and has neither settled nor given back.</param>
public readonly record struct Slot(long End, int Calls, int Held);

/// <summary>What a node took ahead of demand: it may spend it until the lease is over, and then says how much it did not need.</summary>
public readonly record struct Lease(long End, int Held, int Unused);

/// <param name="Granted">Of the calls that wait, how many are accepted.</param>
/// <param name="Ahead">How many more the node may accept by itself until its lease is over.</param>
/// <param name="End">The second on which all of them are booked.</param>
/// <param name="Left">What remains for everybody.</param>
/// <param name="Held">What other nodes hold and may yet give back.</param>
/// <param name="Reset">Until the oldest calls leave the window and make room.</param>
public readonly record struct Taken(int Granted, int Ahead, long End, int Left, int Held, TimeSpan Reset);

/// <summary>
/// A sliding window in which nodes take calls in blocks. A block is booked on the second in which its lease ends, thus never earlier than its calls are made: whatever
/// the moment, the calls of the last <see cref="Length"/> are all in the sum that the newest block was granted against, so they are never more than the limit.
/// </summary>
public static class CallWindow
{
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(1);

    /// <summary>How long a node may spend what it took ahead.</summary>
    public static readonly TimeSpan LeaseLength = TimeSpan.FromMilliseconds(200);

    /// <summary>How long after its second a block may still be given back; a node that crashed never does, and its block counts as spent.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    /// <param name="now">Unix time in milliseconds, by the clock of the store.</param>
    /// <param name="demand">Calls that wait.</param>
    /// <param name="ahead">What the node would like to have for the calls that will come until the lease is over.</param>
    public static Taken Take(IEnumerable<Slot> slots, long now, int limit, int demand, int ahead)
    {
        var (used, held, oldest) = (0, 0, long.MaxValue);
        foreach (var slot in slots)
        {
            if (IsOver(slot.End, now) || slot.Calls == 0)
                continue;
            used += slot.Calls;
            oldest = Math.Min(oldest, slot.End);
            if ((slot.End * 1000) + (long)Grace.TotalMilliseconds > now)
                held += slot.Held;
        }

        var free = Math.Max(0, limit - used);
        var granted = Math.Min(demand, free);
        // Never more than half of what is left, so that a window that runs out does so on all nodes at about the same time.
        var more = Math.Clamp(ahead, 0, (free - granted) / 2);
        var end = EndOf(now);
        if (granted > 0)
            oldest = Math.Min(oldest, end);
        return new(granted, more, end, free - granted - more, held, oldest == long.MaxValue ? TimeSpan.Zero : TimeSpan.FromMilliseconds((oldest * 1000) + (long)Length.TotalMilliseconds - now));
    }

    /// <summary>Whether a second has left the window.</summary>
    public static bool IsOver(long end, long now) => (end * 1000) + (long)Length.TotalMilliseconds <= now;

    /// <summary>The slots after a node gave back and took.</summary>
    public static List<Slot> Book(IEnumerable<Slot> slots, long now, Lease? back, Taken taken)
    {
        var booked = new List<Slot>();
        foreach (var slot in slots)
            if (!IsOver(slot.End, now))
                booked.Add(back is { } lease && lease.End == slot.End ? Return(slot, lease) : slot);
        if (taken.Granted + taken.Ahead == 0)
            return booked;
        var at = booked.FindIndex(s => s.End == taken.End);
        if (at < 0)
            booked.Add(new(taken.End, taken.Granted + taken.Ahead, taken.Ahead));
        else
            booked[at] = new(taken.End, booked[at].Calls + taken.Granted + taken.Ahead, booked[at].Held + taken.Ahead);
        return booked;
    }

    public static Slot Return(Slot slot, Lease back) => slot with { Calls = slot.Calls - back.Unused, Held = slot.Held - back.Held };

    private static long EndOf(long now) => (now + (long)LeaseLength.TotalMilliseconds + 999) / 1000;
}
