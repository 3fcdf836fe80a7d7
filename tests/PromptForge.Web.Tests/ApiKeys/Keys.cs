using Microsoft.Extensions.DependencyInjection;
using PromptForge.Web.ApiKeys;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.ApiKeys;

/// <summary>API keys of a tenant, real ones, without the way through the API that makes them.</summary>
internal static class Keys
{
    /// <param name="scopes">All of them where none is named.</param>
    public static Task<Key> NewAsync(PostgresFixture postgres, Tenant tenant, params string[] scopes) => NewAsync(postgres, tenant, new KeyDraft($"key {Guid.CreateVersion7():n}", scopes, 60, false, null));

    public static async Task<Key> NewAsync(PostgresFixture postgres, Tenant tenant, KeyDraft draft)
    {
        var server = await postgres.ServerAsync();
        var (db, secrets, now) = (await postgres.DbAsync(), server.Services.GetRequiredService<KeySecrets>(), TimeProvider.System.GetUtcNow());
        var whole = draft.Scopes.Length > 0 ? draft : draft with { Scopes = ["api.run", "api.export", "api.read", "api.metrics"] };
        var made = await db.InOrgAsync(tenant.OrgId, tenant.OwnerId, (scope, ct) => whole.InsertAsync(scope, tenant.OrgId, tenant.OwnerId, Guid.CreateVersion7(now), secrets, now, ct), TestContext.Current.CancellationToken);
        return new(made.ApiKey.Id, made.Key);
    }
}

internal sealed record Key(Guid Id, string Text)
{
    public async Task<ApiCaller> CallerAsync(PostgresFixture postgres) => new((await postgres.ServerAsync()).Address, Text);
}
