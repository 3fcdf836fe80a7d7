using System.Text.Json;
using PromptForge.Core;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;
using PromptForge.Web.Bundles;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Prompts;

namespace PromptForge.Web.Runs;

/// <summary>Reads a run back from its rows: to show it, and to go on with it where it was left.</summary>
internal sealed class StoredRuns(Db db, ProductCatalog catalog, Recompiler recompiler)
{
    private const string Columns = """
        r.org_id, o.name as org_name, r.id, r.status::text, r.type::text, r.module_id::text, r.module_version::text, r.language::text, r.prompt_id, r.parameter_set_id, r.output, r.dor::text, r.dod::text, r.telemetry::text,
        r.model, r.simulated, r.tokens_in, r.tokens_out, r.cost_usd, r.duration_ms, r.error_code, r.created_by, r.api_key_id, r.project_id, p.slug::text as project, r.request::text, r.attempt, r.created_at, r.started_at, r.finished_at, r.output_at,
        d.domain, d.scale::text, d.urgency::text, d.complexity::text, d.resources::text, d.application::text, d.output_formats::text[], d.signature::text,
        h.hash::text, h.version, h.prompt, h.inputs::text,
        s.clarity::int, s.execution::int, s.ambiguity::int, s.alignment::int, s.business_fit::int, s.total::int, s.verdict::text, s.threshold_total::int as gate, s.feedback::text, s.attempt::int as score_attempt,
        (select a.created_at from score_attempts a where a.org_id = r.org_id and a.run_id = r.id and a.attempt = s.attempt and a.evaluator = s.evaluator) as scored_at,
        exists (select from score_attempts a where a.org_id = r.org_id and a.run_id = r.id and a.strategy is not null) as tightened
        """;

    /// <returns>Null where the org has no such run.</returns>
    public Task<StoredRun?> FindAsync(Guid orgId, Guid? userId, Guid runId, CancellationToken ct) => db.InOrgAsync(orgId, userId, (scope, token) => FindAsync(scope, orgId, runId, token), ct);

    public static Task<StoredRun?> FindAsync(OrgScope scope, Guid orgId, Guid runId, CancellationToken ct) => scope.QueryFirstOrDefaultAsync<StoredRun>($"""
        select {Columns}
          from runs r
          join orgs o on o.id = r.org_id
          join parameter_sets d on d.org_id = r.org_id and d.id = r.parameter_set_id
          left join projects p on p.org_id = r.org_id and p.id = r.project_id
          left join prompt_history h on h.org_id = r.org_id and h.id = r.prompt_id
          left join prompt_scores s on s.org_id = r.org_id and s.run_id = r.id
         where r.org_id = @Org and r.id = @Run
        """, new { Org = orgId, Run = runId }, ct);

    /// <summary>What the run was asked to do. Faults where the catalogue has moved on, so that going on would make something else.</summary>
    public Outcome<RunRequest> Request(StoredRun run)
    {
        if (run.Source is null)
            return new Fault(Recompiler.Code, "", "Its prompt was deleted after the plan's retention. Run the module again.");
        var parts = recompiler.Read(run.Source);
        if (!parts.Ok)
            return parts.Faults.ToList();
        var (module, sevenD, inputs, language) = parts.Value;
        var queued = QueuedRequest.Read(run.Request);
        var type = Codes<RunType>.TryParse(run.Type, out var known) ? known : throw new InvalidOperationException($"The database holds {run.Type}, which is no type of run.");
        return new RunRequest(run.OrgId, run.OrgName, run.CreatedBy, module, sevenD, inputs, language, type, queued is null ? null : (BundleFormats)queued.Formats, run.Project ?? RunReader.NoProject, queued?.Anonymised ?? false)
        {
            ProjectId = run.ProjectId,
            KeyId = run.ApiKeyId,
        };
    }

    /// <summary>The run's prompt, byte for byte, with the causes of its lines.</summary>
    public Outcome<CompiledPrompt> Compiled(StoredRun run) => recompiler.Compile(run.Source!);

    public PromptContract Contract(RunRequest request) => PromptContract.Of(catalog, request.Module, request.SevenD.Set, request.Language, request.Inputs);
}

/// <summary>A run's row, with those it refers to.</summary>
internal sealed record StoredRun
{
    public Guid OrgId { get; init; }
    public string OrgName { get; init; } = "";
    public Guid Id { get; init; }
    public string Status { get; init; } = "";
    public string Type { get; init; } = "";
    public string ModuleId { get; init; } = "";
    public string ModuleVersion { get; init; } = "";
    public string Language { get; init; } = "";
    public Guid? PromptId { get; init; }
    public Guid ParameterSetId { get; init; }
    public string? Output { get; init; }
    public string? Dor { get; init; }
    public string? Dod { get; init; }
    public string Telemetry { get; init; } = "{}";
    public string Model { get; init; } = "";
    public bool Simulated { get; init; }
    public int TokensIn { get; init; }
    public int TokensOut { get; init; }
    public decimal? CostUsd { get; init; }
    public long DurationMs { get; init; }
    public string? ErrorCode { get; init; }
    public Guid? CreatedBy { get; init; }
    public Guid? ApiKeyId { get; init; }
    public Guid? ProjectId { get; init; }
    public string? Project { get; init; }
    public string? Request { get; init; }
    public int Attempt { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
    public DateTimeOffset? OutputAt { get; init; }
    public string Domain { get; init; } = "";
    public string Scale { get; init; } = "";
    public string Urgency { get; init; } = "";
    public string Complexity { get; init; } = "";
    public string Resources { get; init; } = "";
    public string Application { get; init; } = "";
    public string[] OutputFormats { get; init; } = [];
    public string Signature { get; init; } = "";
    public string? Hash { get; init; }
    public int? Version { get; init; }
    public string? Prompt { get; init; }
    public string? Inputs { get; init; }
    public int? Clarity { get; init; }
    public int Execution { get; init; }
    public int Ambiguity { get; init; }
    public int Alignment { get; init; }
    public int BusinessFit { get; init; }
    public int Total { get; init; }
    public string? Verdict { get; init; }
    public int Gate { get; init; }
    public string? Feedback { get; init; }
    public int ScoreAttempt { get; init; }
    public DateTimeOffset? ScoredAt { get; init; }
    public bool Tightened { get; init; }

    public bool Waits => Status is "queued" or "running";

    /// <summary>Null where the prompt was deleted after the plan's retention.</summary>
    public PromptSource? Source => Inputs is null || Hash is null ? null : new(ModuleId, ModuleVersion, SevenD.Request, Inputs, Language, Hash);

    private SevenDAnswer SevenD => new(Domain, Scale, Urgency, Complexity, Resources, Application, OutputFormats, Signature);

    public RunAnswer Answer(BundleAnswer? bundle, IReadOnlyList<WithheldAnswer> withheld) => new(
        Id, Status, Type, new(ModuleId, ModuleVersion), SevenD, Language, Project,
        Hash is null ? null : new(PromptId!.Value, Hash, Version!.Value, Prompt!), Output, Score(), Checks(Dor), Checks(Dod), bundle, withheld, TelemetryAnswer(), ErrorCode, CreatedAt, FinishedAt);

    public ScoreAnswer? Score() => Clarity is { } clarity ? new(clarity, Execution, Ambiguity, Alignment, BusinessFit, Total, Verdict!, Gate, LostPoints()) : null;

    /// <summary>As it was measured when the run ended.</summary>
    public RunTelemetry RunTelemetry()
    {
        var told = Told();
        return new() { Model = Model, Simulated = Simulated, TokensIn = TokensIn, TokensOut = TokensOut, CostUsd = CostUsd, DurationMs = DurationMs, TtaSeconds = told.TtaSeconds, TightenOnceApplied = told.TightenOnceApplied };
    }

    private TelemetryAnswer? TelemetryAnswer()
    {
        if (Status != "success")
            return null;
        var told = Told();
        return new(Model, TokensIn, TokensOut, CostUsd, DurationMs, told.TtaSeconds, told.PolicyHits ?? [], told.Overrides ?? new Dictionary<string, OverrideAnswer>(), told.TightenOnceApplied, Simulated);
    }

    private TelemetryJson Told() => JsonSerializer.Deserialize<TelemetryJson>(Telemetry, Lenient) ?? new();

    private IReadOnlyList<LostPoints> LostPoints()
    {
        using var feedback = JsonDocument.Parse(Feedback!);
        return [.. feedback.RootElement.EnumerateObject().SelectMany(axis => axis.Value.EnumerateObject().Select(part => new LostPoints(axis.Name, part.Name, part.Value.GetProperty("points").GetDecimal(), part.Value.GetProperty("of").GetDecimal(),
            part.Value.TryGetProperty("evidence", out var evidence) ? [.. evidence.EnumerateArray().Select(e => e.GetString()!)] : []))).Where(p => p.Points < p.Of)];
    }

    private static ChecksAnswer? Checks(string? json) => json is null ? null : JsonSerializer.Deserialize<ChecksAnswer>(json, ApiJson.Options);

    // The column holds more than is shown, and less after a retention.
    private static readonly JsonSerializerOptions Lenient = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private sealed record TelemetryJson
    {
        public decimal TtaSeconds { get; init; }
        public bool TightenOnceApplied { get; init; }
        public IReadOnlyList<PolicyHitAnswer>? PolicyHits { get; init; }
        public IReadOnlyDictionary<string, OverrideAnswer>? Overrides { get; init; }
    }
}
