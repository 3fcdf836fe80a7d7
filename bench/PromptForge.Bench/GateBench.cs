using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using PromptForge.Web.ApiKeys;
using PromptForge.Web.Catalog;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Limits;
using PromptForge.Web.Platform;
using PromptForge.Web.Runs;

namespace PromptForge.Bench;

/// <summary>What stands before every call of a key once it is known: the key's hash, its rights and its limit, which a block now and then is fetched for.</summary>
internal static class GateBench
{
    // High enough that nothing is refused; blocks are as large as what was used lately, as with any limit.
    private const int NoLimit = 1_000_000_000;
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(3);

    private static TimeSpan? perCall;

    /// <returns>The processor time of one call; measured once in a run of the bench.</returns>
    public static async Task<TimeSpan> PerCallAsync(Report report, CancellationToken cancel)
    {
        if (perCall is null)
            await RunAsync(report, cancel);
        return perCall!.Value;
    }

    public static Task RunAsync(Report report, CancellationToken cancel) => BenchFiles.InFolderAsync(folder => MeasureAsync(folder, report, cancel));

    private static async Task MeasureAsync(string folder, Report report, CancellationToken cancel)
    {
        var clock = TimeProvider.System;
        var (catalog, opened) = await CatalogStart.OpenAsync(Database.OpenAsync(new DatabaseSettings(null, null, folder), clock, cancel), clock, cancel);
        await using var database = opened;
        var db = database.Db;
        using var changes = new Changes(db, clock, NullLogger<Changes>.Instance);
        await changes.StartAsync(cancel);
        await changes.Listening.WaitAsync(cancel);
        var entitlements = new EntitlementResolver(db, catalog, changes, clock);
        var org = await LocalOrg.EnsureAsync(db, entitlements, catalog.FindPlan("enterprise")!, clock, cancel);
        var secrets = new KeySecrets(await ServerSecrets.LoadAsync(folder, null, development: true, clock, cancel));
        var (now, draft) = (clock.GetUtcNow(), new KeyDraft("bench", ["api.run"], KeyDraft.DefaultRate, false, null));
        var key = await db.InOrgAsync(org, null, (scope, ct) => draft.InsertAsync(scope, org, null, Guid.CreateVersion7(now), secrets, now, ct), cancel);
        using var known = new KnownKeys(db, changes, clock);
        using var usage = new KeyUsage(db, clock, NullLogger<KeyUsage>.Instance);
        using var limits = new KeyLimits(new PostgresCalls(db), entitlements, catalog, usage, clock, NullLogger<KeyLimits>.Instance);

        async ValueTask CallAsync()
        {
            var caller = await known.FindAsync(secrets.HashOf(key.Key), null, cancel) ?? throw new InvalidOperationException("The key is not known.");
            var verdict = await limits.TakeAsync(new KeyId(caller.OrgId, caller.KeyId), NoLimit, cancel);
            var rights = await entitlements.OfAsync(caller.OrgId, null, cancel);
            if (!verdict.Accepted || !caller.Scopes.Contains("api.run") || rights.Refusal("hasAPI", catalog) is not null)
                throw new InvalidOperationException("The call was refused.");
            usage.Called(caller);
        }

        await LoopAsync(CallAsync);
        var (worked, allocated) = (Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());
        var calls = await LoopAsync(CallAsync);
        (worked, allocated) = (Environment.CpuUsage.TotalTime - worked, GC.GetTotalAllocatedBytes() - allocated);
        perCall = worked / calls;
        Report.Note(string.Create(CultureInfo.InvariantCulture, $"key, limit, scope and plan of a known key: {worked.TotalMicroseconds / calls:0.0} microseconds of a core each"));
        report.AtLeast("gate: calls a second on one core", calls / worked.TotalSeconds, 50_000);
        report.AtMost("gate: bytes a call", (double)allocated / calls, 1_000);
        await limits.StopAsync(cancel);
        await usage.StopAsync(cancel);
        await changes.StopAsync(cancel);
    }

    private static async Task<long> LoopAsync(Func<ValueTask> call)
    {
        var watch = Stopwatch.StartNew();
        long calls = 0;
        for (; watch.Elapsed < Slice; calls++)
            await call();
        return calls;
    }
}
