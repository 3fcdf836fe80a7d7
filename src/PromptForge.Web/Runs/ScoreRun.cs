using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core;
using PromptForge.Core.Prompting;
using PromptForge.Core.Readiness;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Runs;

/// <summary>
/// POST .../score scores a finished run by the rules of today; POST .../tighten repairs its output once and scores that. Every attempt is kept; of a repair the better of the two texts counts.
/// </summary>
internal static class ScoreRun
{
    public static void Map(WebApplication app)
    {
        var runs = app.MapOrgGroup("/runs");
        runs.MapPost("/{run_id:guid}/score", ScoreAsync).ForScope("api.run").Idempotent().WithName("scoreRun").WithTags("Runs").WithSummary("Score a finished run again");
        runs.MapPost("/{run_id:guid}/tighten", TightenAsync).ForScope("api.run").Idempotent().WithName("tightenRun").WithTags("Runs").WithSummary("Repair a run's output once");
    }

    private static Task<Results<Ok<RunAnswer>, Problem>> ScoreAsync(Guid run_id, OrgAccess org, Db db, StoredRuns runs, RunExport export, TimeProvider clock, CancellationToken ct) =>
        AttemptAsync(run_id, org, db, runs, export, clock, (run, contract) =>
            new(run.Output ?? run.Prompt!, run.Output is null ? Rubric.ScorePrompt(run.Prompt!, contract) : Rubric.ScoreOutput(run.Output, contract), null), ct);

    private static async Task<Results<Ok<RunAnswer>, Problem>> TightenAsync(Guid run_id, TightenBody body, OrgAccess org, Db db, StoredRuns runs, RunExport export, TimeProvider clock, CancellationToken ct)
    {
        RepairStrategy? asked = null;
        if (body.Strategy is { } name)
        {
            if (!Codes<RepairStrategy>.TryParse(name.Trim(), out var strategy))
                return Problem.Of(ApiError.InputInvalid, [new Fault(InputReader.Code, "/strategy", $"\"{SevenDParser.Short(name)}\" is not a strategy. Allowed: {string.Join(", ", Codes<RepairStrategy>.All)}.") { Allowed = Codes<RepairStrategy>.All }]);
            asked = strategy;
        }

        return await AttemptAsync(run_id, org, db, runs, export, clock, (run, contract) =>
        {
            if (run.Output is null)
                throw new RefusedException(new(ApiError.StateConflict, "A compiled prompt is not repaired: its lost points lie in what the inputs say. Improve the inputs and run again."));
            if (run.Tightened)
                throw new RefusedException(new(ApiError.StateConflict, "This run was tightened once already, and once is the most. Improve the inputs and run again."));
            var chosen = asked ?? Repair.Choose(Rubric.ScoreOutput(run.Output, contract), contract.Set)
                ?? throw new RefusedException(new(ApiError.StateConflict, "The output passes its gate; nothing needs a repair. Name a strategy to repair it all the same."));
            var text = Repair.ApplyToOutput(chosen, run.Output, contract);
            return new(text, Rubric.ScoreOutput(text, contract), chosen);
        }, ct);
    }

    private static async Task<Results<Ok<RunAnswer>, Problem>> AttemptAsync(
        Guid runId, OrgAccess org, Db db, StoredRuns runs, RunExport export, TimeProvider clock, Func<StoredRun, PromptContract, Attempt> attempt, CancellationToken ct)
    {
        var scored = await db.InOrgAsync(org.OrgId, org.UserId, async (scope, token) =>
        {
            // Two at once take turns.
            await scope.ExecuteAsync("select from runs where org_id = @Org and id = @Run for update", new { Org = org.OrgId, Run = runId }, token);
            var run = await StoredRuns.FindAsync(scope, org.OrgId, runId, token) ?? throw new RefusedException(new(ApiError.NotFound));
            RunStates.Finished(run);
            var request = runs.Request(run);
            if (!request.Ok)
                throw new RefusedException(new(ApiError.StateConflict, request.Faults[0].Message));
            var contract = runs.Contract(request.Value);
            var made = attempt(run, contract);
            await StoreAsync(scope, run, made, contract, clock.GetUtcNow(), token);
            return await StoredRuns.FindAsync(scope, org.OrgId, runId, token);
        }, ct);
        return TypedResults.Ok(await export.AnswerAsync(scored!, org.UserId, ct));
    }

    private static async Task StoreAsync(OrgScope scope, StoredRun run, Attempt made, PromptContract contract, DateTimeOffset at, CancellationToken ct)
    {
        // A repair that does not help is kept for the record and not used.
        var counts = made.Strategy is null || (made.Score.Exportable, made.Score.Total).CompareTo((run.Verdict != Codes<Verdict>.Of(Verdict.Fail), run.Total)) > 0;
        var number = await scope.QuerySingleAsync<int>("select coalesce(max(attempt), 0)::int + 1 from score_attempts where org_id = @Org and run_id = @Run", new { Org = run.OrgId, Run = run.Id }, ct);
        var s = made.Score;
        var values = new
        {
            Org = run.OrgId,
            Run = run.Id,
            Attempt = number,
            s.Clarity,
            s.Execution,
            s.Ambiguity,
            s.Alignment,
            s.BusinessFit,
            s.Total,
            Verdict = Codes<Verdict>.Of(s.Verdict),
            s.Thresholds.ClarityMin,
            s.Thresholds.ExecutionMin,
            s.Thresholds.AmbiguityMax,
            s.Thresholds.AlignmentMin,
            s.Thresholds.BusinessFitMin,
            s.Thresholds.Gate,
            Strategy = made.Strategy is { } strategy ? Codes<RepairStrategy>.Of(strategy) : null,
            Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(made.Text))),
            Text = counts ? null : made.Text,
            Feedback = RunRows.Feedback(s),
            run.ScoreAttempt,
            run.Output,
            NewOutput = run.Output is null ? null : made.Text,
            Dod = RunTelemetryJson.Of(DefinitionOfDone.Check(new(s, Evaluation.Completeness(run.Prompt!, run.Output is null ? null : made.Text, contract), TelemetrySaved: true))),
            At = at,
        };
        await scope.ExecuteAsync("""
            insert into score_attempts (org_id, run_id, attempt, evaluator, clarity, execution, ambiguity, alignment, business_fit, total, verdict, strategy, text_hash, text, feedback, created_at)
            values (@Org, @Run, @Attempt, 'rubric', @Clarity, @Execution, @Ambiguity, @Alignment, @BusinessFit, @Total, @Verdict::score_verdict_t, @Strategy, @Hash, @Text, @Feedback::jsonb, @At)
            """, values, ct);
        if (!counts)
            return;
        await scope.ExecuteAsync("""
            update prompt_scores set attempt = @Attempt, clarity = @Clarity, execution = @Execution, ambiguity = @Ambiguity, alignment = @Alignment, business_fit = @BusinessFit, total = @Total,
                   verdict = @Verdict::score_verdict_t, threshold_clarity = @ClarityMin, threshold_execution = @ExecutionMin, threshold_ambiguity = @AmbiguityMax, threshold_alignment = @AlignmentMin,
                   threshold_business_fit = @BusinessFitMin, threshold_total = @Gate, feedback = @Feedback::jsonb
             where org_id = @Org and run_id = @Run;
            update runs set dod = @Dod::jsonb, output = @NewOutput where org_id = @Org and id = @Run
            """, values, ct);
        if (made.Strategy is not null)
            await scope.ExecuteAsync("""
                update score_attempts set text = @Output where org_id = @Org and run_id = @Run and attempt = @ScoreAttempt and evaluator = 'rubric';
                update runs set output_at = @At where org_id = @Org and id = @Run
                """, values, ct);
    }
}

/// <param name="Strategy"><c>tighten</c>, <c>expand_steps</c>, <c>optimize_enterprise</c> or <c>crisis_mode</c>; without it the worst axis decides.</param>
public sealed record TightenBody(string? Strategy = null);
