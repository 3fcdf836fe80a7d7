using System.Net;
using PromptForge.Client;
using PromptForge.Web.Tests.ApiKeys;
using PromptForge.Web.Tests.Identity;

namespace PromptForge.Web.Tests.Client;

/// <summary>The client against the real server: what an integrator's program does.</summary>
public sealed class ClientTests(PostgresFixture postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_comes_back_scored_and_sealed_and_its_bundle_verifies()
    {
        using var forge = await WithKeyAsync(await postgres.NewOrgAsync("enterprise"));
        var run = await forge.RunAsync("M07", await RequestAsync("generation", "md", "json", "zip"), cancel: Cancel);
        Assert.Equal(("success", "pass"), (run.Status, run.Score!.Verdict));
        Assert.True(run.Dor!.Ok && run.Dod!.Ok && run.Dor.Results.Count > 0);
        var zip = await forge.DownloadAsync(run.Bundle!.Files.Single(f => f.Name.EndsWith(".zip", StringComparison.Ordinal)).Url, Cancel);
        var verified = await forge.VerifyAsync(zip, Cancel);
        Assert.Equal(("valid", run.Bundle.Checksum), (verified.Verdict, verified.Checksum));
        zip[zip.Length / 2] ^= 1;
        Assert.NotEqual("valid", (await forge.VerifyAsync(zip, Cancel)).Verdict);
    }

    [Fact]
    public async Task The_same_idempotency_key_runs_once()
    {
        using var forge = await WithKeyAsync(await postgres.NewOrgAsync("enterprise"));
        var request = await RequestAsync("generation", "md");
        var (first, second) = (await forge.RunAsync("M07", request, "once", Cancel), await forge.RunAsync("M07", request, "once", Cancel));
        Assert.Equal(first.RunId, second.RunId);
    }

    [Fact]
    public async Task A_run_is_told_as_it_happens()
    {
        using var forge = await WithKeyAsync(await postgres.NewOrgAsync("enterprise"));
        var events = new List<RunEvent>();
        await foreach (var happened in forge.StreamRunAsync("M07", await RequestAsync("test", "md"), Cancel))
            events.Add(happened);
        Assert.Equal("status", events[0].Kind);
        Assert.Contains(events, e => e.Kind == "token");
        Assert.Contains(events, e => e.Kind == "score");
        Assert.Equal("success", events[^1].Run!.Status);
        Assert.True(events[^1].Run!.Telemetry!.Simulated);
    }

    [Fact]
    public async Task A_queued_run_is_followed_to_its_end()
    {
        var tenant = await postgres.NewOrgAsync("enterprise");
        using var forge = await WithKeyAsync(tenant);
        var queued = await forge.QueueRunAsync("M07", await RequestAsync("test", "md"), cancel: Cancel);
        RunEvent? last = null;
        await foreach (var happened in forge.Organisation(tenant.OrgId).FollowRunAsync(queued.RunId, Cancel))
            last = happened;
        Assert.Equal("done", last!.Kind);
        Assert.Equal("success", (await forge.Organisation(tenant.OrgId).RunAsync(queued.RunId, Cancel)).Status);
    }

    [Fact]
    public async Task Every_bad_value_comes_back_at_once_with_its_place()
    {
        using var forge = await WithKeyAsync(await postgres.NewOrgAsync("enterprise"));
        var refused = await Assert.ThrowsAsync<PromptForgeException>(() => forge.RunAsync("M07", new()
        {
            SevenD = new("fintech"),
            Inputs = new Dictionary<string, object?> { ["price"] = 7, ["surprise"] = true },
        }, cancel: Cancel));
        Assert.Equal((HttpStatusCode.BadRequest, "INPUT_INVALID"), (refused.Status, refused.Code));
        Assert.Contains(refused.Errors, e => e.Pointer == "/inputs" && e.Detail.Contains("surprise", StringComparison.Ordinal));
        Assert.Contains(refused.Errors, e => e.Pointer == "/inputs/proofs");
    }

    [Fact]
    public async Task An_owner_works_through_projects_keys_prompts_and_lists()
    {
        var tenant = await postgres.NewOrgAsync("enterprise");
        using var forge = new PromptForgeClient((await postgres.ServerAsync()).Address, (await Accounts.SignInAsync(postgres, tenant.OwnerId)).Token);
        var org = forge.Organisation(tenant.OrgId);
        var project = await org.CreateProjectAsync("Acme KYC", cancel: Cancel);
        var made = await org.CreateApiKeyAsync(new("ci", ["api.run", "api.read"]), Cancel);
        var run = await org.CreateRunAsync("M07", await RequestAsync("generation", "md") with { Project = project.Slug }, cancel: Cancel);
        var prompt = await org.SavePromptAsync("offer", "M07", await RequestAsync("generation") with { Project = project.Slug }, Cancel);

        Assert.Equal(project.Slug, run.Project);
        Assert.Equal(("offer", 1), (prompt.Name, prompt.Version));
        Assert.Equal(("M07", "M07", 64), (prompt.Module.ModuleId, prompt.Lock!.Module.Name, prompt.SevenD.Signature.Length));
        Assert.Equal(run.RunId, Assert.Single(await org.RunsAsync(Cancel).ToListAsync(Cancel)).RunId);
        Assert.Equal(1, Assert.Single(await org.ProjectsAsync(Cancel).ToListAsync(Cancel)).Runs);
        Assert.Equal(made.ApiKey.Id, Assert.Single(await org.ApiKeysAsync(Cancel).ToListAsync(Cancel)).Id);
        Assert.Contains(await org.AuditAsync(Cancel).ToListAsync(Cancel), e => e.Action == "api_key.created");
        Assert.Equal("enterprise", (await org.EntitlementsAsync(Cancel)).Plan.Code);
        Assert.Contains(await forge.Organisations.ListAsync(Cancel), o => o.Id == tenant.OrgId && o.Role == "owner");
        Assert.Equal(50, (await forge.Catalogue.ModulesAsync(cancel: Cancel)).Count);

        await org.RevokeApiKeyAsync(made.ApiKey.Id, Cancel);
        using var revoked = new PromptForgeClient((await postgres.ServerAsync()).Address, made.Key);
        Assert.Equal("API_KEY_INVALID", (await Assert.ThrowsAsync<PromptForgeException>(() => revoked.Organisation(tenant.OrgId).ReadAsync(Cancel))).Code);
    }

    private async Task<PromptForgeClient> WithKeyAsync(Tenant tenant) => new((await postgres.ServerAsync()).Address, (await Keys.NewAsync(postgres, tenant)).Text);

    private async Task<RunRequest> RequestAsync(string type, params string[] formats) => new()
    {
        SevenD = new("fintech", Urgency: "crisis"),
        Inputs = (await postgres.CatalogAsync()).FindModule("M07")!.ExampleInput.ToDictionary(i => i.Key, i => (object?)i.Value),
        Type = type,
        Formats = formats.Length == 0 ? null : formats,
    };
}
