using System.Collections.Immutable;
using System.Text.Json;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Catalog;

public enum Language { En, Ro }

/// <summary>A reusable prompt contract, M01 to M50: what goes in, what comes out, and the words the compiler builds from.</summary>
public sealed record Module
{
    public required string Id { get; init; }
    public required string Version { get; init; }

    /// <summary>SHA-256, lower hex, of the source file with LF line ends.</summary>
    public required string ContentHash { get; init; }

    public required ImmutableArray<int> Vectors { get; init; }
    public required ImmutableArray<ModuleInput> Inputs { get; init; }
    public required string ArtifactType { get; init; }
    public required ImmutableArray<OutputField> Fields { get; init; }

    /// <summary>The field whose sample item <see cref="ModuleText.ExampleSmall"/> and <see cref="ModuleText.ExampleLarge"/> show.</summary>
    public required string ExampleField { get; init; }

    /// <summary>The least complexity at which step i of the process appears.</summary>
    public required ImmutableArray<Complexity> StepsFrom { get; init; }

    public required int ScoreMin { get; init; }
    public required ImmutableArray<KpiTarget> Targets { get; init; }
    public required ImmutableArray<string> Flags { get; init; }
    public required ImmutableArray<string> Dependencies { get; init; }
    public required ImmutableDictionary<string, JsonElement> ExampleInput { get; init; }
    public required ImmutableArray<ModuleTest> Tests { get; init; }
    public required ModuleText En { get; init; }
    public required ModuleText Ro { get; init; }

    /// <summary>The whole file as canonical JSON: the snapshot kept in module_versions.</summary>
    public required string Definition { get; init; }

    public string Name => En.Name;

    public ModuleText In(Language language) => language == Language.Ro ? Ro : En;
}

/// <summary>One value the client supplies.</summary>
public sealed record ModuleInput(string Key, InputType Type, bool Required)
{
    public ImmutableArray<string> Options { get; init; } = [];

    /// <summary>For arrays: whether items are objects; else strings.</summary>
    public bool ObjectItems { get; init; }

    public int? MinItems { get; init; }
    public int? MaxItems { get; init; }
    public decimal? Min { get; init; }
    public decimal? Max { get; init; }
    public int? MinLength { get; init; }
}

public enum InputType { String, Text, Number, Integer, Boolean, Date, Enum, Array, Object }

/// <summary>One part of the artefact. <paramref name="Keys"/> are the keys of each item where items are objects.</summary>
public sealed record OutputField(string Name, FieldType Type, bool Required, ImmutableArray<string> Keys);

public enum FieldType { String, Number, Boolean, Array, Object, Markdown }

/// <param name="AtMost">Met from below; the others are met from above.</param>
public sealed record KpiTarget(string Name, decimal Target, bool AtMost);

/// <summary>A module's acceptance test on its example input.</summary>
public sealed record ModuleTest(string Id, string Name, ImmutableArray<TestAssertion> Assertions);

/// <summary>See docs/compiler.md for the checks; <see cref="Values"/> carries the check's texts, keys or codes.</summary>
public sealed record TestAssertion(string Check)
{
    public string? Field { get; init; }
    public string? Key { get; init; }
    public decimal? Value { get; init; }
    public decimal? Tolerance { get; init; }
    public string? Pattern { get; init; }
    public ImmutableArray<string> Values { get; init; } = [];
}

/// <summary>A module's words in one language. The form of each is in catalog/README.md.</summary>
public sealed record ModuleText
{
    public required string Name { get; init; }
    public required string Purpose { get; init; }
    public required string Role { get; init; }
    public required string Goal { get; init; }
    public required string Decision { get; init; }
    public required string Success { get; init; }
    public required string Crisis { get; init; }
    public required ImmutableArray<ProcessStep> Process { get; init; }
    public required ImmutableDictionary<string, string> Inputs { get; init; }
    public required ImmutableDictionary<string, string> Fields { get; init; }

    /// <summary>By the name of the target: what is counted, and in which unit.</summary>
    public required ImmutableDictionary<string, string> Kpi { get; init; }

    public required JsonElement ExampleSmall { get; init; }
    public required JsonElement ExampleLarge { get; init; }
    public required ImmutableArray<string> StyleRules { get; init; }
}

/// <param name="Detail">A sub-step that only an expert reader gets.</param>
public sealed record ProcessStep(string Step, string? Detail);
