using PromptForge.Bench;
using PromptForge.Web.Catalog;

var report = new Report();
var catalog = (await CatalogFolder.LoadAsync(null, CancellationToken.None)).Value;
Console.WriteLine("PromptForge bench: each figure beside its limit, peers measured in the same run");
var parts = new Dictionary<string, Func<Task>>
{
    ["core"] = () => CoreBench.RunAsync(catalog, report, CancellationToken.None),
    ["pdf"] = () =>
    {
        PdfBench.Run(catalog, report);
        return Task.CompletedTask;
    },
    ["idle"] = () => IdleBench.RunAsync(report, CancellationToken.None),
    ["store"] = () => StoreBench.RunAsync(report, CancellationToken.None),
};
foreach (var (name, measure) in parts)
    if (args.Length == 0 || args.Contains(name))
        await measure();
return report.Missed > 0 ? 1 : 0;
