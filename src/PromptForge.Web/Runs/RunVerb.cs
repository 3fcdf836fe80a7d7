using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using PromptForge.Cli;
using PromptForge.Core;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;
using PromptForge.Web.Bundles;
using PromptForge.Web.Catalog;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Platform.Verbs;

namespace PromptForge.Web.Runs;

/// <summary>`run`: the main job from the command line, through the real pipeline and a real database.</summary>
internal static class RunVerb
{
    private const int Withheld = 2;

    public static Command Command()
    {
        var options = new ModuleOptions();
        var data = CommandLine.Data();
        var plan = new Option<string>("--plan") { Description = "The plan of the local organisation: pilot, pro or enterprise", DefaultValueFactory = _ => "enterprise" };
        var type = new Option<string>("--type") { Description = "generation: the prompt alone; test: the prompt and an answer to it (without a model: simulated)", DefaultValueFactory = _ => "generation" };
        var formats = new Option<string[]>("--formats") { Description = "md, json, pdf, zip (default: all that the plan exports)", AllowMultipleArgumentsPerToken = true };
        var project = new Option<string>("--project") { Description = "The project's name in the bundle", DefaultValueFactory = _ => "local" };
        var @out = new Option<DirectoryInfo?>("--out") { Description = "Also unpack the bundle into this folder", HelpName = "DIR" };
        var anonymise = new Option<bool>("--anonymise") { Description = "Mask personal data in the inputs first" };
        var command = new Command("run", "Compiles a prompt, scores it and seals it as a bundle.\n\nExample: ./forge run M07 --example --domain fintech --urgency crisis --out out\nExample: ./forge run M07 --example --input price=\"25k EUR\" --lang ro --type test") { plan, type, formats, project, @out, anonymise, data };
        options.AddTo(command);
        command.SetAction(async (parsed, ct) =>
        {
            var clock = Stopwatch.StartNew();
            var folder = parsed.GetValue(@out);
            if (folder is not null && File.Exists(folder.FullName))
                throw new FaultException([new Fault("OUT_NOT_WRITABLE", folder.FullName, "This is a file. Name a folder with --out.")]);
            var settings = CommandLine.Settings(parsed.GetValue(data));
            await using var runner = await Runner.OpenAsync(settings, ct);
            var request = await RequestAsync(parsed, options, runner, parsed.GetValue(plan)!, parsed.GetValue(type)!, parsed.GetValue(formats), parsed.GetValue(project)!, parsed.GetValue(anonymise), ct);
            var result = await RunAsync(runner.Pipeline, request, ct);
            if (!result.Ok)
                throw new FaultException(result.Faults);
            if (folder is not null && result.Value.Bundle is not null)
                Unpack(result.Value, folder, runner.Store);
            RunReport.Print(request, result.Value, runner.Store, folder, settings, clock.Elapsed, Console.Out);
            foreach (var fault in result.Value.Withheld)
                await Console.Error.WriteLineAsync($"error {fault.Code}: {fault}");
            return result.Value.Bundle is null ? Withheld : 0;
        });
        return command;
    }

    private static async Task<Outcome<RunResult>> RunAsync(RunPipeline pipeline, RunRequest request, CancellationToken ct)
    {
        try
        {
            return await pipeline.RunAsync(request, ct);
        }
        catch (RefusedException e)
        {
            return new Fault(e.Problem.Error.Code, "", e.Problem.Detail);
        }
    }

    private static async Task<RunRequest> RequestAsync(
        ParseResult parsed, ModuleOptions options, Runner runner, string plan, string type, string[]? formats, string project, bool anonymise, CancellationToken ct)
    {
        var faults = new List<Fault>();
        var found = runner.Catalog.FindPlan(plan);
        if (found is null)
            faults.Add(new("PLAN_UNKNOWN", "--plan", $"\"{SevenDParser.Short(plan)}\" is not a plan. Allowed: {string.Join(", ", runner.Catalog.Plans.Select(p => p.Code))}."));
        if (!Codes<RunType>.TryParse(type, out var runType) || runType == RunType.Agent)
            faults.Add(new("RUN_TYPE_UNKNOWN", "--type", $"\"{SevenDParser.Short(type)}\" is not a run type here. Allowed: generation, test."));
        BundleFormats? wanted = null;
        foreach (var name in (formats ?? []).SelectMany(f => f.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)))
        {
            if (Enum.TryParse<BundleFormats>(name, ignoreCase: true, out var format) && Enum.IsDefined(format) && !int.TryParse(name, CultureInfo.InvariantCulture, out _))
                wanted = (wanted ?? 0) | format;
            else
                faults.Add(new("FORMAT_UNKNOWN", "--formats", $"\"{SevenDParser.Short(name)}\" is not a format. Allowed: md, json, pdf, zip; txt is always there."));
        }

        if (project.Length is 0 or > 60 || TextRules.Hidden(project) is not null || project.Contains('\n', StringComparison.Ordinal))
            faults.Add(new("PROJECT_INVALID", "--project", "A project's name has 1 to 60 printable characters."));
        var request = await options.ReadAsync(parsed, runner.Catalog, ct);
        faults.AddRange(request.Faults);
        if (faults.Count > 0)
            throw new FaultException(faults);
        var r = request.Value;
        var org = await LocalOrg.EnsureAsync(runner.Database.Db, runner.Entitlements, found!, TimeProvider.System, ct);
        return new(org, LocalOrg.Name(found!), null, r.Module, r.SevenD, r.Inputs, r.Language, runType, wanted, project, anonymise);
    }

    /// <summary>The bundle that lay in the folder before is replaced, never mixed with the new one.</summary>
    private static void Unpack(RunResult result, DirectoryInfo folder, BundleStore store)
    {
        try
        {
            folder.Create();
            Clear(folder);
            foreach (var file in result.Bundle!.Files)
                File.WriteAllBytes(Path.Combine(folder.FullName, file.Name), file.Content.Span);
            if (result.Formats.HasFlag(BundleFormats.Zip))
                File.WriteAllBytes(Path.Combine(folder.FullName, result.Bundle.ZipName), result.Bundle.Zip.Span);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (folder.Exists)
                Clear(folder);
            throw new FaultException([new Fault("OUT_NOT_WRITABLE", folder.FullName, $"This folder cannot be written ({Regex.Replace(e.Message.TrimEnd('.'), " : .*", "")}). Run {result.RunId} is done and its bundle is stored as {store.PathOf(result.StoreKey!)}; copy it from there, or name another folder.")]);
        }
    }

    private static void Clear(DirectoryInfo folder)
    {
        foreach (var file in folder.EnumerateFiles().Where(f => BundleFiles.IsName(f.Name)))
            file.Delete();
    }

    /// <summary>Everything a run needs, opened once: the database and the catalogue while each other wait.</summary>
    private sealed record Runner(Database Database, ProductCatalog Catalog, EntitlementResolver Entitlements, BundleStore Store, SigningKey Key, RunPipeline Pipeline) : IAsyncDisposable
    {
        public static async Task<Runner> OpenAsync(DatabaseSettings settings, CancellationToken ct)
        {
            var clock = TimeProvider.System;
            var (catalog, database) = await CatalogStart.OpenAsync(Database.OpenAsync(settings, clock, ct), clock, ct);
            try
            {
                // One run reads its rights once, so nothing listens for their changes and nothing is cached.
                var changes = new Changes(database.Db, clock, NullLogger<Changes>.Instance);
                var entitlements = new EntitlementResolver(database.Db, catalog, changes, clock);
                var store = new BundleStore(settings.DataDirectory);
                var key = await Issuer.LoadAsync(settings.DataDirectory, Environment.GetEnvironmentVariable("Bundles__SigningKey"), clock, ct);
                return new(database, catalog, entitlements, store, key, new RunPipeline(catalog, new PromptCompiler(catalog), entitlements, database.Db, new RunLeases(database.Db, new RunSignals(changes)), store, key, clock));
            }
            catch
            {
                await database.DisposeAsync();
                throw;
            }
        }

        public ValueTask DisposeAsync()
        {
            Key.Dispose();
            return Database.DisposeAsync();
        }
    }
}
