using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core.Prompting;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Runs;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Prompts;

/// <summary>One prompt of the history, and on request why each of its lines is there.</summary>
internal static class GetPrompt
{
    public static void Map(RouteGroupBuilder group) => group.MapGet("/{prompt_id:guid}", HandleAsync).ForScope("api.read").ForFlag(PromptsSetup.Flag)
        .WithName("getPrompt").WithSummary("Read a prompt").WithDescription("The whole text with its 7D, its inputs and what it was compiled from. With `explain=true` also every line with its causes: the prompt is compiled again, and `exact` says whether that gave the bytes that were stored.");

    private static async Task<Results<Ok<PromptDetail>, Problem>> HandleAsync(Guid prompt_id, OrgAccess org, Db db, Recompiler recompiler, CancellationToken ct, bool explain = false)
    {
        var stored = await db.InOrgAsync(org.OrgId, org.UserId, (scope, token) => StoredPrompt.FindAsync(scope, org.OrgId, prompt_id, token), ct);
        if (stored is null)
            return new Problem(ApiError.NotFound);
        return TypedResults.Ok(PromptDetail.Of(stored, explain ? ExplanationAnswer.Of(recompiler.Again(stored)) : null));
    }
}

/// <param name="Name">Null for a prompt of its own; the versions of a named one are counted within project and module.</param>
/// <param name="Hash">SHA-256 of the text.</param>
/// <param name="Lock">What it was compiled from; null where it was not noted.</param>
/// <param name="Explanation">Only with <c>explain=true</c>.</param>
public sealed record PromptDetail(
    Guid PromptId, string? Name, int Version, ModuleAnswer Module, string RulesetVersion, string? Project, string Language, SevenDAnswer SevenD, JsonObject Inputs, string Hash, string Text, PromptLockAnswer? Lock,
    ExplanationAnswer? Explanation, Guid? CreatedBy, DateTimeOffset CreatedAt)
{
    internal static PromptDetail Of(StoredPrompt p, ExplanationAnswer? explanation) => new(
        p.Id, p.Name, p.Version, new(p.ModuleId, p.ModuleVersion), p.RulesetVersion, p.Project, p.Language, p.SevenD, p.Values, p.Hash, p.Prompt, PromptLockAnswer.Read(p.Lock), explanation, p.UserId, p.CreatedAt);
}

/// <param name="Exact">Compiling again gave the stored bytes, so the lines are the stored prompt's own.</param>
/// <param name="ChangedSince">What of the catalogue changed; then the lines are those of today's prompt.</param>
public sealed record ExplanationAnswer(bool Exact, string Detail, IReadOnlyList<string> ChangedSince, IReadOnlyList<ExplainedLine> Lines)
{
    internal static ExplanationAnswer Of(Recompiled again) => new(
        again.Same,
        again switch
        {
            { Same: true } => "Compiled again, this prompt gives the bytes that were stored.",
            { Prompt: null } => "This prompt cannot be compiled again with the catalogue of today, so its lines cannot be explained.",
            _ => "Compiled again, this prompt gives other bytes than those stored: the lines and causes are those of today's prompt.",
        },
        again.ChangedSince, [.. again.Prompt?.Lines.Select(l => new ExplainedLine(l.Section.Name(), l.Key, l.Text, [.. l.Causes.Select(c => c.ToString())])) ?? []]);
}

/// <param name="Key">The line's place: the same key in two prompts is the same line.</param>
/// <param name="Causes">For example <c>axis urgency=crisis</c>, <c>module M07.goal</c>, <c>input price</c>.</param>
public sealed record ExplainedLine(string Section, string Key, string Text, IReadOnlyList<string> Causes);
