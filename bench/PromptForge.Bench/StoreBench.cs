using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;
using PromptForge.Web.Bundles;
using PromptForge.Web.Catalog;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;
using PromptForge.Web.Runs;

namespace PromptForge.Bench;

/// <summary>Whole runs, from the request to the row and the sealed object on disk, beside pgbench writing nothing but the rows.</summary>
internal static class StoreBench
{
    private const int Callers = 16;
    private const int Rounds = 5;
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(3);

    // Until the runtime has recompiled what is hot; a server is in this state for all of its life but the first seconds.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(15);

    public static Task RunAsync(Report report, CancellationToken cancel) => BenchFiles.InFolderAsync(folder => MeasureAsync(folder, report, cancel));

    private static async Task MeasureAsync(string folder, Report report, CancellationToken cancel)
    {
        var clock = TimeProvider.System;
        var (catalog, opened) = await CatalogStart.OpenAsync(Database.OpenAsync(new DatabaseSettings(null, null, folder), clock, cancel), clock, cancel);
        await using var database = opened;
        using var changes = new Changes(database.Db, clock, NullLogger<Changes>.Instance);
        await changes.StartAsync(cancel);
        await changes.Listening;
        var entitlements = new EntitlementResolver(database.Db, catalog, changes, clock);
        using var key = await Issuer.LoadAsync(folder, null, clock, cancel);
        var pipeline = new RunPipeline(catalog, new PromptCompiler(catalog), entitlements, database.Db, new RunLeases(database.Db, new RunSignals(changes)), new BundleStore(folder), key, clock);
        var request = await RequestAsync(catalog, database.Db, entitlements, clock, cancel);

        RunResult? last = null;
        async Task CallAsync(int caller)
        {
            var result = await pipeline.RunAsync(request, cancel);
            if (!result.Ok || result.Value.Bundle is null)
                throw new InvalidOperationException($"The run was refused: {string.Join(' ', result.Ok ? result.Value.Withheld : result.Faults)}");
            last = result.Value;
        }

        var warm = new Load(Callers, CallAsync);
        await warm.RunAsync(WarmUp, cancel);
        await using (var admin = await AdminConnection.OpenAsync(database.AdminConnectionString!, cancel))
        await using (var analyze = new Npgsql.NpgsqlCommand("analyze", admin))
            await analyze.ExecuteNonQueryAsync(cancel);
        var peer = await PgBench.CreateAsync(database, request.OrgId, last!.RunId, cancel);
        if (peer is not null)
            await peer.MeasureAsync(Callers, Slice, cancel);

        var load = new Load(Callers, CallAsync);
        var (ours, theirs) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            ours.Add(await load.RunAsync(Slice, cancel));
            if (peer is null)
                continue;
            theirs.Add(await peer.MeasureAsync(Callers, Slice, cancel));
        }

        var runs = warm.Took.Count + load.Took.Count;
        report.AtMost("store: files in the store a run", (double)Directory.EnumerateFiles(Path.Combine(folder, "bundles"), "*", SearchOption.AllDirectories).Count() / runs, 1);
        var took = load.Took.Order().ToArray();
        Report.Note(string.Create(CultureInfo.InvariantCulture, $"{Callers} callers store whole runs: {Middle(ours):N0} a second, p50 {took[took.Length / 2].TotalMilliseconds:0.0} ms, p99 {took[took.Length * 99 / 100].TotalMilliseconds:0.0} ms; each takes {load.Worked.TotalMilliseconds / took.Length:0.00} ms of a core and {load.Allocated / took.Length:N0} bytes here"));
        report.AtMost("store: p99 of a run over its p50", took[took.Length * 99 / 100] / took[took.Length / 2], 6);
        if (peer is null)
        {
            Report.Skip("store: ratio to pgbench", "pgbench is not on the PATH; install the package postgresql-contrib or postgresql");
            return;
        }

        double[] ratios = [.. ours.Zip(theirs, (our, peer) => our / peer)];
        Report.Note(string.Create(CultureInfo.InvariantCulture, $"pgbench writes the same rows and nothing else: {Middle(theirs):N0} a second; ratio of the rounds {string.Join(' ', ratios.Select(r => r.ToString("0.00", CultureInfo.InvariantCulture)))}"));
        report.AtLeast($"store: ratio to pgbench -M prepared -c {Callers} -j 2, one trip a transaction", Middle(ratios), 0.7);
    }

    private static async Task<RunRequest> RequestAsync(ProductCatalog catalog, Db db, EntitlementResolver entitlements, TimeProvider clock, CancellationToken cancel)
    {
        var plan = catalog.FindPlan("enterprise")!;
        var org = await LocalOrg.EnsureAsync(db, entitlements, plan, clock, cancel);
        var module = catalog.FindModule("M07")!;
        var sevenD = SevenDParser.Normalize(new SevenDRequest { Domain = "fintech" }, catalog).Value;
        return new(org, LocalOrg.Name(plan), null, module, sevenD, Samples.Inputs(module), Language.En, RunType.Generation, BundleFormats.Md | BundleFormats.Json, "bench");
    }

    private static double Middle(IReadOnlyCollection<double> values) => values.Order().ElementAt(values.Count / 2);
}
