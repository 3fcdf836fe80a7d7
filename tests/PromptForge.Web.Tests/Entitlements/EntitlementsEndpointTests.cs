using System.Net;
using PromptForge.Web.Tests.ApiKeys;
using PromptForge.Web.Tests.Http;
using PromptForge.Web.Tests.Identity;

namespace PromptForge.Web.Tests.Entitlements;

public sealed class EntitlementsEndpointTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_member_sees_each_flag_with_its_sources_and_what_ends_first()
    {
        var tenant = await postgres.NewOrgAsync("pro");
        await ExecuteAsync("insert into entitlements (org_id, id, flag, value, source, source_ref, expires_at) values ($1, gen_random_uuid(), 'canExportPDF', true, 'manual', 'gift', '2099-01-01Z'), ($1, gen_random_uuid(), 'hasAPI', true, 'manual', 'gift', '2099-01-01Z')", tenant.OrgId);
        await ExecuteAsync("insert into user_addons (org_id, user_id, addon_code) select org_id, user_id, 'eval_ai_adv' from org_members where org_id = $1", tenant.OrgId);
        await ExecuteAsync("insert into invitations (org_id, id, email, role, token_hash, expires_at) values ($1, gen_random_uuid(), 'x@example.test', 'member', sha256($1::text::bytea), now() + interval '1 day')", tenant.OrgId);

        using var owner = await (await Accounts.SignInAsync(postgres, tenant.OwnerId)).CallerAsync(postgres);
        var answer = (await owner.GetAsync($"/api/orgs/{tenant.OrgId}/entitlements")).Is(HttpStatusCode.OK).Json;

        Assert.Equal("pro", (string?)answer["plan"]!["code"]);
        Assert.Null(answer["notice"]);
        var flags = answer["flags"]!.AsArray().ToDictionary(f => (string)f!["flag"]!, f => f!);
        Assert.Equal(["plan", "manual"], flags["canExportPDF"]["sources"]!.AsArray().Select(s => (string?)s!["source"]));
        Assert.StartsWith("2099-01-01", (string?)flags["canExportPDF"]["first_expiry"], StringComparison.Ordinal);
        Assert.Null(flags["canExportPDF"]["expires_at"]);
        Assert.StartsWith("2099-01-01", (string?)flags["hasAPI"]["expires_at"], StringComparison.Ordinal);
        Assert.Equal("advanced", (string?)answer["evaluator"]);
        Assert.True((bool?)flags["hasEvaluatorAI"]["sources"]![1]!["own"]);
        Assert.Equal((2, 1), ((int)answer["seats"]!["used"]!, (int)answer["seats"]!["of"]!));
        Assert.Equal(["txt", "md", "json", "pdf"], answer["formats"]!.AsArray().Select(f => (string?)f));
        Assert.True((bool?)answer["modules"]!["all"]);
        Assert.Equal((50, 1000, 90), ((int)answer["limits"]!["live_runs_per_hour"]!, (int)answer["limits"]!["live_runs_per_month"]!, (int)answer["limits"]!["retention_days"]!));

        // hasAPI was granted, so a key may ask; the add-on is the owner's alone.
        var key = await Keys.NewAsync(postgres, tenant, "api.read");
        using var system = await key.CallerAsync(postgres);
        Assert.Equal("standard", (string?)(await system.GetAsync($"/api/orgs/{tenant.OrgId}/entitlements")).Is(HttpStatusCode.OK).Json["evaluator"]);
    }

    [Theory]
    [InlineData("status = 'trialing', trial_end = now() + interval '3 days'", "trial", "pro")]
    [InlineData("status = 'past_due', past_due_since = now() - interval '3 days'", "past_due", "pro")]
    [InlineData("status = 'past_due', past_due_since = now() - interval '8 days'", "lapsed", "pilot")]
    [InlineData("status = 'unpaid'", "lapsed", "pilot")]
    public async Task What_is_about_to_end_is_said(string change, string notice, string plan)
    {
        var tenant = await postgres.NewOrgAsync("pro");
        await ExecuteAsync($"update subscriptions set {change} where org_id = $1", tenant.OrgId);
        using var owner = await (await Accounts.SignInAsync(postgres, tenant.OwnerId)).CallerAsync(postgres);
        var answer = (await owner.GetAsync($"/api/orgs/{tenant.OrgId}/entitlements")).Is(HttpStatusCode.OK).Json;
        Assert.Equal((notice, plan), ((string)answer["notice"]!["kind"]!, (string)answer["plan"]!["code"]!));
        Assert.Equal("pro", (string?)answer["notice"]!["plan"]);
    }

    [Fact]
    public async Task Another_tenants_rights_are_not_there()
    {
        var (mine, theirs) = (await postgres.NewOrgAsync(), await postgres.NewOrgAsync("enterprise"));
        using var owner = await (await Accounts.SignInAsync(postgres, mine.OwnerId)).CallerAsync(postgres);
        (await owner.GetAsync($"/api/orgs/{theirs.OrgId}/entitlements")).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        (await nobody.GetAsync($"/api/orgs/{theirs.OrgId}/entitlements")).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
    }

    private async Task ExecuteAsync(string sql, Guid orgId)
    {
        await postgres.CatalogAsync();
        await using var command = (await postgres.AdminAsync()).CreateCommand(sql);
        command.Parameters.Add(new() { Value = orgId });
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
