using PromptForge.Web.Bundles;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Runs;

/// <summary>
/// Every night, org by org: what is older than the plan's retention loses its texts. Prompts and bundles go, and with them what runs say of their content; the runs' numbers stay, because
/// analytics and invoices count them.
/// </summary>
internal sealed partial class Retention(Db db, EntitlementResolver entitlements, BundleStore store, TimeProvider clock, ILogger<Retention> log) : BackgroundService
{
    private const int PageSize = 500;
    private const int MostRuns = 500;
    private static readonly TimeSpan At = TimeSpan.FromHours(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var now = clock.GetUtcNow();
            var next = now.Date + At > now ? now.Date + At : now.Date.AddDays(1) + At;
            await Task.Delay(next - now.DateTime, clock, stoppingToken);
            try
            {
                await PurgeAllAsync(stoppingToken);
            }
            catch (PlatformException e)
            {
                Log.PutOff(log, e.Code);
            }
        }
    }

    private async Task PurgeAllAsync(CancellationToken ct)
    {
        for (Guid? after = null; ;)
        {
            var page = await db.AsServerAsync((scope, token) => scope.QueryAsync<Guid>("select org_id from app.org_page(@After, @Size)", new { After = after, Size = PageSize }, token), ct);
            foreach (var org in page)
                await PurgeAsync(org, ct);
            if (page.Count < PageSize)
                return;
            after = page[^1];
        }
    }

    public async Task PurgeAsync(Guid orgId, CancellationToken ct)
    {
        var before = clock.GetUtcNow().AddDays(-(await entitlements.OfAsync(orgId, null, ct)).Plan.RetentionDays);
        while (await PurgeSomeAsync(orgId, before, ct) == MostRuns)
        {
            // A long history goes in steps, so that no transaction holds the org for long.
        }
    }

    /// <returns>How many runs were purged.</returns>
    private async Task<int> PurgeSomeAsync(Guid orgId, DateTimeOffset before, CancellationToken ct)
    {
        var (runs, objects) = await db.InOrgAsync(orgId, null, async (scope, token) =>
        {
            var values = new { Org = orgId, Before = before, Most = MostRuns };
            var old = (await scope.QueryAsync<Guid>("""
                select id from runs where org_id = @Org and id < app.uuid_from(@Before) and finished_at is not null
                   and (output is not null or telemetry <> '{}' or prompt_id is not null or exists (select from bundles b where b.org_id = runs.org_id and b.run_id = runs.id))
                 order by id limit @Most for update
                """, values, token)).ToArray();
            var of = new { Org = orgId, Runs = old, Before = before };
            var gone = await scope.QueryAsync<string>("delete from bundles where org_id = @Org and run_id = any (@Runs) returning split_part(paths ->> 'manifest.json', '#', 1)", of, token);
            await scope.ExecuteAsync("""
                delete from score_attempts where org_id = @Org and run_id = any (@Runs);
                update prompt_scores set feedback = '{}' where org_id = @Org and run_id = any (@Runs);
                update runs set output = null, telemetry = '{}', dor = null, dod = null, prompt_id = null where org_id = @Org and id = any (@Runs);
                delete from prompt_history h where h.org_id = @Org and h.id < app.uuid_from(@Before) and not exists (select from runs r where r.org_id = h.org_id and r.prompt_id = h.id)
                """, of, token);
            return (old.Length, gone);
        }, ct);
        foreach (var key in objects.Distinct())
            store.Discard(key);
        return runs;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The retention was put off to the next night ({Code}).")]
        public static partial void PutOff(ILogger log, string code);
    }
}
