using Microsoft.Extensions.DependencyInjection;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Tests.Platform;

public sealed class ChangesTests(PostgresFixture postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_cached_is_read_once_until_the_database_says_that_it_changed()
    {
        var tenant = await postgres.NewOrgAsync();
        var server = await postgres.ServerAsync();
        var changes = server.Services.GetRequiredService<Changes>();
        var cached = new Cached<Guid, string>(changes, TimeProvider.System, 10);
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changes.Subscribe("org", org =>
        {
            cached.Drop(org);
            if (org == tenant.OrgId)
                heard.TrySetResult();
        }, cached.Clear);
        var db = await postgres.DbAsync();
        var reads = 0;
        Task<string> Load(Guid id, CancellationToken ct)
        {
            reads++;
            return db.InOrgAsync(id, null, (scope, token) => scope.QuerySingleAsync<string>("select name from orgs where id = @Id", new { Id = id }, token), ct);
        }

        Assert.Equal("Test", await cached.GetAsync(tenant.OrgId, Load, Cancel));
        Assert.Equal("Test", await cached.GetAsync(tenant.OrgId, Load, Cancel));
        Assert.Equal(1, reads);

        await db.InOrgAsync(tenant.OrgId, null, (scope, ct) => scope.ExecuteAsync("update orgs set name = 'Other' where id = @Id", new { Id = tenant.OrgId }, ct), Cancel);
        await heard.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal("Other", await cached.GetAsync(tenant.OrgId, Load, Cancel));
    }

    [Fact]
    public async Task A_value_that_expires_is_read_again_at_the_second_it_does()
    {
        var server = await postgres.ServerAsync();
        var clock = new ShiftedClock();
        var cached = new Cached<int, DateTimeOffset>(server.Services.GetRequiredService<Changes>(), clock, 10, until: value => value);
        var reads = 0;
        Task<DateTimeOffset> Load(int key, CancellationToken ct) => Task.FromResult(clock.GetUtcNow().AddSeconds(++reads));

        await cached.GetAsync(1, Load, Cancel);
        clock.Shift = TimeSpan.FromSeconds(2);
        await cached.GetAsync(1, Load, Cancel);
        Assert.Equal(2, reads);
    }

    private sealed class ShiftedClock : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;
    }
}
