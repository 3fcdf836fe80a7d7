using System.Collections.Immutable;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;
using PromptForge.Core.Prompting;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;

namespace PromptForge.Bench;

internal static class Contents
{
    private static readonly Guid Run = new("01900000-0000-7000-8000-000000000001");

    public static BundleContent Of(Module module, Normalized sevenD, ModuleInputs inputs, CompiledPrompt prompt, Score score, ImmutableArray<PolicyHit> hits, string? output = null) => new()
    {
        RunId = Run,
        OrgId = Run,
        OrgName = "Bench",
        Project = "bench",
        Type = output is null ? RunType.Generation : RunType.Test,
        Module = module,
        DomainName = sevenD.Set.Domain,
        SevenD = sevenD,
        Language = Language.En,
        Inputs = inputs.Values,
        Prompt = prompt,
        Output = output,
        Score = score,
        PolicyHits = hits,
        Telemetry = new RunTelemetry { Model = "none", Simulated = false, CostUsd = 0 },
        LicenceNotice = "Bench",
        CreatedAt = DateTimeOffset.UnixEpoch,
    };
}
