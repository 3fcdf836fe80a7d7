using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using PromptForge.Core.Bundling;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Bundles;

/// <summary>POST /api/bundles/verify: says to anybody whether a bundle is what its issuer sealed. The upload is read in memory, never unpacked to a disk, and not kept.</summary>
internal static class VerifyBundle
{
    /// <summary>The verifier's own limit, and room for the envelope.</summary>
    private const int MaxBody = BundleVerifier.MaxBytes + 64_000;

    private const int MaxBoundary = 100;

    public static void Map(WebApplication app) => app.MapPost("/api/bundles/verify", PostAsync).AllowAnonymous().WithMetadata(new RequestSizeLimitAttribute(MaxBody))
        .WithName("verifyBundle").WithTags("Bundles").WithSummary("Verify a bundle")
        .WithDescription("One zip as a file of a multipart form. The answer is always 200 for a readable upload: `verdict` is `valid`, or says what is wrong and with which file.");

    private static async Task<Results<ContentHttpResult, Problem>> PostAsync(HttpContext http, SigningKey key, CancellationToken ct)
    {
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type) || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
            return new Problem(ApiError.MediaTypeUnsupported, "Send the zip as a file of a form: Content-Type multipart/form-data.");
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        if (boundary.Length is 0 or > MaxBoundary)
            return new Problem(ApiError.BodyInvalid, "The form names no boundary, or one that is too long.");
        if (http.Request.ContentLength > MaxBody)
            return TooLarge();
        try
        {
            var form = new MultipartReader(boundary, http.Request.Body);
            while (await form.ReadNextSectionAsync(ct) is { } section)
            {
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var part) || !part.IsFileDisposition())
                    continue;
                var report = await BundleVerifier.VerifyZipAsync(section.Body, [key.Issuer(Issuer.Name)], ct);
                return report.Faults is [{ Code: "ZIP_TOO_LARGE" }] ? TooLarge() : TypedResults.Text(report.ToJson(), "application/json");
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException && e is not BadHttpRequestException)
        {
            return new Problem(ApiError.BodyInvalid, "The form cannot be read: it ends too early, or a part's headers are too large.");
        }

        return new Problem(ApiError.BodyInvalid, "The form holds no file. Send the bundle's zip as one.");
    }

    private static Problem TooLarge() => new Problem(ApiError.BodyTooLarge, $"A bundle has at most {BundleVerifier.MaxBytes >> 20} MB, packed and unpacked.").With("limit_bytes", BundleVerifier.MaxBytes);
}
