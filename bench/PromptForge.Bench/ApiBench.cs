using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PromptForge.Core.Catalog;
using PromptForge.Web.ApiKeys;
using PromptForge.Web.Catalog;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;
using PromptForge.Web.Runs;

namespace PromptForge.Bench;

/// <summary>POST /api/run over 16 connections, from the bytes of the request to the stored bundle, beside pgbench writing nothing but the rows.</summary>
internal static class ApiBench
{
    private const int Connections = 16;
    private const int Rounds = 5;
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(20);

    public static Task RunAsync(Report report, CancellationToken cancel) => BenchFiles.InFolderAsync(folder => MeasureAsync(folder, report, cancel));

    private static async Task MeasureAsync(string folder, Report report, CancellationToken cancel)
    {
        var clock = TimeProvider.System;
        var (catalog, opened) = await CatalogStart.OpenAsync(Database.OpenAsync(new DatabaseSettings(null, null, folder), clock, cancel), clock, cancel);
        await using var database = opened;
        await using var server = await WebServer.StartAsync(database, catalog, new WebSettings(folder, Development: true), cancel);
        await server.Services.GetRequiredService<Changes>().Listening;
        var org = await LocalOrg.EnsureAsync(database.Db, server.Services.GetRequiredService<EntitlementResolver>(), catalog.FindPlan("enterprise")!, clock, cancel);

        var connections = new List<RawHttp>();
        for (var i = 0; i < Connections; i++)
            connections.Add(await RawHttp.ConnectAsync(server.Address, "/api/run/M07", await KeyAsync(server, database.Db, org, i, clock, cancel), Body(catalog), cancel));
        async Task CallAsync(int caller) => await connections[caller].SendAsync(cancel);
        await new Load(Connections, CallAsync).RunAsync(WarmUp, cancel);
        await using (var admin = await AdminConnection.OpenAsync(database.AdminConnectionString!, cancel))
        await using (var analyze = new Npgsql.NpgsqlCommand("analyze", admin))
            await analyze.ExecuteNonQueryAsync(cancel);
        var last = Guid.Parse(Encoding.UTF8.GetString((await connections[0].SendAsync(cancel)).Span).Split("\"run_id\":\"")[1][..36]);
        var peer = await PgBench.CreateAsync(database, org, last, cancel);
        if (peer is not null)
            await peer.MeasureAsync(Connections, Slice, cancel);

        var load = new Load(Connections, CallAsync);
        var (ours, theirs) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            ours.Add(await load.RunAsync(Slice, cancel));
            if (peer is not null)
                theirs.Add(await peer.MeasureAsync(Connections, Slice, cancel));
        }

        connections.ForEach(c => c.Dispose());
        var took = load.Took.Order().ToArray();
        var (p50, p99) = (took[took.Length / 2], took[took.Length * 99 / 100]);
        var core = load.Worked.TotalMilliseconds / took.Length;
        Report.Note(string.Create(CultureInfo.InvariantCulture, $"POST /api/run over {Connections} connections: {Middle(ours):N0} a second, p50 {p50.TotalMilliseconds:0.0} ms, p99 {p99.TotalMilliseconds:0.0} ms; each takes {core:0.00} ms of a core and {load.Allocated / took.Length:N0} bytes here, client included"));
        report.AtMost("api: p99 of a run over its p50", p99 / p50, 6);
        var check = await GateBench.PerCallAsync(report, cancel);
        report.AtMost("api: key + entitlement + limit check, share of a request's processor time in per cent", check.TotalMilliseconds / core * 100, 5);
        if (peer is null)
        {
            Report.Skip("api: ratio to pgbench", "pgbench is not on the PATH; install the package postgresql-contrib or postgresql");
            return;
        }

        double[] ratios = [.. ours.Zip(theirs, (our, their) => our / their)];
        Report.Note(string.Create(CultureInfo.InvariantCulture, $"pgbench writes the same rows and nothing else: {Middle(theirs):N0} a second; ratio of the rounds {string.Join(' ', ratios.Select(r => r.ToString("0.00", CultureInfo.InvariantCulture)))}"));
        report.AtLeast("api: ratio to pgbench, HTTP, key, limit, rights and the whole run included", Middle(ratios), 0.6);
    }

    /// <summary>A key for each connection, because the most that one key may call is below what the machine does.</summary>
    private static Task<string> KeyAsync(WebServer server, Db db, Guid org, int number, TimeProvider clock, CancellationToken cancel) => db.InOrgAsync(org, null, async (scope, token) =>
    {
        var draft = new KeyDraft($"bench {number}", ["api.run"], 10_000, Test: false, ExpiresAt: null);
        return (await draft.InsertAsync(scope, org, null, Guid.CreateVersion7(clock.GetUtcNow()), server.Services.GetRequiredService<KeySecrets>(), clock.GetUtcNow(), token)).Key;
    }, cancel);

    private static string Body(ProductCatalog catalog) => JsonSerializer.Serialize(new
    {
        seven_d = new { domain = "fintech" },
        inputs = catalog.FindModule("M07")!.ExampleInput,
        type = "generation",
        formats = new[] { "md", "json" },
    });

    private static double Middle(IReadOnlyCollection<double> values) => values.Order().ElementAt(values.Count / 2);
}
