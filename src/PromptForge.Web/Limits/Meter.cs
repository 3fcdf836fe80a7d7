using PromptForge.Core.Limits;

namespace PromptForge.Web.Limits;

/// <param name="Left">What the key has left, as far as this node knows.</param>
/// <param name="Reset">Until there is more.</param>
internal readonly record struct Verdict(bool Accepted, int Limit, int Left, TimeSpan Reset);

/// <summary>
/// One key's calls on this node. A call is accepted from the block in hand, or waits for the next one; those that wait are counted together, so a burst costs one
/// transaction. A key that is called often takes blocks ahead, as large as what it used lately, and a key that is called seldom none, so what it is told is left is exact.
/// </summary>
internal sealed class Meter(KeyId key, ICallStore store, TimeProvider clock)
{
    /// <summary>What others hold is waited for, at most this often; a node that crashed gives nothing back.</summary>
    private const int Patience = 20;
    private const int LargestShare = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource<Verdict>> _waiting = [];
    private bool _taking;
    private int _limit;
    private int _left;
    private int _spent;
    private int _spare;
    private Lease? _lease;
    private long _took;
    private long _leaseOver;
    private long _full;
    private long _reset;

    /// <summary>When it was last asked.</summary>
    public long Used { get; private set; }

    public ValueTask<Verdict> TakeAsync(int limit, CancellationToken ct)
    {
        lock (_lock)
        {
            var now = clock.GetTimestamp();
            Used = now;
            if (limit != _limit)
                (_limit, _full) = (limit, now);
            if (_waiting.Count == 0)
            {
                if (_spare > 0 && now < _leaseOver)
                {
                    _spare--;
                    _spent++;
                    return new(Say(true, now));
                }

                if (now < _full)
                    return new(Say(false, now));
            }

            var waits = new TaskCompletionSource<Verdict>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(waits);
            if (!_taking)
            {
                _taking = true;
                _ = Task.Run(ServeAsync, CancellationToken.None);
            }

            return new(waits.Task.WaitAsync(ct));
        }
    }

    /// <summary>Gives back what the block in hand left over.</summary>
    /// <param name="taken">When it was taken; another one is left alone. Null: whichever there is.</param>
    public async Task SettleAsync(long? taken, CancellationToken ct)
    {
        Lease? back;
        lock (_lock)
            back = taken is null || taken == _took ? Close() : null;
        if (back is { } lease)
            await store.GiveBackAsync(key, lease, ct);
    }

    private async Task ServeAsync()
    {
        for (var waited = 0; ;)
        {
            int demand, ahead, limit;
            long now;
            Lease? back;
            lock (_lock)
            {
                (demand, limit, now) = (_waiting.Count, _limit, clock.GetTimestamp());
                if (demand == 0)
                {
                    _taking = false;
                    return;
                }

                back = Close();
                ahead = Ahead(now);
            }

            Taken taken;
            try
            {
                taken = await store.TakeAsync(key, back, limit, demand, ahead, CancellationToken.None);
            }
            catch (Exception e)
            {
                Fail(e);
                continue;
            }

            if (Serve(taken, demand, now, mayWait: waited < Patience))
            {
                waited = 0;
                continue;
            }

            waited++;
            await Task.Delay(Pause, clock, CancellationToken.None);
        }
    }

    /// <returns>False where some still wait for what others may give back.</returns>
    private bool Serve(Taken taken, int demand, long now, bool mayWait)
    {
        lock (_lock)
        {
            (_left, _spare, _spent, _took) = (taken.Left, taken.Ahead, taken.Granted, now);
            _reset = After(now, taken.Reset);
            if (taken.Ahead > 0)
            {
                (_lease, _leaseOver) = (new(taken.End, taken.Ahead, 0), After(now, CallWindow.LeaseLength));
                _ = SettleLaterAsync(now);
            }

            for (var i = 0; i < taken.Granted; i++)
                _waiting.Dequeue().SetResult(Say(true, now));
            if (taken.Granted == demand)
                return true;
            if (taken.Held > 0 && mayWait)
                return false;
            // Until the oldest calls leave the window there is nothing to ask for, unless somebody may still give back.
            _full = taken.Held > 0 ? After(now, Pause) : _reset;
            while (_waiting.TryDequeue(out var waits))
                waits.SetResult(Say(false, now));
            return true;
        }
    }

    private async Task SettleLaterAsync(long taken)
    {
        await Task.Delay(CallWindow.LeaseLength, clock, CancellationToken.None);
        try
        {
            await SettleAsync(taken, CancellationToken.None);
        }
        catch (Exception e) when (e is Platform.PlatformException or Platform.Api.RefusedException)
        {
            // What is not given back counts as spent: the key has a few calls less, never more.
        }
    }

    private void Fail(Exception e)
    {
        lock (_lock)
            while (_waiting.TryDequeue(out var waits))
                waits.SetException(e);
    }

    private Lease? Close()
    {
        var back = _lease is { } lease ? lease with { Unused = _spare } : (Lease?)null;
        (_lease, _spare) = (null, 0);
        return back;
    }

    private int Ahead(long now)
    {
        var since = clock.GetElapsedTime(_took, now);
        return (int)Math.Min(_limit / LargestShare, _spent * CallWindow.LeaseLength.TotalMilliseconds / Math.Max(since.TotalMilliseconds, CallWindow.LeaseLength.TotalMilliseconds));
    }

    private Verdict Say(bool accepted, long now) => new(accepted, _limit, accepted ? _left + _spare : 0, clock.GetElapsedTime(now, _reset));

    private long After(long now, TimeSpan wait) => now + (long)(wait.TotalSeconds * clock.TimestampFrequency);
}
