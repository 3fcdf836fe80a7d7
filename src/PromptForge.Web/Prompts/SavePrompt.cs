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

/// <summary>A prompt is compiled and kept; under a name it is the next version of that name.</summary>
internal static class SavePrompt
{
    /// <summary>Of so many that save one name at the same moment, each gets its own version.</summary>
    private const int Attempts = 50;

    public static void Map(RouteGroupBuilder group) => group.MapPost("", HandleAsync).ForScope("api.run").ForFlag(PromptsSetup.Flag).Idempotent()
        .WithName("savePrompt").WithSummary("Compile and save a prompt").WithDescription("The prompt is compiled from module, 7D and inputs, without a run. With a name it becomes the next version of that name within project and module.");

    private static async Task<Results<Created<PromptDetail>, Problem>> HandleAsync(SavePromptBody body, OrgAccess org, RunReader reader, PromptCompiler compiler, Db db, TimeProvider clock, CancellationToken ct)
    {
        var faults = new List<Fault>();
        var name = PromptName.Read(body.Name, faults);
        var request = await reader.ReadAsync(org, body.ModuleId, new RunBody { SevenD = body.SevenD, Inputs = body.Inputs, Language = body.Language, Project = body.Project, Type = "generation", Formats = [] }, faults, ct);
        var prompt = compiler.Compile(request.Module, request.SevenD.Set, request.Inputs, request.Language);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var stored = await db.InOrgAsync(org.OrgId, org.UserId, async (scope, token) =>
                {
                    var id = await SavedPrompts.SaveAsync(scope, request, prompt, name, PromptLockAnswer.Json(prompt.Lock), clock.GetUtcNow(), token);
                    return (await StoredPrompt.FindAsync(scope, org.OrgId, id, token))!;
                }, ct);
                return TypedResults.Created($"/api/orgs/{org.OrgId}/prompts/{stored.Id}", PromptDetail.Of(stored, null));
            }
            catch (PlatformException e) when (e.Constraint == "prompt_history_version_key" && attempt < Attempts)
            {
                // Somebody else took this version; the next one is free.
            }
        }
    }
}

/// <summary>What a caller sends to have a prompt compiled and kept.</summary>
public sealed record SavePromptBody
{
    public required string ModuleId { get; init; }

    /// <summary>The context; <c>domain</c> is required, every other axis has the domain's default.</summary>
    public SevenDRequest? SevenD { get; init; }

    /// <summary>The module's inputs by name; <c>GET /api/modules/{module_id}</c> lists them.</summary>
    [JsonConverter(typeof(InputsConverter))]
    public JsonObject? Inputs { get; init; }

    /// <summary><c>en</c> (the default) or <c>ro</c>.</summary>
    public string? Language { get; init; }

    /// <summary>The slug of a project of the organisation.</summary>
    public string? Project { get; init; }

    /// <summary>Prompts of one name, project and module are versions of one another.</summary>
    public string? Name { get; init; }
}
