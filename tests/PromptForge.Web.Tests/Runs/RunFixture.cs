using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;
using PromptForge.Web.Bundles;
using PromptForge.Web.Catalog;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Platform;
using PromptForge.Web.Runs;

namespace PromptForge.Web.Tests.Runs;

/// <summary>The real pipeline on the tests' database, with a store and a signing key of its own.</summary>
public sealed class RunFixture : IDisposable
{
    private readonly PostgresFixture postgres;
    private readonly Lazy<Task<ProductCatalog>> catalog;
    private readonly string root = Path.Combine(Path.GetTempPath(), $"promptforge-runs-{Guid.CreateVersion7(TimeProvider.System.GetUtcNow())}");

    public RunFixture(PostgresFixture postgres)
    {
        this.postgres = postgres;
        catalog = new(SyncedAsync);
        Store = new BundleStore(root);
    }

    public BundleStore Store { get; }

    public SigningKey Key { get; } = SigningKey.Generate();

    public Task<ProductCatalog> CatalogAsync() => catalog.Value;

    /// <summary>A resolver that hears of no change and so caches nothing: what a test has just written is what it reads.</summary>
    public async Task<EntitlementResolver> EntitlementsAsync()
    {
        var db = await postgres.DbAsync();
        return new(db, await CatalogAsync(), new Changes(db, TimeProvider.System, NullLogger<Changes>.Instance), TimeProvider.System);
    }

    internal async Task<RunPipeline> PipelineAsync(BundleStore? store = null, TimeProvider? clock = null, RunSignals? signals = null)
    {
        var db = await postgres.DbAsync();
        var content = await CatalogAsync();
        signals ??= new(new Changes(db, TimeProvider.System, NullLogger<Changes>.Instance));
        return new RunPipeline(content, new PromptCompiler(content), await EntitlementsAsync(), db, new RunLeases(db, signals), store ?? Store, Key, clock ?? TimeProvider.System);
    }

    /// <summary>An org whose plan is live and applied.</summary>
    public async Task<Tenant> OrgAsync(string plan)
    {
        var content = await CatalogAsync();
        var tenant = await postgres.NewOrgAsync(plan);
        await (await EntitlementsAsync()).ApplyPlanAsync(tenant.OrgId, content.FindPlan(plan)!, TestContext.Current.CancellationToken);
        return tenant;
    }

    /// <summary>The module's example in a domain, with some values changed.</summary>
    public async Task<RunRequest> RequestAsync(Tenant tenant, string module = "M07", RunType type = RunType.Generation, BundleFormats? formats = null, SevenDRequest? sevenD = null, params (string Key, string Value)[] inputs)
    {
        var content = await CatalogAsync();
        var found = content.FindModule(module)!;
        var values = new JsonObject(found.ExampleInput.Select(i => KeyValuePair.Create(i.Key, JsonNode.Parse(i.Value.GetRawText()))));
        foreach (var (key, value) in inputs)
            values[key] = value;
        return new(tenant.OrgId, "Test", tenant.OwnerId, found, SevenDParser.Normalize(sevenD ?? new SevenDRequest { Domain = "fintech" }, content).Value, InputReader.Read(values, found.Inputs, content.Ruleset.Limits).Value,
            Language.En, type, formats, "acme");
    }

    public void Dispose()
    {
        Key.Dispose();
        if (Directory.Exists(root))
            Directory.Delete(root, recursive: true);
    }

    private async Task<ProductCatalog> SyncedAsync()
    {
        var content = (await CatalogFolder.LoadAsync(null, CancellationToken.None)).Value;
        Assert.True((await CatalogSync.RunAsync(await postgres.DbAsync(), content, TimeProvider.System, CancellationToken.None)).Ok);
        return content;
    }
}
