using PromptForge.Web.ApiDocs;
using PromptForge.Web.ApiKeys;
using PromptForge.Web.Audit;
using PromptForge.Web.Bundles;
using PromptForge.Web.Catalog;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Identity;
using PromptForge.Web.Identity.Pages;
using PromptForge.Web.Limits;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Platform.Verbs;
using PromptForge.Web.Projects;
using PromptForge.Web.Prompts;
using PromptForge.Web.Retention;
using PromptForge.Web.Runs;
using PromptForge.Web.Tenancy;
using PromptForge.Web.Ui;

namespace PromptForge.Web;

internal static class Program
{
    private static Task<int> Main(string[] args) => CommandLine.RunAsync(args,
        RunVerb.Command(),
        UpVerb.Command(),
        MigrateVerb.Command(),
        DbVerb.Command(),
        GrantVerb.Command(),
        KeyVerb.Command());

    /// <summary>What each capability needs, one line each.</summary>
    internal static async Task AddAsync(WebApplicationBuilder builder, WebSettings settings, CancellationToken ct)
    {
        builder.AddHealth();
        builder.AddApi();
        builder.AddIdentity();
        builder.AddApiDocs();
        builder.AddTenancy();
        builder.AddEntitlements();
        builder.AddApiKeys();
        builder.AddCatalog();
        builder.AddLimits();
        await builder.AddBundlesAsync(settings, ct);
        builder.AddPrompts();
        builder.AddRuns();
        builder.AddRetention();
    }

    /// <summary>What every request passes, from the outside in.</summary>
    internal static void Use(WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UseSecurityHeaders();
        app.UseApiErrors();
        KeysInUrl.Use(app);
        HeaderLimit.Use(app);
        HeadIsGet.Use(app);
        app.UseRouting();
        BodyLimit.Use(app);
        BodyEncoding.Use(app);
        app.UseRequestTimeouts();
        app.UseAuthentication();
        ApiKeyScheme.Use(app);
        app.UseSameOrigin();
        CallerLimits.Use(app);
        app.UseAuthorization();
        OrgGate.Use(app);
        QueryNames.Use(app);
        Idempotency.Use(app);
    }

    /// <summary>What each capability answers, one line each.</summary>
    internal static void Map(WebApplication app)
    {
        app.MapHealth();
        app.MapApiKeys();
        app.MapIdentity();
        app.MapAccountPages();
        app.MapShell();
        app.MapHome();
        app.MapPrompts();
        app.MapRuns();
        app.MapBundles();
        app.MapTenancy();
        app.MapProjects();
        app.MapAudit();
        app.MapApiDocs();
        app.MapEntitlements();
        app.MapCatalog();
    }
}
