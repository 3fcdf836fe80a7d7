using System.Text.Json;
using System.Text.Json.Serialization;

namespace PromptForge.Client;

/// <summary>Modules, domains, rules and the 7D engine.</summary>
public sealed class Catalogue
{
    private readonly Transport _transport;

    internal Catalogue(Transport transport) => _transport = transport;

    /// <param name="query">Words that stand in the id, the name or the summary.</param>
    /// <param name="language">en or ro.</param>
    public async Task<IReadOnlyList<ModuleInfo>> ModulesAsync(string? query = null, string language = "en", CancellationToken cancel = default) =>
        (await _transport.GetAsync<Page<ModuleInfo>>($"api/modules?language={language}{(query is null ? "" : $"&q={Uri.EscapeDataString(query)}")}", cancel)).Items;

    /// <summary>One module; its contract, too, where the caller's organisation may use it.</summary>
    public Task<ModuleInfo> ModuleAsync(string moduleId, string language = "en", CancellationToken cancel = default) =>
        _transport.GetAsync<ModuleInfo>($"api/modules/{Uri.EscapeDataString(moduleId)}?language={language}", cancel);

    public async Task<IReadOnlyList<DomainInfo>> DomainsAsync(string language = "en", CancellationToken cancel = default) =>
        (await _transport.GetAsync<Page<DomainInfo>>($"api/domains?language={language}", cancel)).Items;

    /// <summary>Completes a context from its domain's defaults and signs it.</summary>
    public Task<CompleteSevenD> NormalizeAsync(SevenD context, CancellationToken cancel = default) => _transport.SendAsync<CompleteSevenD>(HttpMethod.Post, "api/7d/normalize", context, null, cancel);

    /// <summary>The rules in force.</summary>
    public Task<RulesetInfo> RulesetAsync(CancellationToken cancel = default) => _transport.GetAsync<RulesetInfo>("api/ruleset", cancel);
}

/// <param name="Contract">Inputs, outputs, targets, guardrails and tests, as the server words them; null where the caller may not use the module, and in lists.</param>
public sealed record ModuleInfo(string ModuleId, string Name, IReadOnlyList<int> Vectors, string Summary, string? RequiredPlan, string Version, JsonElement? Contract);

public sealed record DomainInfo(string Code, string Name);

/// <param name="Overrides">What differs from the domain's defaults, by axis.</param>
public sealed record CompleteSevenD(
    string Domain, string Scale, string Urgency, string Complexity, string Resources, string Application, IReadOnlyList<string> OutputFormats, [property: JsonPropertyName("signature_7d")] string Signature,
    IReadOnlyDictionary<string, Override> Overrides);

/// <param name="Checksum">"sha256:" and 64 hex digits of the rules' file.</param>
/// <param name="Gate">The least total that may be exported.</param>
public sealed record RulesetInfo(string Version, string Checksum, int Gate);
