using System.Globalization;
using PromptForge.Core;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.Offline;
using PromptForge.Core.Prompting;
using PromptForge.Core.Readiness;
using PromptForge.Core.Scoring;
using PromptForge.Web.Bundles;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Runs;

/// <summary>The main job: admit, ready, compile, execute, score, tighten once, done, seal, record.</summary>
public sealed class RunPipeline(ProductCatalog catalog, PromptCompiler compiler, EntitlementResolver entitlements, Db db, BundleStore store, SigningKey key, TimeProvider clock)
{
    /// <summary>How long a journalled run is this node's before another one may take it over.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    private readonly string owner = $"{Environment.MachineName}/{Environment.ProcessId}";
    private readonly IssuerKey issuer = key.Issuer(Issuer.Name);

    /// <returns>The run, stored whole; or why it may not run, and then nothing is stored.</returns>
    /// <exception cref="PlatformException">The disk or the database failed; a bundle is then in the store without a row, or not at all.</exception>
    public async Task<Outcome<RunResult>> RunAsync(RunRequest request, CancellationToken ct)
    {
        var started = clock.GetUtcNow();
        var rights = await entitlements.OfAsync(request.OrgId, request.UserId, ct);
        var formats = request.Formats ?? rights.Formats;
        if (rights.Refusals(request.Module, formats, catalog) is { Count: > 0 } refusals)
            return refusals.ToList();
        var ready = DefinitionOfReady.Check(new(request.Module, request.SevenD, request.SevenD.Set.Signature, request.Inputs, Entitlement: null));
        if (!ready.Passed)
            return ready.Faults.ToList();

        var contract = PromptContract.Of(catalog, request.Module, request.SevenD.Set, request.Language, request.Inputs);
        var prompt = compiler.Compile(request.Module, request.SevenD.Set, request.Inputs, request.Language);
        var ids = new RunIds(Guid.CreateVersion7(started), Guid.CreateVersion7(started), RunRows.ParameterSetId(request.OrgId, request.SevenD.Set), started);
        var output = await ExecuteAsync(request, ids, contract, prompt, ct);
        var evaluation = Evaluation.Run(prompt.Text, output, contract);
        if (output is not null)
            output = evaluation.Best.Text;
        var hits = Evaluation.Hits(prompt, output, contract);

        var finished = Later(clock.GetUtcNow(), started);
        var complete = Evaluation.Completeness(prompt.Text, output, contract);
        var done = DefinitionOfDone.Check(new(evaluation.Best.Score, complete, TelemetrySaved: true));
        var withheld = Exportability.Check(evaluation.Best.Score, hits, anonymised: false, done);
        var result = new RunResult(ids.Run, prompt, output, evaluation, hits, ready, done, null, formats, null, withheld, Telemetry(output is not null, evaluation, started, finished));
        var licence = Licence(request, finished);
        if (withheld.Count == 0)
            result = Seal(request, result, contract, complete, rights, licence, finished);
        await RecordAsync(request, ids, result, licence, finished, ct);
        return result;
    }

    /// <summary>
    /// A generation run calls no model: what is scored and sold is the prompt itself. Any other run is journalled before it is executed, so that a run which a crash
    /// cut off is seen, with its prompt.
    /// </summary>
    private async Task<string?> ExecuteAsync(RunRequest request, RunIds ids, PromptContract contract, CompiledPrompt prompt, CancellationToken ct)
    {
        if (request.Type == RunType.Generation)
            return null;
        await db.BatchInOrgAsync(request.OrgId, request.UserId,
        [
            RunRows.ParameterSet(request.OrgId, ids.Set, request.SevenD), RunRows.Prompt(request, ids.Prompt, ids.Set, prompt, ids.StartedAt),
            RunRows.StartedRun(request, ids, prompt, OfflineProvider.Model, simulated: true, owner, ids.StartedAt + Lease),
        ], repeatable: true, ct);
        return OfflineProvider.Complete(contract);
    }

    private RunResult Seal(RunRequest request, RunResult result, PromptContract contract, string complete, Rights rights, string licence, DateTimeOffset finished)
    {
        var bundle = BundleWriter.Write(new BundleContent
        {
            RunId = result.RunId,
            OrgId = request.OrgId,
            OrgName = request.OrgName,
            Project = request.Project,
            Type = request.Type,
            Module = request.Module,
            DomainName = catalog.FindDomain(request.SevenD.Set.Domain)!.In(request.Language).Name,
            SevenD = request.SevenD,
            Language = request.Language,
            Inputs = request.Inputs.Values,
            Prompt = result.Prompt,
            Output = result.Output,
            ParsedOutput = result.Output is null ? null : OutputReader.Read(result.Output, contract).Fields,
            Score = result.Score,
            PolicyHits = result.Hits,
            Telemetry = result.Telemetry,
            Trial = rights.Trial,
            LicenceNotice = licence,
            Visibility = Visibility.Internal,
            CreatedAt = finished,
        }, result.Formats, key);
        var report = BundleVerifier.Verify(bundle, [issuer]);
        var done = DefinitionOfDone.Check(new(result.Score, complete, TelemetrySaved: true, report.Verdict == BundleVerdict.Valid && report.Checksum == bundle.Checksum, report.Manifest is { LicenceNotice.Length: > 0 }));
        if (!done.Passed)
            throw new InvalidOperationException($"The bundle of run {result.RunId} is not what was sealed: {string.Join(", ", done.Faults.Select(f => f.Code))}.");
        return result with { Done = done, Bundle = bundle, StoreKey = BundleStore.Key(request.OrgId, finished, request.SevenD.Set.Domain, request.Module.Id, result.RunId, bundle.ZipName) };
    }

    /// <summary>Files first, then every row in one transaction.</summary>
    private async Task RecordAsync(RunRequest request, RunIds ids, RunResult result, string licence, DateTimeOffset finished, CancellationToken ct)
    {
        if (result.Bundle is not null)
            await store.SaveAsync(result.StoreKey!, result.Bundle.Zip, ct);
        var outcome = new RunOutcome(result.Prompt, result.Output, result.Telemetry, RunTelemetryJson.Of(request, result), RunTelemetryJson.Of(result.Ready), RunTelemetryJson.Of(result.Done), finished);
        var statements = new List<Statement>(8);
        if (!RunRows.KnowsParameterSet(ids.Set))
            statements.Add(RunRows.ParameterSet(request.OrgId, ids.Set, request.SevenD));
        if (request.Type == RunType.Generation)
            statements.AddRange([RunRows.Prompt(request, ids.Prompt, ids.Set, result.Prompt, finished), RunRows.FinishedRun(request, ids, outcome)]);
        else
            statements.Add(RunRows.EndedRun(request, ids, outcome, owner));
        statements.AddRange(RunRows.Scores(request.OrgId, ids.Run, result.Evaluation, finished));
        if (result.Bundle is not null)
            statements.Add(RunRows.Bundle(request, Guid.CreateVersion7(finished), ids.Run, result.Bundle, result.Formats, result.StoreKey!, key.Id, licence, finished));
        if (request.SevenD.Overrides.Length > 0)
            statements.Add(RunRows.OverridesLog(request.OrgId, Guid.CreateVersion7(finished), ids.Run, result.Prompt.Lock.Ruleset.Version, request.SevenD));
        try
        {
            await db.BatchInOrgAsync(request.OrgId, request.UserId, statements, repeatable: true, ct);
            RunRows.RememberParameterSet(ids.Set);
        }
        catch (PlatformException e) when (e.SqlState is not null && result.StoreKey is not null)
        {
            // The database said no, so nothing refers to the object; when it said nothing at all the rows may be there, and the object stays.
            store.Delete(result.StoreKey);
            throw;
        }
    }

    private static RunTelemetry Telemetry(bool simulated, Repaired evaluation, DateTimeOffset started, DateTimeOffset finished) => new()
    {
        Model = simulated ? OfflineProvider.Model : "none",
        Simulated = simulated,
        CostUsd = 0,
        DurationMs = (long)(finished - started).TotalMilliseconds,
        TtaSeconds = Math.Round((decimal)(finished - started).TotalSeconds, 3),
        TightenOnceApplied = evaluation.TightenOnceApplied,
    };

    private string Licence(RunRequest request, DateTimeOffset at) => catalog.Ruleset.LicenceNotice
        .Replace("{{ year }}", at.Year.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal).Replace("{{ org }}", request.OrgName, StringComparison.Ordinal);

    // A clock that was set back during the run must not make it end before it began.
    private static DateTimeOffset Later(DateTimeOffset now, DateTimeOffset started) => now < started ? started : now;
}
