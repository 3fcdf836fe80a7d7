using System.Collections.Immutable;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Prompting;

/// <summary>Short names for the causes that the compiler gives its lines.</summary>
internal static class Causes
{
    public static Cause Standard(string phrase) => new(CauseKind.Standard, phrase);

    public static Cause Module(string id, string field) => new(CauseKind.Module, $"{id}.{field}");

    public static Cause Domain(string code, string field) => new(CauseKind.Domain, $"{code}.{field}");

    public static Cause Axis(Axis axis, string value) => new(CauseKind.Axis, $"{axis.Code()}={value}");

    public static Cause Rule(string path) => new(CauseKind.Rule, $"ruleset.{path}");

    public static Cause Input(string key) => new(CauseKind.Input, key);

    public static ImmutableArray<Cause> Of(params ReadOnlySpan<Cause> causes) => [.. causes];
}
