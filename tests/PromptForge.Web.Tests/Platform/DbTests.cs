namespace PromptForge.Web.Tests.Platform;

public sealed class DbTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_runs_as_the_web_role_with_its_org_and_its_user()
    {
        var db = await postgres.DbAsync();
        var (org, user) = (Guid.CreateVersion7(), Guid.CreateVersion7());

        var seen = await db.InOrgAsync(org, user, (scope, ct) => scope.QuerySingleAsync<Seen>(
            "select current_user::text as role, current_setting('app.org_id') as org, current_setting('request.jwt.claims')::jsonb ->> 'sub' as sub", null, ct), Ct);

        Assert.Equal(new Seen("promptforge_web", org.ToString(), user.ToString()), seen);
    }

    private sealed record Seen(string Role, string Org, string Sub);
}
