using System.Collections.Frozen;

namespace PromptForge.Core.SevenD;

/// <summary>The seven axes in canonical order: the order of the signature and of every listing.</summary>
public enum Axis { Domain, Scale, Urgency, Complexity, Resources, Application, Output }

public enum Scale { PersonalBrand, Solo, Startup, BoutiqueAgency, Smb, Corporate, Enterprise }

public enum Urgency { Low, Planned, Sprint, Pilot, Crisis }

public enum Complexity { Foundational, Standard, Advanced, Expert }

public enum Resources { Minimal, Solo, LeanTeam, AgencyStack, FullStackOrg, EnterpriseBudget }

public enum Application { Training, Audit, Implementation, StrategyDesign, CrisisResponse, Experimentation, Documentation }

public enum OutputFormat { Txt, Md, Checklist, Spec, Playbook, Json, Yaml, Diagram, Bundle }

/// <summary>The codes of a closed list: each member's name in snake case, in declared order.</summary>
public static class Codes<T> where T : struct, Enum
{
    private static readonly FrozenDictionary<string, T> ByCode = Enum.GetValues<T>().ToFrozenDictionary(Snake, StringComparer.OrdinalIgnoreCase);
    private static readonly string[] ByValue = [.. Enum.GetValues<T>().Select(Snake)];

    public static IReadOnlyList<string> All => ByValue;

    public static string Of(T value) => ByValue[System.Runtime.CompilerServices.Unsafe.As<T, int>(ref value)];

    /// <summary>Accepts any case; surrounding space is the caller's to trim.</summary>
    public static bool TryParse(string code, out T value) => ByCode.TryGetValue(code, out value);

    private static string Snake(T value) =>
        string.Concat(value.ToString().Select((c, i) => char.IsUpper(c) ? (i == 0 ? "" : "_") + char.ToLowerInvariant(c) : c.ToString()));
}

public static class AxisCodes
{
    /// <summary>The name of an axis in requests and answers; the output axis is called <c>output_formats</c> there.</summary>
    public static string Code(this Axis axis) => Codes<Axis>.Of(axis);

    public static string Code(this Scale value) => Codes<Scale>.Of(value);

    public static string Code(this Urgency value) => Codes<Urgency>.Of(value);

    public static string Code(this Complexity value) => Codes<Complexity>.Of(value);

    public static string Code(this Resources value) => Codes<Resources>.Of(value);

    public static string Code(this Application value) => Codes<Application>.Of(value);

    public static string Code(this OutputFormat value) => Codes<OutputFormat>.Of(value);
}
