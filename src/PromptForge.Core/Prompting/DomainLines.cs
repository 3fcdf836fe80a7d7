using System.Collections.Immutable;
using PromptForge.Core.Catalog;

namespace PromptForge.Core.Prompting;

/// <summary>The lines that depend on the domain alone: made once per domain and language.</summary>
internal sealed class DomainLines
{
    public DomainLines(Domain domain, PromptStandard standard, Ruleset ruleset)
    {
        var text = domain.In(standard.Language);
        Row = new(Section.Context7D, "context_7d.domain",
            $"| domain | {text.Name} | {standard["context_7d.domain"].Render(("jargon", string.Join(", ", domain.Jargon.Take(ruleset.Limits.JargonTerms))), ("tone", text.Tone))} |",
            [Causes.Domain(domain.Code, "jargon"), Causes.Domain(domain.Code, "tone")]);
        Kpi = new(Section.OutputSpec, "output_spec.domain_kpi",
            standard["output_spec.domain_kpi"].Render(("kpis", string.Join(", ", domain.Kpis.Take(ruleset.Limits.DomainKpis).Select(k => $"`{k}`")))), [Causes.Domain(domain.Code, "kpis")]);
        Guardrails = [.. Lines(domain, text, standard)];
    }

    public PromptLine Row { get; }

    public PromptLine Kpi { get; }

    public ImmutableArray<PromptLine> Guardrails { get; }

    private static IEnumerable<PromptLine> Lines(Domain domain, DomainText text, PromptStandard standard)
    {
        foreach (var (rule, i) in text.Rules.Select((r, i) => (r, i + 1)))
            yield return new(Section.Guardrails, $"guardrails.domain.{i}", standard["guardrails.line"].Render(("rule", rule)), [Causes.Domain(domain.Code, $"rules.{i}")]);
        yield return new(Section.Guardrails, "guardrails.evidence", standard["guardrails.evidence"].Render(("evidence", text.Evidence)), [Causes.Domain(domain.Code, "evidence")]);
        yield return new(Section.Guardrails, "guardrails.harm", standard["guardrails.harm"].Render(("harm", text.Harm)), [Causes.Domain(domain.Code, "harm")]);
        if (domain.RiskLevel == RiskLevel.High)
            yield return new(Section.Guardrails, "guardrails.high_risk", standard["guardrails.high_risk"].Render(), [Causes.Domain(domain.Code, "risk_level"), Causes.Standard("guardrails.high_risk")]);
    }
}
