namespace PromptForge.Client;

/// <param name="Checksum">"sha256:" and 64 hex digits.</param>
/// <param name="Superseded">The run's output was repaired after this was exported, so it holds the one before.</param>
public sealed record Bundle(Guid BundleId, string Checksum, string Version, IReadOnlyList<BundleFile> Files, bool Superseded = false);

/// <param name="Url">Relative to the server.</param>
public sealed record BundleFile(string Name, string Sha256, int Bytes, string Url);

/// <summary>What was found out about a bundle.</summary>
/// <param name="Verdict">valid, unknown_issuer, container_changed, file_added, file_missing, file_changed, seal_broken or not_a_bundle: the gravest finding.</param>
/// <param name="Checksum">Of the files as they are now; null where some are missing.</param>
public sealed record Verification(
    string Verdict, string? Checksum, BundleIssuer? Issuer, ModuleVersion? Module, Guid? RunId, DateTimeOffset? CreatedAt, IReadOnlyList<VerifiedFile> Files, string Detail);

/// <param name="Known">Whether the server trusts this key.</param>
public sealed record BundleIssuer(string KeyId, string? Name, bool Known);

/// <param name="State">intact, changed, missing or added.</param>
public sealed record VerifiedFile(string Name, string State, string? Sha256);
