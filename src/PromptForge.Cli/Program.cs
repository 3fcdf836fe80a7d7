using System.CommandLine;
using PromptForge.Cli;
using PromptForge.Core;

var root = new RootCommand("PromptForge: compile, compare and verify prompts without a server, or run them on one.")
{
    CallVerb.Create(),
    CompileVerb.Create(),
    DiffVerb.Create(),
    LintVerb.Create(),
    LoginVerb.Create(),
    ModulesVerb.Create(),
    VerifyVerb.Create(),
};
var parsed = root.Parse(args);
if (Usage.Fault(parsed) is { } wrong)
    return Report.Faults([new Fault("USAGE", "", wrong)]);
try
{
    return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false });
}
catch (Exception e)
{
    // The message of an exception may hold a client's text.
    return Report.Faults([new Fault("INTERNAL", "", $"{e.GetType().Name} in {e.TargetSite?.DeclaringType?.Name}. This is a defect; report it with this line.")], Report.OurFault);
}
