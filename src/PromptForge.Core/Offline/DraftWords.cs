using System.Collections.Frozen;
using PromptForge.Core.Catalog;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Offline;

/// <summary>The sentences that a draft is joined with. {0} is the subject, {1} a fact of the client, {2} who acts.</summary>
internal sealed record DraftWords
{
    public required string Condition { get; init; }
    public required string Remedy { get; init; }
    public required string Way { get; init; }
    public required string Evidence { get; init; }
    public required string Brief { get; init; }
    public required string Metric { get; init; }
    public required string Threshold { get; init; }
    public required string Reason { get; init; }
    public required string Exclusion { get; init; }
    public required string Message { get; init; }
    public required string Person { get; init; }
    public required string Place { get; init; }
    public required string Question { get; init; }
    public required string Also { get; init; }
    public required string Status { get; init; }
    public required string Other { get; init; }
    public required string Unknown { get; init; }
    public required string Day { get; init; }
    public required string Hour { get; init; }
    public required string Escalation { get; init; }
    public required string Kpi { get; init; }
    public required string DomainKpi { get; init; }
    public required string Evidences { get; init; }
    public required string Terms { get; init; }
    public required string Requirement { get; init; }
    public required string Play { get; init; }
    public required string And { get; init; }
    public required string Quoted { get; init; }
    public required string StepAgain { get; init; }
    public required FrozenDictionary<Resources, string[]> Roles { get; init; }

    public static DraftWords In(Language language) => language == Language.Ro ? Ro : En;

    private static readonly DraftWords En = new()
    {
        Condition = "once {2} has confirmed \"{0}\"",
        Remedy = "{2} settles \"{0}\" and records the result",
        Way = "in writing, to {2}",
        Evidence = "client brief: {1}",
        Brief = "client brief, `{0}`",
        Metric = "cases with \"{0}\", baseline unknown",
        Threshold = "set by {2} for \"{0}\"",
        Reason = "bears on \"{1}\"",
        Exclusion = "nothing beyond \"{0}\"",
        Message = "{0}: {1}",
        Person = "those whom \"{0}\" concerns",
        Place = "where \"{0}\" is handled",
        Question = "What follows from \"{0}\" for \"{1}\"?",
        Also = "Also from the brief: {0}.",
        Status = "open: {2} decides",
        Other = "for \"{0}\"",
        Unknown = "unknown",
        Day = "day {0}",
        Hour = "hour {0}",
        Escalation = "{0} decides; everybody who handles {1} is informed; by hour 1 the decision is recorded, by hour 4 it is reviewed.",
        Kpi = "baseline unknown, target {0}",
        DomainKpi = "Assumption: it improves",
        Evidences = "Evidence that counts: {0}.",
        Terms = "Terms of the trade: {0}.",
        Requirement = "{0}. `{1}` must be complete; test: {2} reads it.",
        Play = "trigger: {0} | action: {1} | owner: {2} | done when: {3}",
        And = " and ",
        Quoted = "\"{0}\"",
        StepAgain = "as in step {0}",
        Roles = Of(
            ["Project Lead"],
            ["you"],
            ["Team Lead", "Operations Lead", "Customer Contact"],
            ["Agency Lead", "Client Owner", "Producer"],
            ["Head of Operations", "Head of Finance", "Legal Counsel", "Data Lead"],
            ["Programme Director", "Finance Controller", "Legal Counsel", "Head of Operations"]),
    };

    private static readonly DraftWords Ro = new()
    {
        Condition = "după ce {2} confirmă „{0}”",
        Remedy = "{2} rezolvă „{0}” și consemnează rezultatul",
        Way = "în scris, către {2}",
        Evidence = "sursă, datele clientului: {1}",
        Brief = "sursă, datele clientului, `{0}`",
        Metric = "cazuri cu „{0}”, valoare de pornire necunoscută",
        Threshold = "fixează {2}, pentru „{0}”",
        Reason = "privește „{1}”",
        Exclusion = "nimic peste „{0}”",
        Message = "{0}: {1}",
        Person = "cei vizați de „{0}”",
        Place = "acolo unde se lucrează la „{0}”",
        Question = "Ce decurge din „{0}” pentru „{1}”?",
        Also = "Tot de la client: {0}.",
        Status = "deschis: decide {2}",
        Other = "pentru „{0}”",
        Unknown = "necunoscut",
        Day = "ziua {0}",
        Hour = "ora {0}",
        Escalation = "Decide {0}; sunt informați toți cei care lucrează la {1}; decizia se consemnează până la ora 1 și se verifică la ora 4.",
        Kpi = "valoare de pornire necunoscută, țintă {0}",
        DomainKpi = "Ipoteză: se îmbunătățește",
        Evidences = "Dovezi care contează: {0}.",
        Terms = "Termenii domeniului: {0}.",
        Requirement = "{0}. `{1}` trebuie completat; test: {2} citește.",
        Play = "declanșator: {0} | acțiune: {1} | responsabil: {2} | gata când: {3}",
        And = " și ",
        Quoted = "„{0}”",
        StepAgain = "ca la pasul {0}",
        Roles = Of(
            ["coordonatorul"],
            ["tu"],
            ["coordonatorul echipei", "omul de operațiuni", "omul de relații cu clienții"],
            ["coordonatorul agenției", "responsabilul clientului", "producătorul"],
            ["directorul de operațiuni", "directorul financiar", "consilierul juridic", "responsabilul de date"],
            ["directorul de program", "controlorul financiar", "consilierul juridic", "directorul de operațiuni"]),
    };

    private static FrozenDictionary<Resources, string[]> Of(string[] minimal, string[] solo, string[] lean, string[] agency, string[] fullStack, string[] budget) =>
        new Dictionary<Resources, string[]>
        {
            [Resources.Minimal] = minimal,
            [Resources.Solo] = solo,
            [Resources.LeanTeam] = lean,
            [Resources.AgencyStack] = agency,
            [Resources.FullStackOrg] = fullStack,
            [Resources.EnterpriseBudget] = budget,
        }.ToFrozenDictionary();
}
