using System.Collections.Concurrent;
using Npgsql;

namespace PromptForge.Web.Platform;

/// <summary>
/// Hears what changed in the database, on whichever node it was changed: one LISTEN connection, fed by triggers that send <c>kind:id</c>. What is cached may be
/// believed only while <see cref="Hears"/>; a connection that fell silent is found out by a round trip every <see cref="Pulse"/>.
/// </summary>
public sealed partial class Changes(Db db, TimeProvider clock, ILogger<Changes> log) : BackgroundService
{
    public const string Channel = "promptforge";

    private static readonly TimeSpan Pulse = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(800);

    private readonly ConcurrentDictionary<string, Action<Guid>> _handlers = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action _gap = () => { };
    private long _heard = long.MinValue;

    /// <summary>Whether everything that was committed up to a moment ago has been heard.</summary>
    public bool Hears => Volatile.Read(ref _heard) is var heard && heard != long.MinValue && clock.GetElapsedTime(heard) < Silence;

    /// <summary>Done once the first connection listens.</summary>
    public Task Listening => _listening.Task;

    /// <param name="kind">What the trigger sends in front of the id.</param>
    /// <param name="changed">Called on the listener's own thread for each change.</param>
    /// <param name="gap">Called when changes may have been missed.</param>
    public void Subscribe(string kind, Action<Guid> changed, Action gap)
    {
        _handlers.AddOrUpdate(kind, changed, (_, known) => known + changed);
        // Whoever caches comes into being with the first request that needs it, so several at once may subscribe.
        lock (_handlers)
        {
            _gap += gap;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Whatever it was, deaf for good would be worse than one more try.
                Log.Lost(log, e.GetType().Name);
            }

            Volatile.Write(ref _heard, long.MinValue);
            await Task.Delay(Pulse, clock, stoppingToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private async Task ListenAsync(CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(db.ConnectionString)
        {
            Pooling = false,
            CommandTimeout = 1,
            Timeout = 3,
            ApplicationName = "promptforge-changes",
        }.ConnectionString);
        await connection.OpenAsync(ct);
        connection.Notification += (_, notice) => Dispatch(notice.Payload);
        await using (var listen = new NpgsqlCommand($"listen {Channel}", connection))
        {
            await listen.ExecuteNonQueryAsync(ct);
        }

        // What happened before the first LISTEN was not heard.
        _gap();
        var asked = clock.GetTimestamp();
        while (true)
        {
            Volatile.Write(ref _heard, asked);
            _listening.TrySetResult();
            await connection.WaitAsync(Pulse, ct);
            asked = clock.GetTimestamp();
            // The answer comes after every notification that was committed before the question.
            await using var pulse = new NpgsqlCommand("select 1", connection);
            await pulse.ExecuteNonQueryAsync(ct);
        }
    }

    private void Dispatch(string payload)
    {
        var colon = payload.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && Guid.TryParse(payload.AsSpan(colon + 1), out var id) && _handlers.TryGetValue(payload[..colon], out var changed))
        {
            changed(id);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The connection that hears of changes was lost ({Reason}); until it is back nothing is cached.")]
        public static partial void Lost(ILogger log, string reason);
    }
}
