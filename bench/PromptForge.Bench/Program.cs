using PromptForge.Bench;
using PromptForge.Web.Catalog;

var report = new Report();
var catalog = (await CatalogFolder.LoadAsync(null, CancellationToken.None)).Value;
Console.WriteLine("PromptForge bench: each figure beside its limit, peers measured in the same run");
await CoreBench.RunAsync(catalog, report, CancellationToken.None);
return report.Missed > 0 ? 1 : 0;
