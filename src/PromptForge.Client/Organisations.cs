using System.Text.Json.Nodes;

namespace PromptForge.Client;

/// <summary>The signed-in person's organisations.</summary>
public sealed class Organisations
{
    private readonly Transport _transport;

    internal Organisations(Transport transport) => _transport = transport;

    public async Task<IReadOnlyList<Org>> ListAsync(CancellationToken cancel = default) => (await _transport.GetAsync<Page<Org>>("api/orgs", cancel)).Items;

    /// <param name="slug">Null: made from the name.</param>
    public Task<Org> CreateAsync(string name, string? slug = null, CancellationToken cancel = default) => _transport.PostAsync<Org>("api/orgs", new { name, slug }, cancel);
}

/// <summary>What belongs to one organisation.</summary>
public sealed class Organisation
{
    private readonly Transport _transport;
    private readonly string _path;

    internal Organisation(Transport transport, Guid id) => (_transport, _path) = (transport, $"api/orgs/{id}");

    public Task<OrgDetail> ReadAsync(CancellationToken cancel = default) => _transport.GetAsync<OrgDetail>(_path, cancel);

    /// <summary>What the organisation may do, and why.</summary>
    public Task<Entitlements> EntitlementsAsync(CancellationToken cancel = default) => _transport.GetAsync<Entitlements>($"{_path}/entitlements", cancel);

    public IAsyncEnumerable<Member> MembersAsync(CancellationToken cancel = default) => _transport.ListAsync<Member>($"{_path}/members", cancel);

    public IAsyncEnumerable<Project> ProjectsAsync(CancellationToken cancel = default) => _transport.ListAsync<Project>($"{_path}/projects", cancel);

    /// <param name="slug">Null: made from the name.</param>
    public Task<Project> CreateProjectAsync(string name, string? slug = null, string? description = null, CancellationToken cancel = default) =>
        _transport.PostAsync<Project>($"{_path}/projects", new { name, slug, description }, cancel);

    public IAsyncEnumerable<ApiKey> ApiKeysAsync(CancellationToken cancel = default) => _transport.ListAsync<ApiKey>($"{_path}/api-keys", cancel);

    /// <summary>The answer is the only one that holds the key itself.</summary>
    public Task<CreatedApiKey> CreateApiKeyAsync(NewApiKey key, CancellationToken cancel = default) => _transport.PostAsync<CreatedApiKey>($"{_path}/api-keys", key, cancel);

    /// <param name="overlap">How long the old key goes on working, up to 24 hours.</param>
    public Task<CreatedApiKey> RotateApiKeyAsync(Guid keyId, TimeSpan overlap, CancellationToken cancel = default) =>
        _transport.PostAsync<CreatedApiKey>($"{_path}/api-keys/{keyId}/rotate", new { overlap_minutes = (int)overlap.TotalMinutes }, cancel);

    public Task RevokeApiKeyAsync(Guid keyId, CancellationToken cancel = default) => _transport.SendAsync(HttpMethod.Delete, $"{_path}/api-keys/{keyId}", null, cancel);

    public IAsyncEnumerable<RunSummary> RunsAsync(CancellationToken cancel = default) => _transport.ListAsync<RunSummary>($"{_path}/runs", cancel);

    public Task<Run> RunAsync(Guid runId, CancellationToken cancel = default) => _transport.GetAsync<Run>($"{_path}/runs/{runId}", cancel);

    /// <summary>Runs a module as a member, and waits for the result.</summary>
    public Task<Run> CreateRunAsync(string moduleId, RunRequest request, string? idempotencyKey = null, CancellationToken cancel = default) =>
        _transport.PostAsync<Run>($"{_path}/runs", request with { ModuleId = moduleId }, cancel, idempotencyKey);

    /// <summary>Follows a run to its end, wherever it is executed.</summary>
    public IAsyncEnumerable<RunEvent> FollowRunAsync(Guid runId, CancellationToken cancel = default) =>
        RunEvent.ReadAsync(_transport.StreamAsync(HttpMethod.Get, $"{_path}/runs/{runId}/events", null, cancel), cancel);

    public Task CancelRunAsync(Guid runId, CancellationToken cancel = default) => _transport.SendAsync(HttpMethod.Post, $"{_path}/runs/{runId}/cancel", null, cancel);

    /// <summary>Exports a finished run; the same run and formats give the same bundle.</summary>
    public Task<Bundle> ExportAsync(Guid runId, IReadOnlyList<string>? formats = null, CancellationToken cancel = default) =>
        _transport.PostAsync<Bundle>($"{_path}/runs/{runId}/bundles", new { formats }, cancel);

    public Task<byte[]> DownloadAsync(Guid bundleId, string file, CancellationToken cancel = default) =>
        _transport.DownloadAsync($"{_path}/bundles/{bundleId}/files/{Uri.EscapeDataString(file)}", cancel);

    /// <summary>Compiles a prompt and keeps it; the same name again is its next version.</summary>
    public Task<Prompt> SavePromptAsync(string name, string moduleId, RunRequest request, CancellationToken cancel = default) =>
        _transport.PostAsync<Prompt>($"{_path}/prompts", new { module_id = moduleId, request.SevenD, request.Inputs, request.Language, request.Project, name }, cancel);

    public IAsyncEnumerable<PromptSummary> PromptsAsync(CancellationToken cancel = default) => _transport.ListAsync<PromptSummary>($"{_path}/prompts", cancel);

    /// <param name="explain">With every line and its causes.</param>
    public Task<Prompt> PromptAsync(Guid promptId, bool explain = false, CancellationToken cancel = default) => _transport.GetAsync<Prompt>($"{_path}/prompts/{promptId}{(explain ? "?explain=true" : "")}", cancel);

    public IAsyncEnumerable<AuditEntry> AuditAsync(CancellationToken cancel = default) => _transport.ListAsync<AuditEntry>($"{_path}/audit", cancel);
}

/// <param name="Role">member, admin or owner: the caller's.</param>
public sealed record Org(Guid Id, string Name, string Slug, string? Role, DateTimeOffset? DeletedAt, DateTimeOffset? RestorableUntil);

public sealed record OrgDetail(Guid Id, string Name, string Slug, string? Role, int Seats, int SeatsTaken, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

public sealed record Member(Guid UserId, string? Email, string Role, DateTimeOffset CreatedAt);

public sealed record Project(
    Guid Id, string Slug, string Name, string? Description, JsonObject? Meta, Guid? CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, DateTimeOffset? ArchivedAt, long Runs, decimal CostUsd, DateTimeOffset? LastRunAt);

/// <param name="Scopes">Of api.run, api.export, api.read, api.metrics.</param>
/// <param name="Test">Its runs go to the offline provider and cost nothing.</param>
public sealed record NewApiKey(string Name, IReadOnlyList<string> Scopes, int? RateLimitPerMin = null, int? ExpiresInDays = null, bool? Test = null);

public sealed record CreatedApiKey(string Key, ApiKey ApiKey);

/// <param name="State">active, rotating, expired or revoked.</param>
public sealed record ApiKey(
    Guid Id, string Name, string Prefix, bool Test, IReadOnlyList<string> Scopes, int RateLimitPerMin, string State, long TotalCalls, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt);

public sealed record AuditEntry(Guid Id, DateTimeOffset At, string ActorKind, Guid? ActorId, string? ActorEmail, string Action, string? TargetType, string? TargetId, JsonObject Details, string? Ip);
