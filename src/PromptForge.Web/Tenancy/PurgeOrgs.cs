using PromptForge.Web.Audit;
using PromptForge.Web.Bundles;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Tenancy;

/// <summary>
/// Ends what was deleted more than <see cref="OrgItem.Kept"/> ago (D-RET-03). Every node runs it and one wins each org. Files go first: were it interrupted, the
/// next round finds the rows and goes on. The audit record stays and names nobody.
/// </summary>
internal sealed partial class PurgeOrgs(Db db, BundleStore bundles, TimeProvider clock, ILogger<PurgeOrgs> log) : BackgroundService
{
    private const int Size = 500;
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    /// <returns>How many this node purged.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var (purged, before) = (0, clock.GetUtcNow() - OrgItem.Kept);
        for (Guid? after = null; ;)
        {
            var page = await db.AsServerAsync((scope, token) => scope.QueryAsync<Row>("select org_id, deleted_at from app.org_page(@After, @Size)", new { After = after, Size }, token), ct);
            foreach (var org in page.Where(o => o.DeletedAt <= before))
            {
                purged += await PurgeAsync(org.OrgId, before, ct) ? 1 : 0;
            }

            if (page.Count < Size)
            {
                return purged;
            }

            after = page[^1].OrgId;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (Exception e) when (e is PlatformException or IOException or UnauthorizedAccessException && !stoppingToken.IsCancellationRequested)
            {
                Log.Failed(log, e);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<bool> PurgeAsync(Guid orgId, DateTimeOffset before, CancellationToken ct)
    {
        bundles.DeleteOrg(orgId);
        return await db.InOrgAsync(orgId, null, async (scope, token) =>
        {
            if (await scope.ExecuteAsync("delete from orgs where id = @Org and deleted_at <= @Before", new { Org = orgId, Before = before }, token) == 0)
                return false;
            await scope.ExecuteAsync("select app.forget_people_in_audit()", null, token);
            await AuditLog.WriteAsync(scope, AuditActor.System, orgId, "org.purged", "org", orgId.ToString(), null, clock, token);
            return true;
        }, ct);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Deleted organisations could not be purged; the next round tries again.")]
        public static partial void Failed(ILogger log, Exception error);
    }

    private sealed record Row(Guid OrgId, DateTimeOffset? DeletedAt);
}
