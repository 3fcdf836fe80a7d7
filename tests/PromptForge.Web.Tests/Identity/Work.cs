using System.Diagnostics;
using System.Diagnostics.Metrics;
using PromptForge.Web.Identity;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.Identity;

/// <summary>What the server does for a request, told apart from what it does for others by the request's trace: every database statement, and every hash of a password.</summary>
internal sealed class Work : IDisposable
{
    private readonly ActivityListener _activities;
    private readonly MeterListener _meters = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<ActivityTraceId, List<string>> _done = [];

    public Work()
    {
        _activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Npgsql" or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if ((activity.GetTagItem("db.query.text") ?? activity.GetTagItem("db.statement")) is string statement)
                {
                    Note(activity.TraceId, statement);
                }
            },
        };
        ActivitySource.AddActivityListener(_activities);
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == CountedHasher.MeterName)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _meters.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            // Other tests hash passwords outside any request.
            if (Activity.Current is { } request)
            {
                Note(request.TraceId, "password " + tags[0].Value);
            }
        });
        _meters.Start();
    }

    /// <summary>In order; parameters do not show.</summary>
    public async Task<(ApiAnswer Answer, string Done)> OfAsync(ApiCaller caller, string path, object body)
    {
        var trace = ActivityTraceId.CreateRandom();
        lock (_lock)
        {
            _done[trace] = [];
        }

        var answer = await caller.PostAsync(path, body, ("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01"));
        lock (_lock)
        {
            return (answer, string.Join("\n--\n", _done[trace]));
        }
    }

    public void Dispose()
    {
        _activities.Dispose();
        _meters.Dispose();
    }

    private void Note(ActivityTraceId trace, string what)
    {
        lock (_lock)
        {
            if (_done.TryGetValue(trace, out var done))
            {
                done.Add(what);
            }
        }
    }
}
