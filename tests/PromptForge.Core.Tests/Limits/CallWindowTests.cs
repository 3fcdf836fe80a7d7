using CsCheck;
using PromptForge.Core.Limits;

namespace PromptForge.Core.Tests.Limits;

public sealed class CallWindowTests
{
    private const long Start = 1_800_000_000_000;
    private const long Minute = 60_000;

    [Fact]
    public void D_CON_06_whatever_the_nodes_do_no_minute_holds_more_than_the_limit() =>
        Gen.Select(Gen.Int[1, 40], Gen.Select(Gen.Int[0, 1500], Gen.Int[0, 2], Gen.Int[0, 30], Gen.Int[0, 9]).List[0, 400]).Sample((limit, steps) =>
        {
            var shared = new Shared(limit);
            var accepted = new List<long>();
            foreach (var (wait, node, ahead, what) in steps)
            {
                // Bursts and lulls, and now and then a node that dies with a block in its hand.
                shared.Now += what < 6 ? wait / 100 : wait * (what == 6 ? 20 : 1);
                if (what == 9)
                    shared.Crash(node);
                else if (shared.Call(node, ahead))
                    accepted.Add(shared.Now);
            }

            for (var last = 0; last < accepted.Count; last++)
                Assert.True(accepted.Take(last + 1).Count(t => t > accepted[last] - Minute) <= limit);
        }, iter: 3_000);

    [Fact]
    public void Of_any_burst_exactly_the_limit_is_accepted_once_the_nodes_have_given_back() =>
        Gen.Select(Gen.Int[1, 60], Gen.Select(Gen.Int[0, 2], Gen.Int[0, 30]).List[61, 200]).Sample((limit, calls) =>
        {
            var shared = new Shared(limit);
            var accepted = calls.Count(call => shared.Call(call.Item1, call.Item2));
            shared.GiveBack();
            accepted += Enumerable.Range(0, limit).Count(_ => shared.Call(0, 0));
            Assert.Equal(limit, accepted);
        }, iter: 2_000);

    [Fact]
    public void A_full_window_opens_at_the_moment_it_said_and_rejected_calls_put_nothing_off()
    {
        var shared = new Shared(3);
        Assert.Equal(3, Enumerable.Range(0, 10).Count(_ => shared.Call(0, 0)));
        var full = CallWindow.Take(shared.Slots, shared.Now, 3, 1, 5);
        Assert.Equal((0, 0, 0), (full.Granted, full.Ahead, full.Left));
        shared.Now += (long)full.Reset.TotalMilliseconds - 1;
        Assert.False(shared.Call(0, 0));
        shared.Now += 1;
        Assert.True(shared.Call(0, 0));
    }

    [Fact]
    public void What_others_hold_is_seen_until_it_cannot_come_back_any_more()
    {
        var shared = new Shared(10);
        Assert.True(shared.Call(1, ahead: 100));
        var seen = CallWindow.Take(shared.Slots, shared.Now, 10, 10, 0);
        Assert.Equal((5, 4), (seen.Granted, seen.Held));
        Assert.Equal(0, CallWindow.Take(shared.Slots, shared.Now + 2_000, 10, 10, 0).Held);
    }

    [Fact]
    public void A_lower_limit_holds_at_once()
    {
        var shared = new Shared(10);
        Assert.Equal(10, Enumerable.Range(0, 10).Count(_ => shared.Call(0, 0)));
        var lowered = CallWindow.Take(shared.Slots, shared.Now, 4, 1, 1);
        Assert.Equal((0, 0, 0), (lowered.Granted, lowered.Ahead, lowered.Left));
    }

    /// <summary>A store and three nodes, with a clock that stands where it is put.</summary>
    private sealed class Shared(int limit)
    {
        private readonly (Lease? Lease, int Spare, long Over)[] _nodes = new (Lease?, int, long)[3];

        public long Now { get; set; } = Start;

        public List<Slot> Slots { get; private set; } = [];

        public bool Call(int node, int ahead)
        {
            var (_, spare, over) = _nodes[node];
            if (spare > 0 && Now < over)
            {
                _nodes[node].Spare--;
                return true;
            }

            Return(node);
            var taken = CallWindow.Take(Slots, Now, limit, 1, ahead);
            Slots = CallWindow.Book(Slots, Now, null, taken);
            if (taken.Ahead > 0)
                _nodes[node] = (new(taken.End, taken.Ahead, 0), taken.Ahead, Now + (long)CallWindow.LeaseLength.TotalMilliseconds);
            return taken.Granted == 1;
        }

        public void Crash(int node) => _nodes[node] = default;

        public void GiveBack()
        {
            for (var node = 0; node < _nodes.Length; node++)
                Return(node);
        }

        private void Return(int node)
        {
            if (_nodes[node] is { Lease: { } lease, Spare: var spare })
                Slots = CallWindow.Book(Slots, Now, lease with { Unused = spare }, default);
            _nodes[node] = default;
        }
    }
}
