using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Runs;

/// <summary>Stores a compiled prompt apart from any run; under a name it is the next version.</summary>
public static class SavedPrompts
{
    /// <exception cref="PlatformException">prompt_history_version_key: somebody else took the version at the same time.</exception>
    public static async Task<Guid> SaveAsync(OrgScope scope, RunRequest request, CompiledPrompt prompt, string? name, string lockJson, DateTimeOffset at, CancellationToken ct)
    {
        var (id, set) = (Guid.CreateVersion7(at), RunRows.ParameterSetId(request.OrgId, request.SevenD.Set));
        await scope.ExecuteAsync(RunRows.ParameterSet(request.OrgId, set, request.SevenD).Alone, ct);
        await scope.ExecuteAsync("""
            insert into prompt_history (org_id, id, user_id, project_id, module_id, module_version, ruleset_version, parameter_set_id, signature, language, name, version, hash, config, inputs, lock, prompt, created_at)
            select @Org, @Id, @User, @Project, @Module, @ModuleVersion, @Ruleset, @Set, @Signature, @Language, @Name,
                   case when @Name::text is null then 1 else coalesce((select max(version) from prompt_history where org_id = @Org and module_id = @Module and name = @Name and project_id is not distinct from @Project::uuid), 0) + 1 end,
                   @Hash, @Config::jsonb, @Inputs::jsonb, @Lock::jsonb, @Prompt, @At
            """, new
        {
            Org = request.OrgId,
            Id = id,
            User = request.UserId,
            Project = request.ProjectId,
            Module = request.Module.Id,
            ModuleVersion = request.Module.Version,
            Ruleset = prompt.Lock.Ruleset.Version,
            Set = set,
            request.SevenD.Set.Signature,
            Language = Codes<Language>.Of(request.Language),
            Name = name,
            prompt.Hash,
            Config = RunRows.Config(request.SevenD.Set),
            Inputs = request.Inputs.Values.ToJsonString(),
            Lock = lockJson,
            Prompt = prompt.Text,
            At = at,
        }, ct);
        return id;
    }
}
