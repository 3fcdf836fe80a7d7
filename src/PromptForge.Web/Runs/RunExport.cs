using System.Collections.Immutable;
using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;
using PromptForge.Core.Readiness;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;
using PromptForge.Web.Audit;
using PromptForge.Web.Bundles;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Prompts;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Runs;

/// <summary>A finished run to a bundle, again or in other formats. The same run in the same formats is the same bundle.</summary>
internal sealed class RunExport(Db db, ProductCatalog catalog, StoredRuns runs, EntitlementResolver entitlements, BundleStore store, SigningKey key, TimeProvider clock)
{
    private readonly RunSealer sealer = new(catalog, key);

    public static void Map(WebApplication app) => app.MapOrgGroup("/runs").MapPost("/{run_id:guid}/bundles", PostAsync).ForScope("api.export").Idempotent()
        .WithName("exportRun").WithTags("Bundles").WithSummary("Export a run as a sealed bundle");

    private static async Task<Results<Created<BundleAnswer>, Ok<BundleAnswer>, Problem>> PostAsync(Guid run_id, ExportBody body, OrgAccess org, AuditActor actor, RunExport export, CancellationToken ct)
    {
        var faults = new List<Fault>();
        var formats = RunReader.Formats(body.Formats, faults);
        if (faults.Count > 0)
            return Problem.Of(ApiError.InputInvalid, faults);
        var (bundle, made) = await export.ExportAsync(org, run_id, formats, actor, ct);
        return made ? TypedResults.Created(BundleAnswer.Url(org.OrgId, bundle.BundleId, BundleFiles.Manifest), bundle) : TypedResults.Ok(bundle);
    }

    /// <summary>The whole run with its newest bundle, or with what stands in an export's way.</summary>
    public async Task<RunAnswer> AnswerAsync(StoredRun run, Guid? userId, CancellationToken ct)
    {
        if (run.Status != "success")
            return run.Answer(null, []);
        var bundle = await db.InOrgAsync(run.OrgId, userId, (scope, token) => NewestAsync(scope, run.OrgId, run.Id, null, token), ct);
        return run.Answer(bundle?.Answer, bundle is not null ? [] : [.. Evaluate(run).Faults.Select(f => new WithheldAnswer(f.Code, f.Where, f.Message))]);
    }

    /// <exception cref="RefusedException">The plan, the score, the guardrails or the definition of done stand in the way.</exception>
    private async Task<(BundleAnswer Bundle, bool Made)> ExportAsync(OrgAccess org, Guid runId, BundleFormats? asked, AuditActor actor, CancellationToken ct)
    {
        var run = await runs.FindAsync(org.OrgId, org.UserId, runId, ct) ?? throw new RefusedException(new(ApiError.NotFound));
        var rights = await entitlements.OfAsync(org.OrgId, org.UserId, ct);
        var formats = asked ?? rights.Formats;
        if (rights.Refusal(formats, catalog) is { } refusal)
            throw new RefusedException(refusal);
        RunStates.Finished(run);
        if (await db.InOrgAsync(org.OrgId, org.UserId, (scope, token) => NewestAsync(scope, org.OrgId, runId, (formats, run.ScoredAt), token), ct) is { } known)
            return (known.Answer, false);

        var evaluated = Evaluate(run);
        if (!evaluated.Ok)
            throw new RefusedException(Refused(run, evaluated.Faults));
        var sealed_ = sealer.Seal(evaluated.Value.Request, evaluated.Value.Result with { Formats = formats, BundleId = Guid.CreateVersion7(clock.GetUtcNow()) }, evaluated.Value.Contract, rights.Trial);
        return await db.InOrgAsync(org.OrgId, org.UserId, async (scope, token) =>
        {
            // Two at once take turns, and the second finds what the first has made: the same bytes under the same key.
            if (await scope.QuerySingleAsync<DateTimeOffset?>("select output_at from runs where org_id = @Org and id = @Run for update", new { Org = org.OrgId, Run = runId }, token) != run.OutputAt)
                throw new RefusedException(new(ApiError.StateConflict, "The run's output was repaired meanwhile. Export it again."));
            var there = await scope.QueryAsync<BundleRow>($"select {BundleRow.Columns} from bundles b where b.org_id = @Org and b.run_id = @Run and b.checksum = @Checksum and b.purged_at is null",
                new { Org = org.OrgId, Run = runId, sealed_.Bundle!.Checksum }, token);
            if (there.FirstOrDefault(b => b.Formats.ToHashSet().SetEquals(Names(formats))) is { } same)
                return (same.Answer, false);
            // With the zip or without it, the object is the same one.
            if (there.Count == 0)
                await store.SaveAsync(sealed_.StoreKey!, sealed_.Bundle.Zip, token);
            var row = RunRows.Bundle(evaluated.Value.Request with { UserId = org.UserId }, sealed_.BundleId, runId, sealed_.Bundle, formats, sealed_.StoreKey!, key.Id, sealed_.LicenceNotice!, clock.GetUtcNow());
            await scope.ExecuteAsync(row.Alone, token);
            await AuditLog.WriteAsync(scope, actor, org.OrgId, "bundle.exported", "bundle", sealed_.BundleId.ToString(), new { run_id = runId, formats = Names(formats), checksum = sealed_.Bundle.Checksum }, clock, token);
            return (BundleAnswer.Of(org.OrgId, sealed_.BundleId, sealed_.Bundle, formats), true);
        }, ct);
    }

    /// <summary>The run scored again as it was, and whether it may leave.</summary>
    private Outcome<Evaluated> Evaluate(StoredRun run)
    {
        var request = runs.Request(run);
        if (!request.Ok)
            return request.Faults.ToList();
        var prompt = runs.Compiled(run);
        if (!prompt.Ok)
            return prompt.Faults.ToList();
        var contract = runs.Contract(request.Value);
        var (score, found) = Evaluation.Again(prompt.Value.Text, run.Output, contract);
        if (score.Total != run.Total || Codes<Verdict>.Of(score.Verdict) != run.Verdict)
            return new Fault(Recompiler.Code, "score", "The rules of scoring have changed since. Score the run again (POST .../score), then export it.");
        var blocked = QueuedRequest.Read(run.Request)?.Blocked ?? [];
        ImmutableArray<PolicyHit> hits = [.. blocked, .. found];
        var done = DefinitionOfDone.Check(new(score, Evaluation.Completeness(prompt.Value.Text, run.Output, contract), TelemetrySaved: true));
        var withheld = Exportability.Check(score, hits, request.Value.Anonymise, done);
        if (withheld.Count > 0)
            return withheld.ToList();
        var best = new Attempt(run.Output ?? prompt.Value.Text, score, null);
        var ready = DefinitionOfReady.Check(new(request.Value.Module, request.Value.SevenD, run.Signature, request.Value.Inputs, null));
        return new Evaluated(request.Value, contract, new RunResult(run.Id, prompt.Value, run.Output, new(best, null), hits, ready, done, null, 0, null, [], run.RunTelemetry())
        {
            PromptId = run.PromptId!.Value,
            BundleId = default,
            StartedAt = run.StartedAt,
            FinishedAt = run.FinishedAt!.Value,
        });
    }

    private static Problem Refused(StoredRun run, IReadOnlyList<Fault> faults)
    {
        if (faults.Any(f => f.Code == Recompiler.Code))
            return new(ApiError.StateConflict, faults[0].Message);
        if (faults.Any(f => f.Code == Exportability.ScoreCode))
            return Problem.Of(ApiError.ScoreBelowGate, faults).With("total", run.Total).With("gate", run.Gate).With("verdict", run.Verdict);
        return faults.Any(f => f.Code is Exportability.PiiCode or Exportability.GuardrailCode)
            ? Problem.Of(ApiError.ExportBlocked, faults)
            : Problem.Of(ApiError.DodFailed, faults).With("checks", faults.Select(f => f.Where));
    }

    private static async Task<BundleRow?> NewestAsync(OrgScope scope, Guid orgId, Guid runId, (BundleFormats Formats, DateTimeOffset? Since)? of, CancellationToken ct) =>
        await scope.QueryFirstOrDefaultAsync<BundleRow>($"""
            select {BundleRow.Columns} from bundles b
             where b.org_id = @Org and b.run_id = @Run and b.purged_at is null and (@Formats::text[] is null or (b.formats @> @Formats and b.formats <@ @Formats)) and (@Since::timestamptz is null or b.exported_at >= @Since)
             order by b.id desc limit 1
            """, new { Org = orgId, Run = runId, Formats = of is { } wanted ? Names(wanted.Formats) : null, of?.Since }, ct);

    private static string[] Names(BundleFormats formats) => [.. Exports.Formats.Where(f => f.Value == 0 || formats.HasFlag(f.Value)).Select(f => f.Key)];

    private sealed record Evaluated(RunRequest Request, PromptContract Contract, RunResult Result);
}

/// <param name="Formats">As in a run's request; without it all that the plan exports.</param>
public sealed record ExportBody(IReadOnlyList<string?>? Formats = null);
