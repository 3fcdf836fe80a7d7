using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using PromptForge.Core;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.Entitlements;
using PromptForge.Core.Guardrails;
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

    private const int MaxKnownSets = 100_000;

    /// <summary>Parameter sets that are in the database for certain, so that a run need not send them again.</summary>
    private readonly ConcurrentDictionary<Guid, bool> parameterSets = [];

    private readonly string owner = $"{Environment.MachineName}/{Environment.ProcessId}";
    private readonly RunWriter writer = new(db, store);
    private readonly IssuerKey issuer = key.Issuer(Issuer.Name);

    /// <returns>The run, stored whole; or why it may not run, and then nothing is stored.</returns>
    /// <exception cref="PlatformException">The disk or the database failed; a bundle is then in the store without a row, or not at all.</exception>
    public async Task<Outcome<RunResult>> RunAsync(RunRequest request, CancellationToken ct)
    {
        var started = clock.GetUtcNow();
        var rights = await entitlements.OfAsync(request.OrgId, request.UserId, ct);
        var formats = request.Formats ?? rights.Formats;
        var refusals = rights.Refusals(request.Module, formats, catalog);
        var ready = DefinitionOfReady.Check(new(request.Module, request.SevenD, request.SevenD.Set.Signature, request.Inputs, refusals.Count == 0 ? null : string.Join(" ", refusals.Select(r => r.Message))));
        if (!ready.Passed)
            return refusals.Concat(ready.Faults.Where(f => f.Code != DefinitionOfReady.EntitlementCode)).ToList();

        IReadOnlyList<PolicyHit> blocked = [];
        if (request.Anonymise)
            (request, blocked) = Mask(request);
        var contract = PromptContract.Of(catalog, request.Module, request.SevenD.Set, request.Language, request.Inputs);
        var prompt = compiler.Compile(request.Module, request.SevenD.Set, request.Inputs, request.Language);
        var ids = new RunIds(Guid.CreateVersion7(started), Guid.CreateVersion7(started), RunRows.ParameterSetId(request.OrgId, request.SevenD.Set), started);
        try
        {
            var output = await ExecuteAsync(request, ids, contract, prompt, ct);
            return await FinishAsync(request, ids, contract, prompt, output, rights, formats, ready, blocked, ct);
        }
        catch (Exception e) when (request.Type != RunType.Generation)
        {
            await EndBadlyAsync(request, ids, e);
            throw;
        }
    }

    /// <summary>Score, tighten once, done, seal, record.</summary>
    private async Task<RunResult> FinishAsync(
        RunRequest request, RunIds ids, PromptContract contract, CompiledPrompt prompt, string? output, Rights rights, BundleFormats formats, Checklist ready, IReadOnlyList<PolicyHit> blocked, CancellationToken ct)
    {
        var evaluation = Evaluation.Run(prompt.Text, output, contract);
        if (output is not null)
            output = evaluation.Best.Text;
        ImmutableArray<PolicyHit> hits = [.. blocked, .. Evaluation.Hits(prompt, output, contract)];

        var finished = Later(clock.GetUtcNow(), ids.StartedAt);
        var complete = Evaluation.Completeness(prompt.Text, output, contract);
        var done = DefinitionOfDone.Check(new(evaluation.Best.Score, complete, TelemetrySaved: true));
        var withheld = Exportability.Check(evaluation.Best.Score, hits, request.Anonymise, done);
        var result = new RunResult(ids.Run, prompt, output, evaluation, hits, ready, done, null, formats, null, withheld, Telemetry(output is not null, evaluation, ids.StartedAt, finished));
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
        await writer.WriteAsync(new(request.OrgId, request.UserId,
        [
            RunRows.ParameterSet(request.OrgId, ids.Set, request.SevenD), RunRows.Prompt(request, ids.Prompt, ids.Set, prompt, ids.StartedAt),
            RunRows.StartedRun(request, ids, prompt, OfflineProvider.Model, simulated: true, owner, ids.StartedAt + Lease),
        ], StoreKey: null), ct);
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

    private (RunRequest Masked, IReadOnlyList<PolicyHit> Blocked) Mask(RunRequest request)
    {
        var contract = PromptContract.Of(catalog, request.Module, request.SevenD.Set, request.Language, request.Inputs);
        var raw = compiler.Compile(request.Module, request.SevenD.Set, request.Inputs, request.Language);
        // Card numbers, national ids and secrets do not leave, masked or not; all else does, masked with a secret of this org.
        IReadOnlyList<PolicyHit> blocked = [.. GuardrailScanner.ScanPrompt(raw.Text, contract).Where(h => h.Blocks)];
        var salt = SHA256.HashData(key.Sign(request.OrgId.ToByteArray()));
        return (request with { Inputs = request.Inputs.Anonymised(salt) }, blocked);
    }

    /// <summary>A journalled run that cannot go on is ended as such; if even that fails, its lease runs out.</summary>
    private async Task EndBadlyAsync(RunRequest request, RunIds ids, Exception reason)
    {
        try
        {
            await db.BatchInOrgAsync(request.OrgId, request.UserId, [RunRows.FailedRun(request.OrgId, ids.Run, reason is OperationCanceledException ? "canceled" : "error", (reason as PlatformException)?.Code ?? (reason is OperationCanceledException ? "CANCELED" : "INTERNAL"), owner, Later(clock.GetUtcNow(), ids.StartedAt))], repeatable: true, CancellationToken.None);
        }
        catch (PlatformException)
        {
            // The first failure is the one to report.
        }
    }

    /// <summary>Files first, then every row in one transaction.</summary>
    private async Task RecordAsync(RunRequest request, RunIds ids, RunResult result, string licence, DateTimeOffset finished, CancellationToken ct)
    {
        if (result.Bundle is not null)
            await store.SaveAsync(result.StoreKey!, result.Bundle.Zip, ct);

        var outcome = new RunOutcome(result.Prompt, result.Output, result.Telemetry, RunTelemetryJson.Of(request, result), RunTelemetryJson.Of(result.Ready), RunTelemetryJson.Of(result.Done), finished);
        if (parameterSets.Count > MaxKnownSets)
            parameterSets.Clear();
        var rows = new List<BulkRow>(8);
        if (!parameterSets.ContainsKey(ids.Set))
            rows.Add(RunRows.ParameterSet(request.OrgId, ids.Set, request.SevenD));
        if (request.Type == RunType.Generation)
            rows.AddRange([RunRows.Prompt(request, ids.Prompt, ids.Set, result.Prompt, finished), RunRows.FinishedRun(request, ids, outcome)]);
        else
            rows.Add(RunRows.EndedRun(request, ids, outcome, owner));
        rows.AddRange(RunRows.Scores(request.OrgId, ids.Run, result.Evaluation, finished));
        if (result.Bundle is not null)
            rows.Add(RunRows.Bundle(request, Guid.CreateVersion7(finished), ids.Run, result.Bundle, result.Formats, result.StoreKey!, key.Id, licence, finished));
        if (request.SevenD.Overrides.Length > 0)
            rows.Add(RunRows.OverridesLog(request.OrgId, Guid.CreateVersion7(finished), ids.Run, result.Prompt.Lock.Ruleset.Version, request.SevenD));
        try
        {
            await writer.WriteAsync(new(request.OrgId, request.UserId, rows, result.StoreKey), ct);
            parameterSets[ids.Set] = true;
        }
        catch (PlatformException e) when (e.SqlState is not null)
        {
            // What this node thought was stored may be gone (a restored backup): the next run writes it again.
            parameterSets.Clear();
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
