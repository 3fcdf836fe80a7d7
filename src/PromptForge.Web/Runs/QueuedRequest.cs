using System.Text.Json;
using PromptForge.Core.Bundling;
using PromptForge.Core.Guardrails;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Runs;

/// <summary>What a waiting run's row holds beside its prompt. Never client text.</summary>
/// <param name="Blocked">What was found before the inputs were masked and still forbids the export.</param>
internal sealed record QueuedRequest(int Formats, bool Anonymised, IReadOnlyList<PolicyHit> Blocked)
{
    public static string Of(BundleFormats formats, bool anonymised, IReadOnlyList<PolicyHit> blocked) => JsonSerializer.Serialize(new QueuedRequest((int)formats, anonymised, blocked), ApiJson.Options);

    public static QueuedRequest? Read(string? json) => json is null ? null : JsonSerializer.Deserialize<QueuedRequest>(json, ApiJson.Options);
}
