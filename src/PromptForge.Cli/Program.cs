using System.CommandLine;
using PromptForge.Cli;

var root = new RootCommand("PromptForge: compile, compare and verify prompts without a server.")
{
    CompileVerb.Create(),
    DiffVerb.Create(),
    LintVerb.Create(),
    ModulesVerb.Create(),
    VerifyVerb.Create(),
};
return await root.Parse(args).InvokeAsync();
