using System.Collections.Immutable;

namespace PromptForge.Core.Bundling;

/// <summary>From harmless to grave.</summary>
public enum BundleVerdict { Valid, UnknownIssuer, ContainerChanged, FileAdded, FileMissing, FileChanged, SealBroken, NotABundle }

/// <summary>How a file stands to the manifest and the checksum file; who made those is the seal's matter.</summary>
public enum FileState { Intact, Changed, Missing, Added }

/// <summary>A file of the bundle. Hashes are lower hex; null where there is none.</summary>
public sealed record VerifiedFile(string Name, FileState State, string? Expected, string? Actual);

/// <summary>What a verifier found out about a bundle.</summary>
public sealed record BundleReport
{
    /// <summary>The gravest finding; <see cref="Faults"/> has all of them.</summary>
    public required BundleVerdict Verdict { get; init; }

    /// <summary>Empty when valid.</summary>
    public required ImmutableArray<Fault> Faults { get; init; }

    public ImmutableArray<VerifiedFile> Files { get; init; } = [];

    /// <summary>Null where no manifest could be read. Unless the verdict is Valid it is only what the bundle claims.</summary>
    public BundleManifest? Manifest { get; init; }

    /// <summary>Of the files as they are now: "sha256:..."; null where some are missing.</summary>
    public string? Checksum { get; init; }

    /// <summary>The issuer whose key made the seal; null where the seal could not be checked or is broken.</summary>
    public string? Issuer { get; init; }

    /// <summary>0 valid, 1 invalid, 2 cannot be judged.</summary>
    public int ExitCode => Verdict switch
    {
        BundleVerdict.Valid => 0,
        BundleVerdict.UnknownIssuer or BundleVerdict.NotABundle => 2,
        _ => 1,
    };

    internal static BundleReport Refused(Fault fault) => new() { Verdict = BundleVerdict.NotABundle, Faults = [fault] };
}
