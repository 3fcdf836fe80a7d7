namespace PromptForge.Core.Guardrails;

/// <summary>A rule that a text broke. Never holds the text itself, so that it may stand in telemetry (decisions 12).</summary>
/// <param name="Code">PROMISES_FORBIDDEN, UNGROUNDED_CLAIM, CONFIDENTIALITY_BREACH or PII_&lt;KIND&gt;.</param>
/// <param name="Where">"input price", "prompt line 12", "output line 3".</param>
/// <param name="Blocks">Whether the artefact may not be exported while this stands.</param>
public sealed record PolicyHit(string Code, string Where, bool Blocks);
