using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core.Prompting;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Prompts;

/// <summary>GET .../prompts/{prompt_id} shows one prompt, with the causes of its lines on request; .../diff says what changed between two, cause by cause.</summary>
internal static class GetPrompt
{
    public static void Map(WebApplication app)
    {
        var prompts = app.MapOrgGroup("/prompts");
        prompts.MapGet("/{prompt_id:guid}", GetAsync).ForScope("api.read").ForFlag("hasCloudHistory").WithName("getPrompt").WithTags("Prompts").WithSummary("Read a prompt");
        prompts.MapGet("/{prompt_id:guid}/diff", DiffAsync).ForScope("api.read").ForFlag("hasCloudHistory").WithName("diffPrompts").WithTags("Prompts").WithSummary("Compare two prompts by what caused each difference");
    }

    private static async Task<Results<Ok<PromptView>, Problem>> GetAsync(Guid prompt_id, bool? explain, OrgAccess org, Db db, Recompiler recompiler, CancellationToken ct)
    {
        if (await PromptRow.FindAsync(db, org, prompt_id, ct) is not { } row)
            return new Problem(ApiError.NotFound);
        var prompt = recompiler.Compile(row.Source);
        if (explain == true && !prompt.Ok)
            return new Problem(ApiError.StateConflict, prompt.Faults[0].Message);
        return TypedResults.Ok(PromptView.Of(row, prompt.Ok ? prompt.Value : null, explain == true));
    }

    /// <param name="with">The prompt that this one is compared with; it is the newer one.</param>
    private static async Task<Results<Ok<PromptDiffView>, Problem>> DiffAsync(Guid prompt_id, Guid with, OrgAccess org, Db db, Recompiler recompiler, CancellationToken ct)
    {
        var (old, @new) = (await PromptRow.FindAsync(db, org, prompt_id, ct), await PromptRow.FindAsync(db, org, with, ct));
        if (old is null || @new is null)
            return new Problem(ApiError.NotFound);
        var (a, b) = (recompiler.Compile(old.Source), recompiler.Compile(@new.Source));
        if (!a.Ok || !b.Ok)
            return new Problem(ApiError.StateConflict, $"Prompt {(a.Ok ? with : prompt_id)} cannot be explained any more: {(a.Ok ? b : a).Faults[0].Message}");
        return TypedResults.Ok(new PromptDiffView(prompt_id, with, old.Hash == @new.Hash,
            [.. PromptDiff.Compare(a.Value, b.Value).Select(c => new CauseView(c.Cause, [.. c.Lines.Select(l => new LineChangeView(l.Section.Name(), l.Key, l.Old, l.New))]))]));
    }
}

/// <param name="Same">Byte for byte.</param>
public sealed record PromptDiffView(Guid From, Guid To, bool Same, IReadOnlyList<CauseView> Changes);

/// <summary>One difference in what the prompts were compiled from, and the lines it changed.</summary>
public sealed record CauseView(string Cause, IReadOnlyList<LineChangeView> Lines);

/// <param name="Old">Null where the line is new.</param>
/// <param name="New">Null where the line is gone.</param>
public sealed record LineChangeView(string Section, string Key, string? Old, string? New);
