using System.Collections.Concurrent;
using System.Collections.Immutable;
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
using PromptForge.Web.Limits;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Runs;

/// <summary>The main job: admit, ready, compile, execute, score, tighten once, done, seal, record.</summary>
internal sealed class RunPipeline(ProductCatalog catalog, PromptCompiler compiler, EntitlementResolver entitlements, Db db, RunLeases leases, BundleStore store, SigningKey key, TimeProvider clock)
{
    private const string NoModel = "none";

    private const int MaxKnownSets = 100_000;

    /// <summary>Parameter sets that are in the database for certain, so that a run need not send them again.</summary>
    private readonly ConcurrentDictionary<Guid, bool> parameterSets = [];

    private readonly string owner = $"{Environment.MachineName}/{Environment.ProcessId}";
    private readonly RunWriter writer = new(db, store);
    private readonly RunSealer sealer = new(catalog, key);
    private readonly RunLimits limits = new(catalog);

    /// <returns>The run, stored whole; or why it may not run, and then nothing is stored.</returns>
    /// <exception cref="PlatformException">The disk or the database failed; a bundle is then in the store without a row, or not at all.</exception>
    /// <exception cref="RefusedException">The org has as many runs at work as it may; nothing is stored.</exception>
    public async Task<Outcome<RunResult>> RunAsync(RunRequest request, CancellationToken ct)
    {
        var admitted = await AdmitAsync(request, ct);
        if (!admitted.Ok)
            return admitted.Faults.ToList();
        var (run, ids) = (admitted.Value, NewIds(request));
        if (request.Type == RunType.Generation)
            return await FinishAsync(run, ids, ct);

        var lease = new RunLease(owner, 1);
        ids = ids with { Lease = lease };
        try
        {
            await JournalAsync(run, ids, ct);
            return await leases.HoldAsync(request.OrgId, ids.Run, lease, token => FinishAsync(run, ids, token), ct);
        }
        catch (Exception e) when (e is not RefusedException && !RunLeases.IsLost(e))
        {
            await EndBadlyAsync(request.OrgId, request.UserId, ids, e);
            throw;
        }
    }

    /// <summary>Stores a run that waits; a worker of any node executes it.</summary>
    /// <returns>The run's id; or why it may not run, and then nothing is stored.</returns>
    /// <exception cref="RefusedException">The org has as many runs at work as it may; nothing is stored.</exception>
    public async Task<Outcome<Guid>> QueueAsync(RunRequest request, CancellationToken ct)
    {
        var admitted = await AdmitAsync(request, ct);
        if (!admitted.Ok)
            return admitted.Faults.ToList();
        var (run, ids) = (admitted.Value, NewIds(request));
        await JournalAsync(run, ids, ct);
        return ids.Run;
    }

    /// <summary>Executes a run that this node has claimed, from what was stored of it.</summary>
    /// <exception cref="PlatformException">RUN_LOST: it was canceled or taken over, and nothing of this attempt is stored.</exception>
    internal async Task<RunResult> ResumeAsync(RunRequest request, CompiledPrompt prompt, RunIds ids, IReadOnlyList<PolicyHit> blocked, CancellationToken ct)
    {
        var rights = await entitlements.OfAsync(request.OrgId, request.UserId, ct);
        return await FinishAsync(new(request, rights, request.Formats ?? rights.Formats, Ready(request, null), blocked, Contract(request), prompt), ids, ct);
    }

    private async Task<Outcome<Admitted>> AdmitAsync(RunRequest request, CancellationToken ct)
    {
        var rights = await entitlements.OfAsync(request.OrgId, request.UserId, ct);
        var formats = request.Formats ?? rights.Formats;
        var refusals = rights.Refusals(request.Module, formats, catalog);
        var ready = Ready(request, refusals.Count == 0 ? null : string.Join(" ", refusals.Select(r => r.Message)));
        if (!ready.Passed)
            return refusals.Concat(ready.Faults.Where(f => f.Code != DefinitionOfReady.EntitlementCode)).ToList();

        IReadOnlyList<PolicyHit> blocked = [];
        if (request.Anonymise)
            (request, blocked) = Mask(request);
        return new Admitted(request, rights, formats, ready, blocked, Contract(request), compiler.Compile(request.Module, request.SevenD.Set, request.Inputs, request.Language));
    }

    private static Checklist Ready(RunRequest request, string? entitlement) => DefinitionOfReady.Check(new(request.Module, request.SevenD, request.SevenD.Set.Signature, request.Inputs, entitlement));

    private PromptContract Contract(RunRequest request) => PromptContract.Of(catalog, request.Module, request.SevenD.Set, request.Language, request.Inputs);

    private RunIds NewIds(RunRequest request)
    {
        var now = clock.GetUtcNow();
        return new(Guid.CreateVersion7(now), Guid.CreateVersion7(now), RunRows.ParameterSetId(request.OrgId, request.SevenD.Set), now);
    }

    /// <summary>Execute, score, tighten once, done, seal, record.</summary>
    private async Task<RunResult> FinishAsync(Admitted run, RunIds ids, CancellationToken ct)
    {
        var (request, contract, prompt) = (run.Request, run.Contract, run.Prompt);
        // A generation run calls no model: what is scored and sold is the prompt itself.
        var output = request.Type == RunType.Generation ? null : OfflineProvider.Complete(contract);
        var (evaluation, found) = Evaluation.Run(prompt.Text, output, contract);
        if (output is not null)
            output = evaluation.Best.Text;
        ImmutableArray<PolicyHit> hits = [.. run.Blocked, .. found];

        var finished = Later(clock.GetUtcNow(), ids.StartedAt);
        var done = DefinitionOfDone.Check(new(evaluation.Best.Score, Evaluation.Completeness(prompt.Text, output, contract), TelemetrySaved: true));
        var withheld = Exportability.Check(evaluation.Best.Score, hits, request.Anonymise, done);
        var result = new RunResult(ids.Run, prompt, output, evaluation, hits, run.Ready, done, null, run.Formats, null, withheld, Telemetry(output is not null, evaluation, ids.StartedAt, finished))
        {
            PromptId = ids.Prompt,
            BundleId = Guid.CreateVersion7(finished),
            StartedAt = ids.StartedAt,
            FinishedAt = finished,
        };
        if (withheld.Count == 0)
            result = sealer.Seal(request, result, contract, run.Rights.Trial);
        await RecordAsync(run, ids, result, ct);
        return result;
    }

    /// <summary>A run that calls a model, or waits, is written down before it is executed, so that one which a crash cut off is seen, with its prompt, and can be taken over.</summary>
    /// <exception cref="RefusedException">The org has as many runs as it may.</exception>
    private async Task JournalAsync(Admitted run, RunIds ids, CancellationToken ct)
    {
        var (request, prompt) = (run.Request, run.Prompt);
        var model = request.Type == RunType.Generation ? NoModel : OfflineProvider.Model;
        var asked = QueuedRequest.Of(run.Formats, request.Anonymise, run.Blocked);
        try
        {
            await writer.WriteAsync(new(request.OrgId, request.UserId,
            [
                // The offline provider answers all that is asked: what it says is simulated, and no live run.
                limits.Admission(request.OrgId, ids.Run, live: false, run.Rights),
                RunRows.ParameterSet(request.OrgId, ids.Set, request.SevenD), RunRows.Prompt(request, ids.Prompt, ids.Set, prompt, ids.StartedAt),
                ids.Lease is { } lease ? RunRows.StartedRun(request, ids, prompt, model, asked, lease) : RunRows.QueuedRun(request, ids, prompt, model, asked), .. Bound(request, ids.Run),
            ], StoreKey: null), ct);
        }
        catch (PlatformException e) when (e.SqlState == RunLimits.FullState)
        {
            throw new RefusedException(limits.Refusal(e, run.Rights));
        }
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
    internal async Task EndBadlyAsync(Guid orgId, Guid? userId, RunIds ids, Exception reason)
    {
        if (ids.Lease is not { } lease)
            return;
        try
        {
            await db.BatchInOrgAsync(orgId, userId, [RunRows.FailedRun(orgId, ids.Run, reason is OperationCanceledException ? "canceled" : "error", (reason as PlatformException)?.Code ?? (reason is OperationCanceledException ? "CANCELED" : "INTERNAL"), lease, Later(clock.GetUtcNow(), ids.StartedAt))], repeatable: true, CancellationToken.None);
        }
        catch (PlatformException)
        {
            // The first failure is the one to report.
        }
    }

    /// <summary>Files first, then every row in one transaction.</summary>
    private async Task RecordAsync(Admitted run, RunIds ids, RunResult result, CancellationToken ct)
    {
        var (request, finished) = (run.Request, result.FinishedAt);
        if (result.Bundle is not null)
            await store.SaveAsync(result.StoreKey!, result.Bundle.Zip, ct);

        var outcome = new RunOutcome(result.Prompt, result.Output, result.Telemetry, RunTelemetryJson.Of(request, result), RunTelemetryJson.Of(result.Ready), RunTelemetryJson.Of(result.Done), finished);
        if (parameterSets.Count > MaxKnownSets)
            parameterSets.Clear();
        var rows = new List<BulkRow>(9);
        if (!parameterSets.ContainsKey(ids.Set))
            rows.Add(RunRows.ParameterSet(request.OrgId, ids.Set, request.SevenD));
        if (ids.Lease is { } lease)
            rows.AddRange([RunRows.Hold(request.OrgId, ids.Run, lease), RunRows.EndedRun(request, ids, outcome)]);
        else
            rows.AddRange([.. Bound(request, ids.Run), RunRows.Prompt(request, ids.Prompt, ids.Set, result.Prompt, finished), RunRows.FinishedRun(request, ids, outcome, request.Anonymise ? QueuedRequest.Of(run.Formats, true, run.Blocked) : null)]);
        rows.AddRange(RunRows.Scores(request.OrgId, ids.Run, result.Evaluation, finished));
        if (result.Bundle is not null)
            rows.Add(RunRows.Bundle(request, result.BundleId, ids.Run, result.Bundle, result.Formats, result.StoreKey!, key.Id, result.LicenceNotice!, finished));
        if (request.SevenD.Overrides.Length > 0)
            rows.Add(RunRows.OverridesLog(request.OrgId, Guid.CreateVersion7(finished), ids.Run, result.Prompt.Lock.Ruleset.Version, request.SevenD));
        try
        {
            await writer.WriteAsync(new(request.OrgId, request.UserId, rows, result.StoreKey), ct);
            parameterSets[ids.Set] = true;
        }
        catch (PlatformException e) when (e.SqlState == RunRows.LostState)
        {
            throw RunLeases.IsOthers(e);
        }
        catch (PlatformException e) when (e.SqlState is not null)
        {
            // What this node thought was stored may be gone (a restored backup): the next run writes it again.
            parameterSets.Clear();
            throw;
        }
    }

    /// <summary>In the run's first transaction, so that from then on its idempotency key leads to it.</summary>
    private static IEnumerable<BulkRow> Bound(RunRequest request, Guid runId) => request.Once is { } once ? [once.Bind(runId)] : [];

    private static RunTelemetry Telemetry(bool simulated, Repaired evaluation, DateTimeOffset started, DateTimeOffset finished) => new()
    {
        Model = simulated ? OfflineProvider.Model : NoModel,
        Simulated = simulated,
        CostUsd = 0,
        DurationMs = (long)(finished - started).TotalMilliseconds,
        TtaSeconds = Math.Round((decimal)(finished - started).TotalSeconds, 3),
        TightenOnceApplied = evaluation.TightenOnceApplied,
    };

    // A clock that was set back during the run must not make it end before it began.
    private static DateTimeOffset Later(DateTimeOffset now, DateTimeOffset started) => now < started ? started : now;

    /// <summary>A run that may run, with all that it is made of.</summary>
    private sealed record Admitted(RunRequest Request, Rights Rights, BundleFormats Formats, Checklist Ready, IReadOnlyList<PolicyHit> Blocked, PromptContract Contract, CompiledPrompt Prompt);
}
