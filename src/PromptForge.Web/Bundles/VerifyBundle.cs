using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using PromptForge.Core.Bundling;
using PromptForge.Core.SevenD;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Bundles;

/// <summary>Whether a bundle is what this installation sealed, for anybody who holds one. Nothing of it is kept.</summary>
internal static class VerifyBundle
{
    public const int MaxUpload = 25_000_000;

    public static void Map(WebApplication app) => app.MapPost("/api/bundles/verify", VerifyAsync)
        .AllowAnonymous()
        .WithMetadata(new RequestSizeLimitAttribute(MaxUpload))
        .Accepts<BundleUpload>("multipart/form-data")
        .WithName("verifyBundle").WithTags("Bundles").WithSummary("Verify a bundle")
        .WithDescription($"Says whether every file is as its issuer sealed it, and if not, which was changed, is missing or was added. Open to everybody; the upload is read and forgotten. "
            + $"A request may have {MaxUpload / 1_000_000} MB. A file that is no bundle, or an archive that is unsafe to open, is answered too: its verdict is `not_a_bundle`.");

    private static async Task<Results<Ok<VerifyAnswer>, Problem>> VerifyAsync(HttpContext context, SigningKey key, VerifyLimits limits, CancellationToken ct)
    {
        // Without any content type the endpoint was chosen all the same.
        if (!context.Request.HasFormContentType)
            return new Problem(ApiError.MediaTypeUnsupported);
        using var lease = limits.Enter(context.Connection.RemoteIpAddress);
        IFormFile file;
        try
        {
            file = Only(await context.Request.ReadFormAsync(new FormOptions { ValueCountLimit = 8, ValueLengthLimit = 1024, MultipartBodyLengthLimit = MaxUpload }, ct));
        }
        catch (Exception e) when (e is InvalidDataException or IOException and not BadHttpRequestException)
        {
            throw new RefusedException(new(ApiError.BodyInvalid, "The form cannot be read. Send multipart/form-data with one file, for example with `curl -F bundle=@bundle.zip`."));
        }

        await using var zip = file.OpenReadStream();
        using var turn = await limits.TurnAsync(ct);
        return TypedResults.Ok(VerifyAnswer.Of(await BundleVerifier.VerifyZipAsync(zip, [key.Issuer(Issuer.Name)], ct)));
    }

    /// <exception cref="RefusedException">There is none, or more than one.</exception>
    private static IFormFile Only(IFormCollection form) => form.Files is [var file]
        ? file
        : throw new RefusedException(Problem.Of(ApiError.InputInvalid, [new("BUNDLE_FILE_COUNT", "/bundle", form.Files.Count == 0
            ? "There is no file in the form. Send the bundle's zip as the file `bundle`."
            : $"There are {form.Files.Count} files in the form. Send one bundle at a time.")]));
}

/// <summary>The form; the file's own name does not matter.</summary>
public sealed record BundleUpload(IFormFile Bundle);

/// <summary>What was found out about a bundle.</summary>
/// <param name="Verdict">valid, unknown_issuer, container_changed, file_added, file_missing, file_changed, seal_broken or not_a_bundle: the gravest finding.</param>
/// <param name="Checksum">Of the files as they are now; null where some are missing.</param>
/// <param name="Issuer">Null where no manifest can be read.</param>
/// <param name="Module">As the manifest says; proved only where the verdict is valid, like the run and the time.</param>
/// <param name="Detail">Every finding in words.</param>
public sealed record VerifyAnswer(
    string Verdict, string? Checksum, BundleIssuer? Issuer, BundleModule? Module, Guid? RunId, DateTimeOffset? CreatedAt, IReadOnlyList<BundleFileState> Files, string Detail)
{
    internal static VerifyAnswer Of(BundleReport report) => new(
        Codes<BundleVerdict>.Of(report.Verdict), report.Checksum,
        report.Manifest is { } m ? new(m.PublicKeyId, report.Issuer, report.Issuer is not null) : null,
        report.Manifest is { } n ? new(n.ModuleId, n.ModuleVersion) : null, report.Manifest?.RunId, report.Manifest?.CreatedAt,
        [.. report.Files.Select(f => new BundleFileState(f.Name, Codes<FileState>.Of(f.State), f.Actual))],
        report.Faults.IsEmpty ? "Every file is as its issuer sealed it." : string.Join(' ', report.Faults));
}

/// <param name="KeyId">The key that the manifest names.</param>
/// <param name="Name">Null where the key is not one of this installation's, or did not make the seal.</param>
/// <param name="Known">Whether a key that this installation vouches for made the seal.</param>
public sealed record BundleIssuer(string KeyId, string? Name, bool Known);

public sealed record BundleModule(string ModuleId, string Version);

/// <param name="State">intact, changed, missing or added.</param>
/// <param name="Sha256">Of the file as it is now; null where it is missing.</param>
public sealed record BundleFileState(string Name, string State, string? Sha256);
