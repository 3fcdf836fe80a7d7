using System.Security.Cryptography;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace PromptForge.Web.ApiDocs;

/// <summary>The API as a document (/openapi/v1.json), as a page (/docs/api), and a page for each error code (/docs/errors).</summary>
internal static class ApiDocsSetup
{
    /// <summary>SemVer of the HTTP contract: major when something that worked stops working, minor when something is added.</summary>
    public const string Version = "1.0.0";

    public static void AddApiDocs(this WebApplicationBuilder builder) => builder.Services.AddOpenApi("v1", options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.ShouldInclude = description => description.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true;
        options.AddDocumentTransformer(OpenApiContract.Describe);
        options.AddOperationTransformer(OpenApiContract.DescribeOperation);
    });

    public static void MapApiDocs(this WebApplication app)
    {
        app.MapOpenApi("/openapi/{documentName}.json");
        app.MapScalarApiReference("/docs/api", (options, context) =>
        {
            var nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
            // The page builds its styles as it goes, and loads nothing from elsewhere.
            context.Response.Headers.ContentSecurityPolicy =
                $"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";
            options.WithTitle("PromptForge API").WithNonce(nonce).WithOpenApiRoutePattern("/openapi/{documentName}.json").WithDefaultHttpClient(ScalarTarget.Shell, ScalarClient.Curl)
                .HideDeveloperTools().WithDotNetFlag(false).DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp();
        });
        ErrorPages.Map(app);
    }
}
