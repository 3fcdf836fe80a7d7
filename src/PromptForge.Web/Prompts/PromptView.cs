using System.Text.Json.Serialization;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;
using PromptForge.Web.Platform;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Prompts;

/// <summary>A stored prompt.</summary>
/// <param name="Lock">What it was compiled from; null where the catalogue has moved on since.</param>
/// <param name="Lines">With <c>explain</c>: every line with its causes.</param>
public sealed record PromptView(
    Guid PromptId, string? Name, int Version, string? Project, string ModuleId, string ModuleVersion, string RulesetVersion, string Language, string Domain, [property: JsonPropertyName("signature_7d")] string Signature, string Hash,
    string Text, Guid? CreatedBy, DateTimeOffset CreatedAt, LockView? Lock, IReadOnlyList<LineView>? Lines)
{
    internal static PromptView Of(PromptRow row, CompiledPrompt? prompt, bool explain) => new(
        row.Id, row.Name, row.Version, row.Project, row.ModuleId, row.ModuleVersion, row.RulesetVersion, row.Language, row.Domain, row.Signature, row.Hash, row.Prompt, row.UserId, row.CreatedAt,
        prompt is null ? null : LockView.Of(prompt.Lock), explain && prompt is not null ? [.. prompt.Lines.Select(l => new LineView(l.Section.Name(), l.Key, l.Text, [.. l.Causes.Select(c => c.ToString())]))] : null);
}

public sealed record LockView(LockedView Module, LockedView Domain, LockedView Ruleset, LockedView Standard, string CompilerVersion)
{
    internal static LockView Of(PromptLock from) => new(LockedView.Of(from.Module), LockedView.Of(from.Domain), LockedView.Of(from.Ruleset), LockedView.Of(from.Standard), from.CompilerVersion);
}

/// <param name="Sha256">Of the catalogue file's content.</param>
public sealed record LockedView(string Name, string Version, string Sha256)
{
    internal static LockedView Of(LockedItem item) => new(item.Name, item.Version, item.Sha256);
}

/// <param name="Key">The line's place in the contract: the same key in two prompts is the same line.</param>
public sealed record LineView(string Section, string Key, string Text, IReadOnlyList<string> Causes);

/// <summary>A prompt's row with its context.</summary>
internal sealed record PromptRow
{
    public Guid Id { get; init; }
    public Guid? UserId { get; init; }
    public string? Project { get; init; }
    public string ModuleId { get; init; } = "";
    public string ModuleVersion { get; init; } = "";
    public string RulesetVersion { get; init; } = "";
    public string Language { get; init; } = "";
    public string? Name { get; init; }
    public int Version { get; init; }
    public string Hash { get; init; } = "";
    public string Signature { get; init; } = "";
    public string Prompt { get; init; } = "";
    public string Inputs { get; init; } = "{}";
    public DateTimeOffset CreatedAt { get; init; }
    public string Domain { get; init; } = "";
    public string Scale { get; init; } = "";
    public string Urgency { get; init; } = "";
    public string Complexity { get; init; } = "";
    public string Resources { get; init; } = "";
    public string Application { get; init; } = "";
    public string[] Outputs { get; init; } = [];

    public PromptSource Source => new(ModuleId, ModuleVersion,
        new SevenDRequest { Domain = Domain, Scale = Scale, Urgency = Urgency, Complexity = Complexity, Resources = Resources, Application = Application, OutputFormats = Outputs }, Inputs, Language, Hash);

    /// <returns>Null where the org has no such prompt.</returns>
    public static Task<PromptRow?> FindAsync(Db db, OrgAccess org, Guid promptId, CancellationToken ct) => db.InOrgAsync(org.OrgId, org.UserId, (scope, token) => scope.QueryFirstOrDefaultAsync<PromptRow>("""
        select h.id, h.user_id, p.slug::text as project, h.module_id::text, h.module_version::text, h.ruleset_version::text, h.language::text, h.name, h.version, h.hash::text, h.signature::text, h.prompt, h.inputs::text, h.created_at,
               h.config ->> 'domain' as domain, h.config ->> 'scale' as scale, h.config ->> 'urgency' as urgency, h.config ->> 'complexity' as complexity, h.config ->> 'resources' as resources,
               h.config ->> 'application' as application, array(select jsonb_array_elements_text(h.config -> 'output_formats')) as outputs
          from prompt_history h left join projects p on p.org_id = h.org_id and p.id = h.project_id
         where h.org_id = @Org and h.id = @Prompt
        """, new { Org = org.OrgId, Prompt = promptId }, token), ct);
}
