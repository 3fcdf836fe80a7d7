using System.CommandLine;
using System.Globalization;
using PromptForge.Client;
using PromptForge.Core;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.SevenD;
using PromptForge.Web.Catalog;

namespace PromptForge.Cli;

/// <summary>`call`: the main job on a server, through its HTTP API; the bundle's files come back.</summary>
internal static class CallVerb
{
    public static Command Create()
    {
        var options = new ModuleOptions();
        var server = new Option<string?>("--server") { Description = "The installation's address (default: as kept by login)", HelpName = "URL" };
        var type = new Option<string>("--type") { Description = "generation: the prompt alone; test: an answer to it, too", DefaultValueFactory = _ => "generation" };
        var formats = new Option<string[]>("--formats") { Description = "md, json, pdf, zip (default: all that the plan exports)", AllowMultipleArgumentsPerToken = true };
        var project = new Option<string?>("--project") { Description = "The slug of a project" };
        var @out = new Option<DirectoryInfo?>("--out") { Description = "Save the bundle's files into this folder", HelpName = "DIR" };
        var verb = new Command("call", "Run a module on a server, with an API key.\n\nExample: ./forge call M07 --example --domain fintech --urgency crisis --out out") { server, type, formats, project, @out };
        options.AddTo(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            var credentials = Credentials.Load(parsed.GetValue(server));
            var catalog = await CatalogFolder.LoadAsync(null, cancel);
            if (credentials.Faults.Concat(catalog.Faults).ToList() is { Count: > 0 } missing)
                return Report.Faults(missing);
            var request = await options.ReadAsync(parsed, catalog.Value, cancel);
            if (!request.Ok)
                return Report.Faults(request.Faults);
            using var client = new PromptForgeClient(credentials.Value.Server, credentials.Value.Key);
            return await Remote.AskAsync(async () =>
            {
                var run = await client.RunAsync(request.Value.Module.Id, Body(request.Value, parsed.GetValue(type)!, parsed.GetValue(formats), parsed.GetValue(project)), cancel: cancel);
                Print(run, parsed.InvocationConfiguration.Output);
                if (run.Bundle is not null && parsed.GetValue(@out) is { } folder)
                {
                    if (await SaveAsync(client, run.Bundle, folder, cancel) is { } unsaved)
                        return Report.Faults([unsaved]);
                    parsed.InvocationConfiguration.Output.WriteLine($"  verify      ./forge verify {Quoted(folder)}  (on another machine than the server's: --issuer-key with its issuer.pub)");
                }

                return run.Bundle is null ? Report.Faults([.. run.Withheld.Select(w => new Fault(w.Code, w.Where, w.Detail))]) : 0;
            });
        });
        return verb;
    }

    private static RunRequest Body(ModuleRequest request, string type, string[]? formats, string? project)
    {
        var set = request.SevenD.Set;
        return new RunRequest
        {
            SevenD = new SevenD(set.Domain, set.Scale.Code(), set.Urgency.Code(), set.Complexity.Code(), set.Resources.Code(), set.Application.Code(), [.. set.Outputs.Select(o => o.Code())]),
            Inputs = request.Inputs.Values.ToDictionary(v => v.Key, v => (object?)v.Value),
            Type = type,
            Language = Codes<Language>.Of(request.Language),
            Project = project,
            Formats = formats is { Length: > 0 } ? [.. formats.SelectMany(f => f.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))] : null,
        };
    }

    private static void Print(Run run, TextWriter to)
    {
        to.WriteLine($"{run.Module.ModuleId} {run.Module.Version}  run {run.RunId}  {run.Status}{(run.Telemetry is { Simulated: true } ? "  SIMULATED: no model was called" : "")}");
        if (run.Score is { } score)
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  score       {score.Total} of 100, {score.Verdict.Replace('_', ' ')} (gate {score.Gate}): clarity {score.Clarity}, execution {score.Execution}, ambiguity {score.Ambiguity}, alignment {score.Alignment}, business fit {score.BusinessFit}"));
        if (run.Prompt is { } prompt)
            to.WriteLine($"  prompt      {prompt.PromptId}  sha256 {prompt.Hash[..12]}");
        if (run.Bundle is { } bundle)
            to.WriteLine($"  bundle      {bundle.BundleId}  {bundle.Checksum}\n  files       {string.Join(' ', bundle.Files.Select(f => f.Name))}");
        if (run.Telemetry is { } used)
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  took        {used.TtaSeconds:0.0##} s, {used.TokensIn + used.TokensOut} tokens, cost {(used.CostUsd is { } cost ? cost.ToString("0.######", CultureInfo.InvariantCulture) + " USD" : "unknown")}"));
    }

    private static async Task<Fault?> SaveAsync(PromptForgeClient client, Bundle bundle, DirectoryInfo folder, CancellationToken cancel)
    {
        try
        {
            folder.Create();
            // What an earlier bundle left would make this one look changed.
            foreach (var left in folder.EnumerateFiles().Where(f => BundleFiles.IsName(f.Name)))
                left.Delete();
            foreach (var file in bundle.Files)
                await File.WriteAllBytesAsync(Path.Combine(folder.FullName, Path.GetFileName(file.Name)), await client.DownloadAsync(file.Url, cancel), cancel);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Fault("OUT_NOT_WRITABLE", folder.FullName, $"This folder cannot be written ({e.GetType().Name}). The run is done and the server keeps its bundle {bundle.BundleId}; download it there, or name another folder.");
        }
    }

    private static string Quoted(DirectoryInfo folder) => Path.GetRelativePath(Environment.CurrentDirectory, folder.FullName) is var near && near.Contains(' ', StringComparison.Ordinal) ? $"'{near}'" : near;
}
