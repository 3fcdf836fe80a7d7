using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using PromptForge.Core.Bundling;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Bundles;

/// <summary>GET .../bundles/{bundle_id}/files/{name}: one file, read out of the stored object, or the object itself.</summary>
internal static class DownloadFile
{
    public static void Map(WebApplication app) => app.MapOrgGroup("/bundles").MapGet("/{bundle_id:guid}/files/{name}", GetAsync).ForScope("api.export")
        .WithName("downloadBundleFile").WithTags("Bundles").WithSummary("Download a file of a bundle").Produces<byte[]>(StatusCodes.Status200OK, "application/octet-stream", "text/plain", "text/markdown", "application/json", "application/pdf", "application/zip").Produces(StatusCodes.Status304NotModified);

    private static async Task<Results<FileContentHttpResult, StatusCodeHttpResult, Problem>> GetAsync(Guid bundle_id, string name, OrgAccess org, HttpContext http, Db db, BundleStore store, CancellationToken ct)
    {
        // Only the names that a bundle lists lead anywhere; whatever else stands in the path is not there.
        var found = name.Length > 100 ? null : await db.InOrgAsync(org.OrgId, org.UserId, (scope, token) => scope.QueryFirstOrDefaultAsync<Found>("""
            select b.paths ->> @Name as path, f.file ->> 'sha256' as sha256 from bundles b, jsonb_array_elements(b.files) as f (file)
             where b.org_id = @Org and b.id = @Bundle and b.purged_at is null and f.file ->> 'name' = @Name and b.paths ? @Name
            """, new { Org = org.OrgId, Bundle = bundle_id, Name = name }, token), ct);
        if (found is null)
            return new Problem(ApiError.NotFound);
        var tag = new EntityTagHeaderValue($"\"{found.Sha256}\"");
        if (http.Request.GetTypedHeaders().IfNoneMatch.Any(t => t.Compare(tag, useStrongComparison: false) || t.Equals(EntityTagHeaderValue.Any)))
        {
            http.Response.Headers.ETag = tag.ToString();
            return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        }

        var zip = await store.ReadAsync(found.Path.Split('#')[0], ct);
        var content = name.EndsWith(".zip", StringComparison.Ordinal) ? zip : BundleReader.File(zip, name);
        return TypedResults.File(content.ToArray(), TypeOf(name), name, entityTag: tag);
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".txt" => "text/plain; charset=utf-8",
        ".md" => "text/markdown; charset=utf-8",
        ".json" => "application/json",
        ".pdf" => "application/pdf",
        ".zip" => "application/zip",
        _ => "application/octet-stream",
    };

    private sealed record Found(string Path, string Sha256);
}
