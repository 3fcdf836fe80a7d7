using System.CommandLine;
using PromptForge.Client;
using PromptForge.Core;
using PromptForge.Core.ApiKeys;

namespace PromptForge.Cli;

/// <summary>`login`: keeps a server's address and an API key for `call`, after trying them.</summary>
internal static class LoginVerb
{
    public static Command Create()
    {
        var server = new Option<string>("--server") { Description = "The installation's address, https:// (http:// on this machine only)", Required = true, HelpName = "URL" };
        var verb = new Command("login", $"Keep an API key for a server. The key is read from standard input, so that it stands in no history and no process list.\n\nExample: ./forge login --server https://forge.example.com < key.txt\nWithout keeping anything: set {Credentials.ServerVariable} and {Credentials.KeyVariable}.") { server };
        verb.SetAction(async (parsed, cancel) =>
        {
            if (Credentials.ParseServer(parsed.GetValue(server)!) is not { } uri)
                return Report.Faults([new Fault("USAGE", "--server", "Write the address as https://forge.example.com.")]);
            var key = ReadKey()?.Trim();
            if (string.IsNullOrEmpty(key))
                return Report.Faults([new Fault("USAGE", "", "No key came on standard input.")]);
            // What asks the server is public: a text that is no key would go through.
            if (!ApiKeyText.IsWellFormed(key))
                return Report.Faults([new Fault("API_KEY_INVALID", "", $"What came on standard input is no API key: one begins with pf_live_ or pf_test_ and has {ApiKeyText.Length} characters. Copy the whole key from where it was made.")]);
            using var client = new PromptForgeClient(uri, key);
            return await Remote.AskAsync(async () =>
            {
                var ruleset = await client.Catalogue.RulesetAsync(cancel);
                var path = new Credentials(uri, key).Save();
                if (!path.Ok)
                    return Report.Faults(path.Faults);
                parsed.InvocationConfiguration.Output.WriteLine($"The key works at {uri} (ruleset {ruleset.Version}) and is kept in {path.Value}. Next: ./forge call M07 --example");
                return 0;
            });
        });
        return verb;
    }

    private static string? ReadKey()
    {
        if (Console.IsInputRedirected)
            return Console.In.ReadLine();
        Console.Error.Write("API key: ");
        var key = new System.Text.StringBuilder();
        for (var pressed = Console.ReadKey(intercept: true); pressed.Key != ConsoleKey.Enter; pressed = Console.ReadKey(intercept: true))
        {
            if (pressed.Key == ConsoleKey.Backspace)
                key.Length = Math.Max(0, key.Length - 1);
            else
                key.Append(pressed.KeyChar);
        }

        Console.Error.WriteLine();
        return key.ToString();
    }
}
