using PromptForge.Bench;
using PromptForge.Web.Catalog;

var report = new Report();
var catalog = (await CatalogFolder.LoadAsync(null, CancellationToken.None)).Value;
var parts = new Dictionary<string, Func<Task>>
{
    ["core"] = () => CoreBench.RunAsync(catalog, report, CancellationToken.None),
    ["pdf"] = () =>
    {
        PdfBench.Run(catalog, report);
        return Task.CompletedTask;
    },
    ["idle"] = () => IdleBench.RunAsync(report, CancellationToken.None),
    ["gate"] = () => GateBench.RunAsync(report, CancellationToken.None),
    ["store"] = () => StoreBench.RunAsync(report, CancellationToken.None),
    ["api"] = () => ApiBench.RunAsync(report, CancellationToken.None),
    ["history"] = () => HistoryBench.RunAsync(report, CancellationToken.None),
};
if (args.FirstOrDefault(a => !parts.ContainsKey(a)) is { } unknown)
{
    await Console.Error.WriteLineAsync($"error USAGE: there is no part '{unknown}'. Name some of {string.Join(", ", parts.Keys)}, or none for all.");
    return 2;
}

Console.WriteLine("PromptForge bench: each figure beside its limit, peers measured in the same run");
foreach (var (name, measure) in parts)
    if (args.Length == 0 || args.Contains(name))
        await measure();
return report.Missed > 0 ? 1 : 0;
