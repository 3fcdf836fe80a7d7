using System.Diagnostics;
using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;

var root = Directory.GetCurrentDirectory();
var files = Directory.EnumerateFiles("catalog", "*", SearchOption.AllDirectories).Where(p => Path.GetExtension(p) is ".yaml" or ".yml" or ".json").Select(p => new CatalogFile(Path.GetRelativePath("catalog", p), File.ReadAllText(p))).ToList();
var sw = Stopwatch.StartNew();
var catalog = (await CatalogReader.ReadAsync(files, default)).Value;
Console.WriteLine($"catalog {sw.ElapsedMilliseconds} ms");
var compiler = new PromptCompiler(catalog);
var module = catalog.FindModule("M07")!;
var inputs = InputReader.Read(System.Text.Json.Nodes.JsonNode.Parse(module.Definition)!["example_input"]!.AsObject(), module.Inputs, null).Value;
for (var round = 0; round < 4; round++)
{
    var n = 0;
    var a = GC.GetAllocatedBytesForCurrentThread();
    sw.Restart();
    while (sw.ElapsedMilliseconds < 2000)
    {
        var set = SevenDParser.Normalize(new SevenDRequest { Domain = "fintech", Urgency = "crisis" }, catalog).Value;
        n += compiler.Compile(module, set.Set, inputs, Language.En).Text.Length > 0 ? 1 : 0;
    }
    Console.WriteLine($"{n / sw.Elapsed.TotalSeconds:N0}/s, {(GC.GetAllocatedBytesForCurrentThread() - a) / n:N0} B");
}
