using System.Globalization;
using PromptForge.Core.Limits;
using PromptForge.Web.Platform.Api;
using StackExchange.Redis;

namespace PromptForge.Web.Limits;

/// <summary>Books the calls of a key in one value, which is written only where nobody changed it since it was read; time is Redis's.</summary>
internal sealed class RedisCalls(string connection) : ICallStore, IAsyncDisposable
{
    private const int Attempts = 200;
    private static readonly TimeSpan KeptFor = CallWindow.Length * 2;

    private readonly Lazy<Task<ConnectionMultiplexer>> _redis = new(() => ConnectAsync(connection));

    public Task<Taken> TakeAsync(KeyId key, Lease? back, int limit, int demand, int ahead, CancellationToken ct) => ChangeAsync(key, (slots, now) =>
    {
        var left = CallWindow.Book(slots, now, back, default);
        var taken = CallWindow.Take(left, now, limit, demand, ahead);
        return (CallWindow.Book(left, now, null, taken), taken);
    }, ct);

    public Task GiveBackAsync(KeyId key, Lease back, CancellationToken ct) => ChangeAsync(key, (slots, now) => (CallWindow.Book(slots, now, back, default), true), ct);

    /// <summary>The value expires by itself.</summary>
    public Task PurgeAsync(KeyId key, CancellationToken ct) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_redis is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            await (await _redis.Value).DisposeAsync();
    }

    private async Task<T> ChangeAsync<T>(KeyId key, Func<IReadOnlyList<Slot>, long, (List<Slot> Slots, T Result)> change, CancellationToken ct)
    {
        RedisKey name = $"pf:calls:{key.Id:n}";
        try
        {
            var redis = (await _redis.Value).GetDatabase();
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                ct.ThrowIfCancellationRequested();
                // Asked first: what is counted by a time that is too early is counted too long, never too short.
                var time = redis.ExecuteAsync("TIME");
                var was = await redis.StringGetAsync(name);
                var (slots, result) = change(Read(was), Now(await time));
                var write = redis.CreateTransaction();
                write.AddCondition(was.IsNull ? Condition.KeyNotExists(name) : Condition.StringEqual(name, was));
                _ = write.StringSetAsync(name, Text(slots), KeptFor);
                if (await write.ExecuteAsync())
                    return result;
            }
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            throw new RefusedException(new(ApiError.Unavailable, "Calls cannot be counted now. Try again in a moment.") { RetryAfter = TimeSpan.FromSeconds(2) });
        }

        throw new RefusedException(new(ApiError.Unavailable, "Too many servers count this key's calls at once.") { RetryAfter = TimeSpan.FromSeconds(1) });
    }

    private static async Task<ConnectionMultiplexer> ConnectAsync(string connection)
    {
        var options = ConfigurationOptions.Parse(connection);
        // A server that is not there yet is waited for in the background, and each call says so meanwhile.
        options.AbortOnConnectFail = false;
        return await ConnectionMultiplexer.ConnectAsync(options);
    }

    private static long Now(RedisResult time)
    {
        var parts = (RedisResult[])time!;
        return ((long)parts[0] * 1000) + ((long)parts[1] / 1000);
    }

    private static string Text(List<Slot> slots) => string.Join(';', slots.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.End},{s.Calls},{s.Held}")));

    private static List<Slot> Read(RedisValue value) => value.IsNullOrEmpty ? [] : [.. ((string)value!).Split(';').Select(text =>
    {
        var parts = text.Split(',');
        return new Slot(long.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture));
    })];
}
