using System.Runtime.CompilerServices;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Scoring;

/// <summary>The prompt standard's words for each axis value, looked up by index instead of by name.</summary>
internal sealed class ContextTexts
{
    private static readonly ConditionalWeakTable<PromptStandard, ContextTexts> Made = [];

    private ContextTexts(PromptStandard standard)
    {
        string[] Of<T>(Axis axis, string text) where T : struct, Enum => [.. Codes<T>.All.Select(v => standard.Of(axis, v, text))];

        string[][] Each(string text) =>
            [[], Of<Scale>(Axis.Scale, text), Of<Urgency>(Axis.Urgency, text), Of<Complexity>(Axis.Complexity, text), Of<Resources>(Axis.Resources, text), Of<Application>(Axis.Application, text), []];

        Labels = Each("label");
        Deciders = Of<Scale>(Axis.Scale, "decider");
        Deadlines = Of<Urgency>(Axis.Urgency, "deadline");
        Horizons = Of<Urgency>(Axis.Urgency, "horizon");
        Words = Of<Complexity>(Axis.Complexity, "words");
        Limits = Of<Resources>(Axis.Resources, "limit");
        Checks = Of<Application>(Axis.Application, "check");
        Parts = Of<OutputFormat>(Axis.Output, "part");
        Texts = [.. Deciders, .. Deadlines, .. Horizons, .. Limits, .. Checks, .. Parts, .. Each("means").SelectMany(t => t)];
    }

    public string[][] Labels { get; }
    public string[] Deciders { get; }
    public string[] Deadlines { get; }
    public string[] Horizons { get; }
    public string[] Words { get; }
    public string[] Limits { get; }
    public string[] Checks { get; }
    public string[] Parts { get; }

    /// <summary>Every sentence that the standard may put into a prompt for a value of an axis.</summary>
    public string[] Texts { get; }

    public static ContextTexts Of(PromptStandard standard) => Made.GetValue(standard, static s => new(s));

    /// <summary>The label of the set's value on an axis; null for domain and output, whose labels are not in the standard.</summary>
    public string? Label(Axis axis, ParameterSet set) => axis switch
    {
        Axis.Scale => Labels[1][(int)set.Scale],
        Axis.Urgency => Labels[2][(int)set.Urgency],
        Axis.Complexity => Labels[3][(int)set.Complexity],
        Axis.Resources => Labels[4][(int)set.Resources],
        Axis.Application => Labels[5][(int)set.Application],
        _ => null,
    };
}
