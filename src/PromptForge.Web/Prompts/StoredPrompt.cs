using System.Text.Json;
using System.Text.Json.Nodes;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Runs;

namespace PromptForge.Web.Prompts;

/// <summary>A prompt of the history, whole.</summary>
internal sealed record StoredPrompt(
    Guid Id, string? Name, int Version, string ModuleId, string ModuleVersion, string RulesetVersion, string? Project, string Language, string Signature, string Hash, string Config, string Inputs, string? Lock, string Prompt,
    Guid? UserId, DateTimeOffset CreatedAt)
{
    /// <returns>Null where the org has no such prompt.</returns>
    public static Task<StoredPrompt?> FindAsync(OrgScope scope, Guid orgId, Guid id, CancellationToken ct) => scope.QueryFirstOrDefaultAsync<StoredPrompt>("""
        select p.id, p.name, p.version, p.module_id, p.module_version, p.ruleset_version, j.slug as project, p.language, p.signature, p.hash, p.config::text, p.inputs::text, p.lock::text, p.prompt, p.user_id, p.created_at
          from prompt_history p left join projects j on j.org_id = p.org_id and j.id = p.project_id
         where p.org_id = @Org and p.id = @Id
        """, new { Org = orgId, Id = id }, ct);

    public SevenDAnswer SevenD => JsonSerializer.Deserialize<SevenDAnswer>(Config, ApiJson.Options)!;

    public JsonObject Values => JsonNode.Parse(Inputs)!.AsObject();

    public PromptSource Source => new(ModuleId, ModuleVersion, SevenD.Request, Inputs, Language, Hash);

    public string Called => Name is null ? $"{Id}" : $"{Name} version {Version}";
}
