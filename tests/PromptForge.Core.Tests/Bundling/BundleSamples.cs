using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.Guardrails;
using PromptForge.Core.Prompting;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Tests.Bundling;

/// <summary>Runs to make bundles of, without the catalogue.</summary>
internal static class BundleSamples
{
    public const string Secret = "delivery uncertainty at Acme";

    public static readonly SigningKey Key = SigningKey.FromSeed([.. Enumerable.Range(1, 32).Select(i => (byte)i)]);

    public static readonly IssuerKey[] Issuers = [Key.Issuer("PromptForge test")];

    public static readonly string Hash = new('a', 64);

    public static SealedBundle Small(BundleFormats formats = BundleFormats.Md | BundleFormats.Json) => BundleWriter.Write(Content("## ROLE_GOAL\nShort.\n"), formats, Key);

    public static BundleContent Run(Language language = Language.En, string? output = null) => Content(Prompt(language), output, language);

    public static BundleContent Content(string prompt, string? output = null, Language language = Language.En, JsonObject? inputs = null) => new()
    {
        RunId = Guid.Parse("01936f5e-8f2a-7c11-9d0e-3b5a7c9e1f02"),
        OrgId = Guid.Parse("01936f5e-0000-7000-8000-000000000001"),
        OrgName = "Acme & Fiii SRL",
        Project = "acme-kyc",
        Type = output is null ? RunType.Generation : RunType.Test,
        Module = Module,
        DomainName = "FinTech",
        SevenD = new(Set, [new(Axis.Urgency, "sprint", "crisis")]),
        Language = language,
        Inputs = inputs ?? new JsonObject
        {
            ["price"] = "25000 EUR",
            ["perceived_risk"] = Secret,
            ["proofs"] = new JsonArray("audit 2025", "studiu de caz: „Țeava și fierăria”"),
        },
        Prompt = Compiled(prompt, language),
        Output = output,
        ParsedOutput = output is null ? null : new JsonObject { ["faq"] = new JsonArray(), ["claims"] = new JsonArray("x") },
        Score = Score(92, 88, 8, 85, 84, 89, Verdict.Pass),
        PolicyHits = [new PolicyHit("UNGROUNDED_CLAIM", "prompt line 12", false)],
        Telemetry = new() { Model = output is null ? "none" : "offline", Simulated = output is not null, TokensIn = 2100, TokensOut = 1400, CostUsd = 0.019300m, DurationMs = 4210, TtaSeconds = 4.30m },
        LicenceNotice = "© 2026 Acme & Fiii SRL. Made with PromptForge and licensed to Acme & Fiii SRL. Redistribution prohibited.",
        CreatedAt = new(2026, 11, 23, 10, 20, 31, TimeSpan.Zero),
    };

    public static readonly ParameterSet Set = new(
        "fintech", Scale.Enterprise, Urgency.Crisis, Complexity.Advanced, Resources.FullStackOrg, Application.CrisisResponse, [OutputFormat.Playbook, OutputFormat.Json]);

    public static CompiledPrompt Compiled(string text, Language language = Language.En)
    {
        var lines = ImmutableArray.CreateBuilder<PromptLine>();
        var section = Section.RoleGoal;
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal) && Sections.All.IndexOf(line[3..]) is var at and >= 0)
                section = (Section)at;
            else if (line.Length > 0)
                lines.Add(new(section, $"{section.Name().ToLowerInvariant()}.{number++}", line, [new(CauseKind.Module, "M07.goal"), new(CauseKind.Axis, "urgency=crisis")]));
        }

        var @lock = new PromptLock(new("M07", "1.0.0", Hash), new("fintech", "1.0.0", Hash), new("ruleset", "1.0.0", Hash), new("standard.en", "1.0.0", Hash), "1", Set, language);
        return new(text, lines.ToImmutable(), @lock, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
    }

    public static Score Score(int c, int e, int a, int al, int bf, int total, Verdict verdict) => new(
        c, e, a, al, bf, total, verdict, new(90, 85, 5, 75, 80, 80, ImmutableDictionary<ScoreAxis, ImmutableArray<string>>.Empty),
        [new(ScoreAxis.Clarity, "short sentences", 18.50m, 20, ["one sentence of 41 words"]), new(ScoreAxis.Execution, "owners named", 10, 10, [])]);

    private static int IndexOf(this IReadOnlyList<string> all, string name)
    {
        for (var i = 0; i < all.Count; i++)
        {
            if (all[i] == name)
                return i;
        }

        return -1;
    }

    private static readonly Module Module = new()
    {
        Id = "M07",
        Version = "1.0.0",
        ContentHash = Hash,
        Vectors = [2, 7],
        Inputs = [new("price", InputType.String, true), new("perceived_risk", InputType.Text, true), new("proofs", InputType.Array, true)],
        ArtifactType = "playbook",
        Fields = [new("claims", FieldType.Array, true, []), new("faq", FieldType.Array, false, [])],
        ExampleField = "claims",
        StepsFrom = [],
        ScoreMin = 80,
        Targets = [new("dropoff_delta_pct", -25.0m, true)],
        Flags = [],
        Dependencies = [],
        ExampleInput = ImmutableDictionary<string, JsonElement>.Empty,
        Tests = [],
        En = Words("Risk & Trust Reversal"),
        Ro = Words("Inversarea riscului și a încrederii"),
        Definition = "{}",
    };

    private static ModuleText Words(string name) => new()
    {
        Name = name,
        Purpose = "",
        Role = "",
        Goal = "",
        Decision = "",
        Success = "",
        Crisis = "",
        Process = [],
        Inputs = ImmutableDictionary<string, string>.Empty,
        Fields = ImmutableDictionary<string, string>.Empty,
        Kpi = ImmutableDictionary<string, string>.Empty,
        ExampleSmall = default,
        ExampleLarge = default,
        StyleRules = [],
    };

    private static string Prompt(Language language) => language == Language.Ro ? Samples.PromptRo : Samples.PromptEn;
}
