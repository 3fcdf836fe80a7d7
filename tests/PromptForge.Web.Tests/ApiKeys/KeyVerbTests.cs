using System.Net;
using PromptForge.Web.Tests.Http;
using PromptForge.Web.Tests.Platform;

namespace PromptForge.Web.Tests.ApiKeys;

/// <summary>The operator's verb as a process of its own, beside a server that runs on the same data.</summary>
public sealed class KeyVerbTests(PostgresFixture postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_of_the_operator_works_at_once_and_stands_alone_on_standard_output()
    {
        var tenant = await postgres.NewOrgAsync("enterprise");
        var server = await postgres.ServerAsync();
        var (exit, output, errors) = await Forge.RunAsync(["key", $"t-{tenant.OrgId:n}", "--scopes", "api.read", "--data", postgres.DataDirectory], Cancel);
        Assert.True(exit == 0, errors);
        using var caller = new ApiCaller(server.Address, output.Trim());
        (await caller.GetAsync($"/api/orgs/{tenant.OrgId}/entitlements")).Is(HttpStatusCode.OK);
        (await caller.PostAsync("/api/run/M07", new { })).Is(HttpStatusCode.Forbidden, "SCOPE_REQUIRED");
    }

    [Fact]
    public async Task What_cannot_be_made_is_refused_by_name_and_all_of_it_at_once()
    {
        var (exit, output, errors) = await Forge.RunAsync(["key", "--scopes", "api.everything", "--days", "0", "--data", postgres.DataDirectory], Cancel);
        Assert.Equal((2, ""), (exit, output));
        Assert.Contains("error SCOPES_INVALID", errors, StringComparison.Ordinal);
        Assert.Contains("error EXPIRY_INVALID", errors, StringComparison.Ordinal);
    }
}
