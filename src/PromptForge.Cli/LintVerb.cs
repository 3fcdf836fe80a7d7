using System.CommandLine;
using PromptForge.Core.Prompting;
using PromptForge.Web.Catalog;

namespace PromptForge.Cli;

/// <summary>`lint`: the catalogue alone, every fault with file and line.</summary>
internal static class LintVerb
{
    public static Command Create()
    {
        var folder = new Option<string?>("--catalog") { Description = "The catalogue folder (default: the one beside this program)" };
        var verb = new Command("lint", "Check the catalogue: schemas, wording rules, cross references, and that no compiled prompt says a thing twice.\nExample: ./forge lint") { folder };
        verb.SetAction(async (parsed, cancel) =>
        {
            var catalog = await CatalogFolder.LoadAsync(parsed.GetValue(folder), cancel);
            if (!catalog.Ok)
            {
                Report.Faults(catalog.Faults);
                Console.Error.WriteLine($"{catalog.Faults.Count} faults");
                return Report.CallerFault;
            }

            var c = catalog.Value;
            var wording = PromptLint.Check(c);
            if (wording.Count > 0)
            {
                Report.Faults(wording);
                Console.Error.WriteLine($"{wording.Count} faults");
                return Report.CallerFault;
            }

            Console.WriteLine($"ok: {c.Modules.Length} modules, {c.Domains.Length} domains, {c.Packs.Length} packs, {c.Models.Length} models, ruleset {c.Ruleset.Version}");
            return 0;
        });
        return verb;
    }
}
