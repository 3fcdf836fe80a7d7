using PromptForge.Web.Bundles;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Runs;

/// <summary>
/// Writes all rows of a run in one transaction. Runs of one org and caller that are ready while others are being written go together, so that a busy node pays for the round trip and the commit
/// once for several runs; a run that finds nobody before it waits for nobody.
/// </summary>
internal sealed class RunWriter(Db db, BundleStore store)
{
    private const int MaxGroup = 32;

    /// <summary>Fewer than there are connections, because others want to read meanwhile.</summary>
    private const int MaxGroups = 8;

    private readonly Lock gate = new();
    private readonly Dictionary<(Guid OrgId, Guid? UserId), Line> lines = [];

    /// <summary>The lines whose turn it is; each has runs that wait, and comes up once.</summary>
    private readonly Queue<Line> due = [];

    private int free = MaxGroups;

    /// <summary>Returns when the run is stored. One that the database refuses fails alone, whoever it was sent with, and its object is taken back.</summary>
    /// <exception cref="PlatformException">Without an SQLSTATE the database said nothing: the rows may be there, so the object stays.</exception>
    public async Task WriteAsync(RunRecord run, CancellationToken ct)
    {
        var (waiting, key) = (new Waiting(run, ct), (run.OrgId, run.UserId));
        lock (gate)
        {
            if (!lines.TryGetValue(key, out var line))
                lines.Add(key, line = new(key.OrgId, key.UserId));
            line.Waiting.Enqueue(waiting);
            Call(line);
        }

        // On its own: a caller that gives up takes nobody along.
        _ = StoreDueAsync();
        await waiting.Stored.Task.WaitAsync(ct);
    }

    private async Task StoreDueAsync()
    {
        while (Take() is var (line, group))
        {
            await StoreAsync(line, group);
            lock (gate)
            {
                free++;
                line.Writing = false;
                Call(line);
                if (!line.Due)
                    lines.Remove((line.OrgId, line.UserId));
            }
        }
    }

    private void Call(Line line)
    {
        if (line.Due || line.Writing || line.Waiting.Count == 0)
            return;
        line.Due = true;
        due.Enqueue(line);
    }

    private (Line Line, List<Waiting> Group)? Take()
    {
        lock (gate)
        {
            if (free == 0 || !due.TryDequeue(out var line))
                return null;
            free--;
            (line.Due, line.Writing) = (false, true);
            var group = new List<Waiting>(Math.Min(line.Waiting.Count, MaxGroup));
            while (group.Count < MaxGroup && line.Waiting.TryDequeue(out var run))
                group.Add(run);
            return (line, group);
        }
    }

    private async Task StoreAsync(Line line, List<Waiting> group)
    {
        foreach (var run in group.Where(w => w.GivenUp))
            Refuse(run, new OperationCanceledException());
        group.RemoveAll(w => w.Stored.Task.IsCompleted);
        try
        {
            await StoreRowsAsync(line, group);
        }
        catch (Exception e)
        {
            group.ForEach(w => w.Stored.TrySetException(e));
        }
    }

    private async Task StoreRowsAsync(Line line, List<Waiting> group)
    {
        if (group.Count == 0)
            return;
        try
        {
            await db.BatchInOrgAsync(line.OrgId, line.UserId, RunRows.Statements(group.SelectMany(w => w.Run.Rows)), repeatable: true, CancellationToken.None);
            group.ForEach(w => w.Stored.TrySetResult());
        }
        catch (PlatformException e) when (e.SqlState is not null)
        {
            // The database said no, so nothing is stored. Which run it meant is found out by sending each alone.
            if (group.Count > 1)
            {
                foreach (var run in group)
                    await StoreRowsAsync(line, [run]);
                return;
            }

            Refuse(group[0], e);
        }
    }

    private void Refuse(Waiting run, Exception reason)
    {
        if (run.Run.StoreKey is { } key)
            store.Discard(key);
        run.Stored.TrySetException(reason);
    }

    /// <summary>What waits for one org and caller: only they may share a transaction.</summary>
    private sealed class Line(Guid orgId, Guid? userId)
    {
        public Guid OrgId => orgId;

        public Guid? UserId => userId;

        public Queue<Waiting> Waiting { get; } = [];

        public bool Due { get; set; }

        /// <summary>One group at a time: two that share the runs cost the database half as much again.</summary>
        public bool Writing { get; set; }
    }

    private sealed class Waiting(RunRecord run, CancellationToken ct)
    {
        public RunRecord Run => run;

        public bool GivenUp => ct.IsCancellationRequested;

        public TaskCompletionSource Stored { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>All of a run that is stored.</summary>
internal sealed record RunRecord(Guid OrgId, Guid? UserId, IReadOnlyList<BulkRow> Rows, string? StoreKey);
