using System.Globalization;
using PromptForge.Core.Catalog;
using PromptForge.Core.Scoring;

namespace PromptForge.Core.Bundling;

/// <summary>The words that prompt.md and prompt.pdf add of their own.</summary>
internal sealed record BundleWords
{
    private static readonly BundleWords En = new()
    {
        Prompt = "Prompt",
        Output = "Output",
        Total = "score",
        Verdict = "verdict",
        Gate = "gate",
        Axes = ["clarity", "execution", "ambiguity", "alignment", "business fit"],
        Verdicts = ["pass", "partial pass", "fail"],
        Months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
        Simulated = "**SIMULATED** · No language model was called. The output was filled from the inputs by the offline provider.",
        Trial = "**TRIAL** · Made in a trial. Not for redistribution.",
        Page = "page {0} of {1}",
        NoGlyph = "Printed as □ because this document's fonts have no sign for them: {0}. The text files hold every character.",
    };

    private static readonly BundleWords Ro = new()
    {
        Prompt = "Prompt",
        Output = "Rezultat",
        Total = "scor",
        Verdict = "verdict",
        Gate = "prag",
        Axes = ["claritate", "execuție", "ambiguitate", "aliniere", "potrivire cu afacerea"],
        Verdicts = ["trecut", "trecut parțial", "respins"],
        Months = ["ianuarie", "februarie", "martie", "aprilie", "mai", "iunie", "iulie", "august", "septembrie", "octombrie", "noiembrie", "decembrie"],
        Simulated = "**SIMULAT** · Nu a fost apelat niciun model lingvistic. Rezultatul a fost completat din datele de intrare de furnizorul offline.",
        Trial = "**PROBĂ** · Realizat în perioada de probă. Redistribuirea este interzisă.",
        Page = "pagina {0} din {1}",
        NoGlyph = "Tipărite ca □ deoarece fonturile documentului nu au semn pentru ele: {0}. Fișierele text conțin toate caracterele.",
    };

    public required string Prompt { get; init; }
    public required string Output { get; init; }
    public required string Total { get; init; }
    public required string Verdict { get; init; }
    public required string Gate { get; init; }
    public required string Simulated { get; init; }
    public required string Trial { get; init; }
    public required string Page { get; init; }
    public required string NoGlyph { get; init; }
    public required string[] Axes { get; init; }
    public required string[] Verdicts { get; init; }
    public required string[] Months { get; init; }

    public static BundleWords In(Language language) => language == Language.Ro ? Ro : En;

    public string Axis(ScoreAxis axis) => Axes[(int)axis];

    public string Of(Verdict verdict) => Verdicts[(int)verdict];

    /// <summary>"23 November 2026", in UTC.</summary>
    public string Day(DateTimeOffset at) => string.Create(CultureInfo.InvariantCulture, $"{at.UtcDateTime.Day} {Months[at.UtcDateTime.Month - 1]} {at.UtcDateTime.Year}");
}
