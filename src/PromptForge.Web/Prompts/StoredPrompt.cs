using System.Text.Json;
using System.Text.Json.Nodes;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;
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

    public string Called => Name is null ? $"{Id}" : $"{Name} version {Version}";
}

/// <summary>A stored prompt compiled again with the catalogue of today.</summary>
/// <param name="Prompt">Null where today's module, domain or 7D no longer take what was given then.</param>
/// <param name="Same">The bytes are those that were stored, so whatever is told of the lines holds for them.</param>
/// <param name="ChangedSince">What of the catalogue is not what it was.</param>
internal sealed record Recompiled(CompiledPrompt? Prompt, bool Same, IReadOnlyList<string> ChangedSince)
{
    public static Recompiled Of(StoredPrompt stored, ProductCatalog catalog, PromptCompiler compiler)
    {
        var axes = stored.SevenD;
        var sevenD = SevenDParser.Normalize(new()
        {
            Domain = axes.Domain,
            Scale = axes.Scale,
            Urgency = axes.Urgency,
            Complexity = axes.Complexity,
            Resources = axes.Resources,
            Application = axes.Application,
            OutputFormats = axes.OutputFormats,
        }, catalog);
        if (catalog.FindModule(stored.ModuleId) is not { } module || !sevenD.Ok || !Codes<Language>.TryParse(stored.Language, out var language))
            return new(null, false, [$"module {stored.ModuleId} {stored.ModuleVersion} or its context is no longer in the catalogue"]);
        var inputs = InputReader.Read(stored.Values, module.Inputs, limits: null);
        if (!inputs.Ok)
            return new(null, false, [$"module {module.Id}: {stored.ModuleVersion} -> {module.Version}, which takes other inputs"]);
        var again = compiler.Compile(module, sevenD.Value.Set, inputs.Value, language);
        return again.Hash == stored.Hash ? new(again, true, []) : new(again, false, Since(stored, again));
    }

    private static IReadOnlyList<string> Since(StoredPrompt stored, CompiledPrompt again) => PromptLockAnswer.Read(stored.Lock) is { } locked
        ? [.. PromptRecord.Drift(locked.With(again.Lock.SevenD, again.Lock.Language), again.Lock)]
        : [$"module {stored.ModuleId}: {stored.ModuleVersion} -> {again.Lock.Module.Version}", $"ruleset: {stored.RulesetVersion} -> {again.Lock.Ruleset.Version}"];
}
