using System.CommandLine;
using PromptForge.Core;
using PromptForge.Core.Catalog;
using PromptForge.Core.SevenD;
using PromptForge.Web.Catalog;

namespace PromptForge.Cli;

/// <summary>`modules`: what there is to compile, and what one module takes and gives.</summary>
internal static class ModulesVerb
{
    public static Command Create()
    {
        var id = new Argument<string?>("module") { Description = "One module, such as M07; without it all are listed", Arity = ArgumentArity.ZeroOrOne };
        var folder = new Option<string?>("--catalog") { Description = "The catalogue folder (default: the one beside this program)" };
        var verb = new Command("modules", "List the modules, or one module's inputs and outputs; and the domains.\nExample: ./forge modules M07") { id, folder };
        verb.SetAction(async (parsed, cancel) =>
        {
            var catalog = await CatalogFolder.LoadAsync(parsed.GetValue(folder), cancel);
            if (!catalog.Ok)
                return Report.Faults(catalog.Faults);
            var to = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(id) is not { } wanted)
                All(catalog.Value, to);
            else if (catalog.Value.FindModule(wanted) is { } module)
                One(module, to);
            else
                return Report.Faults([new Fault("MODULE_NOT_FOUND", "module", $"There is no module \"{SevenDParser.Short(wanted)}\". Modules are M01 to M{catalog.Value.Modules.Length:00}.")]);
            return 0;
        });
        return verb;
    }

    private static void All(ProductCatalog catalog, TextWriter to)
    {
        foreach (var module in catalog.Modules)
            to.WriteLine($"{module.Id}  {module.Name}");
        to.WriteLine($"\ndomains: {string.Join(", ", catalog.DomainCodes)}");
    }

    private static void One(Module module, TextWriter to)
    {
        to.WriteLine($"{module.Id} {module.Version}  {module.Name}");
        to.WriteLine(module.En.Purpose);
        to.WriteLine("\ninputs (--input key=value)");
        foreach (var input in module.Inputs)
            to.WriteLine($"  {input.Key,-20} {Codes<InputType>.Of(input.Type)}{(input.Required ? "" : ", optional")}{(input.Options.IsEmpty ? "" : $": {string.Join(" | ", input.Options)}")}. {module.En.Inputs[input.Key]}");
        to.WriteLine("\noutput fields");
        foreach (var field in module.Fields)
            to.WriteLine($"  {field.Name,-20} {Codes<FieldType>.Of(field.Type)}{(field.Required ? "" : ", optional")}. {module.En.Fields[field.Name]}");
    }
}
