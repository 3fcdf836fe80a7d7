using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using PromptForge.Web.Bundles;
using PromptForge.Web.Entitlements;
using PromptForge.Web.Runs;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.Runs;

public sealed class RetentionTests(PostgresFixture postgres)
{
    [Fact]
    public async Task What_is_older_than_the_plan_keeps_loses_its_texts_and_files_and_stays_a_number()
    {
        var org = await ApiOrg.NewAsync(postgres, "pro");
        var other = await ApiOrg.NewAsync(postgres, "pro");
        var run = await org.RunAsync();
        await other.RunAsync();
        var services = (await postgres.ServerAsync()).Services;
        var store = services.GetRequiredService<BundleStore>();
        var key = await (await postgres.DbAsync()).InOrgAsync(org.OrgId, null, (scope, ct) => scope.QuerySingleAsync<string>("select split_part(paths ->> 'manifest.json', '#', 1) from bundles where org_id = @Org", new { Org = org.OrgId }, ct), TestContext.Current.CancellationToken);

        await PurgeAsync(org, days: 89);
        Assert.Equal((1L, 1L, 1L), (await org.CountAsync("bundles"), await org.CountAsync("prompt_history"), await org.CountAsync("score_attempts")));
        await PurgeAsync(org, days: 91);
        Assert.Equal((0L, 0L, 0L, 1L, 1L), (await org.CountAsync("bundles"), await org.CountAsync("prompt_history"), await org.CountAsync("score_attempts"), await org.CountAsync("runs"), await org.CountAsync("prompt_scores")));
        Assert.False(File.Exists(store.PathOf(key)));
        Assert.Equal(1L, await other.CountAsync("bundles"));

        var left = (await org.Caller.GetAsync(org.Path($"/runs/{run["run_id"]}"))).Is(HttpStatusCode.OK).Json;
        Assert.Null(left["prompt"]);
        Assert.Null(left["output"]);
        Assert.Equal((int)run["score"]!["total"]!, (int)left["score"]!["total"]!);
        (await org.Caller.PostAsync(org.Path($"/runs/{run["run_id"]}/bundles"), new { })).Is(HttpStatusCode.Conflict, "STATE_CONFLICT");
        await PurgeAsync(org, days: 91);

        async Task PurgeAsync(ApiOrg of, int days)
        {
            using var retention = new Retention(await postgres.DbAsync(), services.GetRequiredService<EntitlementResolver>(), store, new Later(TimeSpan.FromDays(days)), NullLogger<Retention>.Instance);
            await retention.PurgeAsync(of.OrgId, TestContext.Current.CancellationToken);
        }
    }

    private sealed class Later(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
