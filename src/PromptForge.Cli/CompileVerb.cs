using System.CommandLine;
using PromptForge.Core.Prompting;
using PromptForge.Web.Catalog;

namespace PromptForge.Cli;

/// <summary>`compile`: module, 7D and inputs to a prompt, without a database.</summary>
internal static class CompileVerb
{
    public static Command Create()
    {
        var options = new ModuleOptions();
        var folder = new Option<string?>("--catalog") { Description = "The catalogue folder (default: the one beside this program)" };
        var explain = new Option<bool>("--explain") { Description = "Print each line with its causes" };
        var verb = new Command("compile", "Compile a prompt and print it.\nExample: ./forge compile M07 --example --domain fintech --urgency crisis --explain") { folder, explain };
        options.AddTo(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            var catalog = await CatalogFolder.LoadAsync(parsed.GetValue(folder), cancel);
            if (!catalog.Ok)
                return Report.Faults(catalog.Faults, Report.OurFault);
            var request = await options.ReadAsync(parsed, catalog.Value, cancel);
            if (!request.Ok)
                return Report.Faults(request.Faults);
            var r = request.Value;
            var prompt = new PromptCompiler(catalog.Value).Compile(r.Module, r.SevenD.Set, r.Inputs, r.Language);
            if (parsed.GetValue(explain))
                Explain(prompt);
            else
                Console.Out.Write(prompt.Text);
            return 0;
        });
        return verb;
    }

    private static void Explain(CompiledPrompt prompt)
    {
        var section = (Section)(-1);
        foreach (var line in prompt.Lines)
        {
            if (line.Section != section)
                Console.WriteLine($"\n## {(section = line.Section).Name()}");
            Console.WriteLine(line.Text);
            Console.WriteLine($"      <- {string.Join("; ", line.Causes)}");
        }
    }
}
