using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Runs;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Prompts;

/// <summary>POST /api/orgs/{org_id}/prompts: compiles a prompt and saves it under a name; the same name again is its next version.</summary>
internal static class SavePrompt
{
    private const int LongestName = 120;
    private const int Tries = 20;

    public static void Map(WebApplication app) => app.MapOrgGroup("/prompts").MapPost("", PostAsync).ForScope("api.run").Idempotent()
        .WithName("savePrompt").WithTags("Prompts").WithSummary("Compile a prompt and save it under a name");

    private static async Task<Results<Created<PromptView>, Problem>> PostAsync(PromptBody body, OrgAccess org, RunReader reader, PromptCompiler compiler, Db db, TimeProvider clock, CancellationToken ct)
    {
        var name = body.Name.Trim();
        List<Fault> faults = name.Length is 0 or > LongestName || name.Contains('\n', StringComparison.Ordinal) || TextRules.Hidden(name) is not null
            ? [new(InputReader.Code, "/name", $"A name has 1 to {LongestName} printable characters on one line.")] : [];
        var request = await reader.ReadAsync(org, body.ModuleId, new RunBody { SevenD = body.SevenD, Inputs = body.Inputs, Language = body.Language, Project = body.Project, Type = "generation" }, faults, ct);
        var prompt = compiler.Compile(request.Module, request.SevenD.Set, request.Inputs, request.Language);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var id = await db.InOrgAsync(org.OrgId, org.UserId, (scope, token) => SavedPrompts.SaveAsync(scope, request, prompt, name, clock.GetUtcNow(), token), ct);
                return TypedResults.Created($"/api/orgs/{org.OrgId}/prompts/{id}", PromptView.Of((await PromptRow.FindAsync(db, org, id, ct))!, prompt, explain: false));
            }
            catch (PlatformException e) when (e.Constraint == "prompt_history_version_key" && attempt < Tries)
            {
                // Somebody saved the same name at the same time and took this version; the next one is free.
            }
        }
    }
}

/// <summary>What a prompt is compiled from.</summary>
/// <param name="Name">The same name in the same project and module counts versions.</param>
/// <param name="SevenD">The context; <c>domain</c> is required.</param>
/// <param name="Language"><c>en</c> (the default) or <c>ro</c>.</param>
/// <param name="Project">The slug of a project of the organisation.</param>
public sealed record PromptBody(string Name, string ModuleId, SevenDRequest? SevenD = null, [property: JsonConverter(typeof(InputsConverter))] JsonObject? Inputs = null, string? Language = null, string? Project = null);
