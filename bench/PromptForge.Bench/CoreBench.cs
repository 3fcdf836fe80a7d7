using System.Diagnostics;
using System.Globalization;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;

namespace PromptForge.Bench;

/// <summary>The pure part of a run on one core, beside a plain render of the same text by a JavaScript template engine.</summary>
internal static class CoreBench
{
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(ProductCatalog catalog, Report report, CancellationToken cancel)
    {
        var compiler = new PromptCompiler(catalog);
        using var key = SigningKey.Generate();
        var modules = catalog.Modules.Select(m => (Module: m, Inputs: Samples.Inputs(m))).ToArray();
        var sample = compiler.Compile(modules[6].Module, Set(0), modules[6].Inputs, Language.En).Text;

        var peer = await Liquid.StartAsync(sample, cancel);
        var (runs, allocated, best, peerBest, peerParsed) = (0L, 0L, 0d, 0d, 0d);
        WarmUp();
        for (var round = 0; round < 6; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var (n, rate) = Run();
            best = Math.Max(best, rate);
            (runs, allocated) = (runs + n, allocated + GC.GetAllocatedBytesForCurrentThread() - before);
            if (peer is not null)
            {
                var (rendered, parsed) = await peer.MeasureAsync(cancel);
                (peerBest, peerParsed) = (Math.Max(peerBest, rendered), Math.Max(peerParsed, parsed));
            }
        }

        report.AtLeast("core: normalise + compile + score + guardrails + manifest, runs a second", best, 5_000);
        report.AtMost("core: bytes allocated a run", (double)allocated / runs, 200_000);
        if (peer is null)
        {
            Report.Skip("core: ratio to liquidjs", "node or node_modules/liquidjs is missing; run npm ci");
            return;
        }

        report.AtLeast("core: ratio to liquidjs parsing and rendering the same text", best / peerParsed, 3);
        Report.Note(string.Create(CultureInfo.InvariantCulture, $"liquidjs: {peerParsed:N0} a second; with the template parsed before {peerBest:N0}, ratio {best / peerBest:0.00} (rendering alone, no 7D, no causes, no score, no manifest)"));
        await peer.DisposeAsync();

        // The runtime compiles hot code again beside the measurement; where the cores are busy that takes many seconds.
        void WarmUp()
        {
            for (var (slices, settled, fastest) = (0, 0, 0d); slices < 20 && settled < 3; slices++)
            {
                var rate = Run().Rate;
                settled = rate > fastest * 1.05 ? 0 : settled + 1;
                fastest = Math.Max(fastest, rate);
            }
        }

        (int Runs, double Rate) Run()
        {
            var watch = Stopwatch.StartNew();
            var n = 0;
            while (watch.Elapsed < Slice)
                One(n++);
            return (n, n / watch.Elapsed.TotalSeconds);
        }

        ParameterSet Set(int n) => Normalize(n).Set;

        Normalized Normalize(int n) => SevenDParser.Normalize(new SevenDRequest { Domain = catalog.DomainCodes[n % 25], Urgency = Codes<Urgency>.All[n % 5], Complexity = Codes<Complexity>.All[n % 4] }, catalog).Value;

        void One(int n)
        {
            var (module, inputs) = modules[n % modules.Length];
            var sevenD = Normalize(n);
            var prompt = compiler.Compile(module, sevenD.Set, inputs, Language.En);
            var contract = PromptContract.Of(catalog, module, sevenD.Set, Language.En, inputs);
            var (score, hits) = Rubric.ReviewPrompt(prompt.Text, contract);
            using var manifest = new ByteBuffer();
            RecordFiles.Manifest(Contents.Of(module, sevenD, inputs, prompt, score, hits), [new(BundleFiles.PromptTxt, default, prompt.Hash)], key.Id, manifest);
        }
    }
}
