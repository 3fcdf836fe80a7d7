using System.CommandLine;
using System.Text.Json;
using PromptForge.Core.Prompting;

namespace PromptForge.Cli;

/// <summary>`diff`: two bundles' prompts, every differing line put down to its cause. Exit status 0 same, 1 different.</summary>
internal static class DiffVerb
{
    public static Command Create()
    {
        var old = new Argument<string>("old") { Description = "A bundle: its zip, or the folder it was unpacked into" };
        var @new = new Argument<string>("new") { Description = "Another one" };
        var brief = new Option<bool>("--brief") { Description = "Only the causes and how many lines each changed" };
        var json = new Option<bool>("--json") { Description = "Print the changes as JSON" };
        var verb = new Command("diff", "Explain how two prompts differ, by cause.\nExample: ./forge diff planned.zip crisis.zip") { old, @new, brief, json };
        verb.SetAction(async (parsed, cancel) =>
        {
            var a = await BundlePrompt.ReadAsync(parsed.GetValue(old)!, cancel);
            var b = await BundlePrompt.ReadAsync(parsed.GetValue(@new)!, cancel);
            if (!a.Ok || !b.Ok)
                return Report.Faults([.. a.Faults, .. b.Faults]);
            var changes = PromptDiff.Compare(a.Value.Prompt, b.Value.Prompt);
            var to = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                to.WriteLine(JsonSerializer.Serialize(changes.Select(c => new { cause = c.Cause, lines = c.Lines.Select(l => new { section = l.Section.Name(), key = l.Key, old = l.Old, @new = l.New }) })));
                return changes.IsEmpty ? 0 : 1;
            }

            if (changes.IsEmpty)
            {
                to.WriteLine("the prompts are the same");
                return 0;
            }

            foreach (var change in changes)
            {
                to.WriteLine($"{change.Cause} changed {change.Lines.Length} {(change.Lines.Length == 1 ? "line" : "lines")}");
                foreach (var line in parsed.GetValue(brief) ? [] : change.Lines)
                {
                    to.WriteLine($"  {line.Section.Name()} {line.Key}");
                    if (line.Old is not null)
                        to.WriteLine($"    - {line.Old}");
                    if (line.New is not null)
                        to.WriteLine($"    + {line.New}");
                }
            }

            return 1;
        });
        return verb;
    }
}
