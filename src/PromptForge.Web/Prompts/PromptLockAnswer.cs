using System.Text.Json;
using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Prompts;

/// <summary>What a prompt was compiled from: the same versions with the same content give the same bytes.</summary>
public sealed record PromptLockAnswer(LockedAnswer Module, LockedAnswer Domain, LockedAnswer Ruleset, LockedAnswer Standard, string CompilerVersion)
{
    /// <summary>As it stands in the prompt's row.</summary>
    public static string Json(PromptLock locked) => JsonSerializer.Serialize(
        new PromptLockAnswer(LockedAnswer.Of(locked.Module), LockedAnswer.Of(locked.Domain), LockedAnswer.Of(locked.Ruleset), LockedAnswer.Of(locked.Standard), locked.CompilerVersion), ApiJson.Options);

    internal static PromptLockAnswer? Read(string? json) => json is null ? null : JsonSerializer.Deserialize<PromptLockAnswer>(json, ApiJson.Options);

    internal PromptLock With(ParameterSet set, Language language) => new(Module.Item, Domain.Item, Ruleset.Item, Standard.Item, CompilerVersion, set, language);
}

/// <param name="Sha256">Of the content, so that one that moved under its version shows.</param>
public sealed record LockedAnswer(string Name, string Version, string Sha256)
{
    internal LockedItem Item => new(Name, Version, Sha256);

    internal static LockedAnswer Of(LockedItem item) => new(item.Name, item.Version, item.Sha256);
}
