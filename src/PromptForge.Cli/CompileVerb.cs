using System.CommandLine;
using PromptForge.Core;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;
using PromptForge.Web.Catalog;

namespace PromptForge.Cli;

/// <summary>`compile`: module, 7D and inputs to a prompt, without a database; or the prompt of a bundle once more. Exit status 1: the bundle's prompt cannot be repeated.</summary>
internal static class CompileVerb
{
    private const int Drifted = 1;

    public static Command Create()
    {
        var options = new ModuleOptions();
        var folder = new Option<string?>("--catalog") { Description = "The catalogue folder (default: the one beside this program)" };
        var explain = new Option<bool>("--explain") { Description = "Print each line with its causes" };
        var from = new Option<string?>("--from") { Description = "Compile a bundle's prompt again from its lock, and compare" };
        var verb = new Command("compile", "Compile a prompt and print it.\nExample: ./forge compile M07 --example --domain fintech --urgency crisis --explain\nExample: ./forge compile --from bundle-M07-1a2b3c4d5e6f.zip") { folder, explain, from };
        options.AddTo(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            var catalog = await CatalogFolder.LoadAsync(parsed.GetValue(folder), cancel);
            if (!catalog.Ok)
                return Report.Faults(catalog.Faults);
            var to = parsed.InvocationConfiguration.Output;
            var compiler = new PromptCompiler(catalog.Value);
            if (parsed.GetValue(from) is { } bundle)
            {
                if (options.NamesModule(parsed))
                    return Report.Faults([new Fault("USAGE", "--from", "A bundle names its own module: give either a module or --from.")]);
                return await AgainAsync(bundle, catalog.Value, compiler, parsed.GetValue(explain), to, cancel);
            }

            var request = await options.ReadAsync(parsed, catalog.Value, cancel);
            if (!request.Ok)
                return Report.Faults(request.Faults);
            var r = request.Value;
            Print(compiler.Compile(r.Module, r.SevenD.Set, r.Inputs, r.Language), parsed.GetValue(explain), to);
            return 0;
        });
        return verb;
    }

    private static async Task<int> AgainAsync(string path, ProductCatalog catalog, PromptCompiler compiler, bool explain, TextWriter to, CancellationToken cancel)
    {
        var record = await BundlePrompt.ReadAsync(path, cancel);
        if (!record.Ok)
            return Report.Faults(record.Faults);
        var then = record.Value.Prompt;
        var module = catalog.FindModule(then.Lock.Module.Name);
        if (module is null || catalog.FindDomain(then.Lock.Domain.Name) is null)
            return Report.Faults([new Fault("LOCK_UNKNOWN", path, $"This catalogue has no module {then.Lock.Module.Name} or no domain {then.Lock.Domain.Name}. Use the catalogue that made the bundle, with --catalog.")]);
        var inputs = InputReader.Read(record.Value.Inputs, module.Inputs, catalog.Ruleset.Limits);
        if (!inputs.Ok)
            return Report.Faults(inputs.Faults);
        var now = compiler.Compile(module, then.Lock.SevenD, inputs.Value, then.Lock.Language);
        if (now.Hash == then.Hash)
        {
            Print(now, explain, to);
            Console.Error.WriteLine($"same bytes: sha256 {now.Hash}");
            return 0;
        }

        Console.Error.WriteLine($"not the same bytes: the bundle has sha256 {then.Hash}, this catalogue gives {now.Hash}");
        foreach (var drift in PromptRecord.Drift(then.Lock, now.Lock))
            Console.Error.WriteLine($"  changed since: {drift}");
        foreach (var change in PromptDiff.Compare(then, now))
            Console.Error.WriteLine($"  {change.Cause} changed {change.Lines.Length} lines: {string.Join(", ", change.Lines.Select(l => l.Key).Take(6))}");
        return Drifted;
    }

    private static void Print(CompiledPrompt prompt, bool explain, TextWriter to)
    {
        if (!explain)
        {
            to.Write(prompt.Text);
            return;
        }

        var section = (Section)(-1);
        foreach (var line in prompt.Lines)
        {
            if (line.Section != section)
                to.WriteLine($"{(section < 0 ? "" : "\n")}## {(section = line.Section).Name()}");
            to.WriteLine(line.Text);
            to.WriteLine($"      <- {string.Join("; ", line.Causes)}");
        }
    }
}
