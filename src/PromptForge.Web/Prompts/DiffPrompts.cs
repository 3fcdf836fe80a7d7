using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core.Prompting;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Prompts;

/// <summary>How two prompts of an org differ, every line put down to what made it differ.</summary>
internal static class DiffPrompts
{
    public static void Map(RouteGroupBuilder group) => group.MapGet("/{prompt_id:guid}/diff", HandleAsync).ForScope("api.read").ForFlag(PromptsSetup.Flag)
        .WithName("diffPrompts").WithSummary("Compare two prompts by cause").WithDescription("What changed from `prompt_id` (`old`) to `with` (`new`), by cause: a 7D axis, an input, the module, the domain, the rules. Both are compiled again; `exact` says whether that gave the bytes that were stored.");

    private static async Task<Results<Ok<PromptDiffAnswer>, Problem>> HandleAsync(Guid prompt_id, OrgAccess org, Db db, Recompiler recompiler, CancellationToken ct, Guid? with = null)
    {
        if (with is not { } other)
            return Problem.Of(ApiError.InputInvalid, [new("WITH_MISSING", "/with", "Say with which prompt to compare: `?with=<prompt_id>`.")]);
        var (a, b) = await db.InOrgAsync(org.OrgId, org.UserId, async (scope, token) => (await StoredPrompt.FindAsync(scope, org.OrgId, prompt_id, token), await StoredPrompt.FindAsync(scope, org.OrgId, other, token)), ct);
        if (a is null || b is null)
            return new Problem(ApiError.NotFound);
        var (old, @new) = (recompiler.Again(a), recompiler.Again(b));
        if (old.Prompt is null || @new.Prompt is null)
            return new Problem(ApiError.StateConflict, $"{(old.Prompt is null ? a : b).Called} cannot be compiled again with the catalogue of today, so the causes cannot be told. Both texts are still there to be read.");
        return TypedResults.Ok(new PromptDiffAnswer(
            PromptSide.Of(a, old), PromptSide.Of(b, @new), old.Same && @new.Same,
            [.. PromptDiff.Compare(old.Prompt, @new.Prompt).Select(c => new CauseChangeAnswer(c.Cause, [.. c.Lines.Select(l => new LineChangeAnswer(l.Section.Name(), l.Key, l.Old, l.New))]))]));
    }
}

/// <param name="Exact">Both sides are the bytes that were stored; otherwise the changes are between the two as they would be compiled today.</param>
/// <param name="Changes">A line that several causes changed stands under each of them; empty where the prompts are the same.</param>
public sealed record PromptDiffAnswer(PromptSide Old, PromptSide New, bool Exact, IReadOnlyList<CauseChangeAnswer> Changes);

/// <param name="ChangedSince">What of the catalogue changed since it was stored; empty where <c>exact</c>.</param>
public sealed record PromptSide(Guid PromptId, string? Name, int Version, string Hash, bool Exact, IReadOnlyList<string> ChangedSince)
{
    internal static PromptSide Of(StoredPrompt p, Recompiled again) => new(p.Id, p.Name, p.Version, p.Hash, again.Same, again.ChangedSince);
}

/// <param name="Cause">For example <c>urgency planned -> crisis</c> or <c>input price</c>.</param>
public sealed record CauseChangeAnswer(string Cause, IReadOnlyList<LineChangeAnswer> Lines);

/// <param name="Old">Null where the line is new.</param>
/// <param name="New">Null where the line is gone.</param>
public sealed record LineChangeAnswer(string Section, string Key, string? Old, string? New);
