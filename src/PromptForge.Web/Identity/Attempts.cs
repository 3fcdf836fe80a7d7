using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

/// <summary>
/// How often somebody may try: per sender, and per sender and account, on this node; and in the database the lock-out, which counts on all nodes. An address is limited
/// whether or not it has an account.
/// </summary>
internal sealed class Attempts(IConfiguration configuration, IOptions<IdentityOptions> options, TimeProvider clock) : IAsyncDisposable
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);

    private readonly PartitionedRateLimiter<string> _senders = Limiter(configuration.GetValue("Identity:RequestsPerMinute", 60));
    private readonly PartitionedRateLimiter<string> _accounts = Limiter(configuration.GetValue("Identity:AttemptsPerMinute", 10));

    public Problem? RefuseSender(HttpContext context) => Refuse(_senders, Sender(context));

    /// <summary>By where the attempts come from, too: nobody keeps another one from an account by trying it.</summary>
    public Problem? RefuseAccount(HttpContext context, string account) => Refuse(_accounts, Sender(context) + " " + (account.Length > Input.MaxEmail ? account[..Input.MaxEmail] : account).Trim().ToLowerInvariant());

    /// <summary>
    /// Counts in one statement: guesses made at the same moment are all counted. It is sent for nobody's account, too, and where there is a row it does not wait for the disk, so that the two look
    /// alike; a crash may forget the last guesses.
    /// </summary>
    public Task FailedAsync(IdentityContext context, User user, CancellationToken ct)
    {
        var (most, until) = (options.Value.Lockout.MaxFailedAccessAttempts, clock.GetUtcNow() + options.Value.Lockout.DefaultLockoutTimeSpan);
        return context.Database.ExecuteSqlAsync($"""
            update auth.users set
              access_failed_count = case when access_failed_count + 1 >= {most} then 0 else access_failed_count + 1 end,
              lockout_end = case when access_failed_count + 1 >= {most} then {until} else lockout_end end
             where id = {user.Id} and set_config('synchronous_commit', 'off', true) is not null
            """, ct);
    }

    public static Task SucceededAsync(IdentityContext context, User user, CancellationToken ct) =>
        context.Users.Where(u => u.Id == user.Id && u.AccessFailedCount > 0).ExecuteUpdateAsync(set => set.SetProperty(u => u.AccessFailedCount, 0), ct);

    /// <summary>A sign-in this young stands for a password.</summary>
    public bool IsFresh(DateTimeOffset? signedInAt) => clock.GetUtcNow() - signedInAt < Fresh;

    public bool IsLockedOut(User user) => user.LockoutEnabled && user.LockoutEnd > clock.GetUtcNow();

    public async ValueTask DisposeAsync()
    {
        await _senders.DisposeAsync();
        await _accounts.DisposeAsync();
    }

    private static string Sender(HttpContext context) => (ClientNetwork.Of(context) ?? System.Net.IPAddress.None).ToString();

    private static Problem? Refuse(PartitionedRateLimiter<string> limiter, string key)
    {
        using var lease = limiter.AttemptAcquire(key);
        return lease.IsAcquired ? null : new Problem(ApiError.RateLimited) { RetryAfter = Window };
    }

    private static PartitionedRateLimiter<string> Limiter(int perMinute) => PartitionedRateLimiter.Create<string, string>(key => RateLimitPartition.GetSlidingWindowLimiter(key,
        _ => new SlidingWindowRateLimiterOptions { PermitLimit = perMinute, Window = Window, SegmentsPerWindow = 6, QueueLimit = 0 }));
}
