using System.Net;

namespace PromptForge.Web.Tests.Http;

public sealed class HeadTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/")]
    [InlineData("/api/modules")]
    [InlineData("/api/domains/fintech")]
    [InlineData("/docs/errors/NOT_FOUND")]
    [InlineData("/docs/api")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/account/sign-in")]
    [InlineData("/api/nothing")]
    [InlineData("/api/orgs")]
    public async Task Head_is_answered_as_get_without_a_body(string path)
    {
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        var (get, head) = (await nobody.GetAsync(path), await nobody.SendAsync(HttpMethod.Head, path, null));
        Assert.Equal((get.Status, get.ContentType, get.Headers.GetValueOrDefault("ETag")), (head.Status, head.ContentType, head.Headers.GetValueOrDefault("ETag")));
        Assert.Equal("", head.Text);
    }

    [Fact]
    public async Task Head_of_what_is_known_already_is_304()
    {
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        var tag = (await nobody.SendAsync(HttpMethod.Head, "/api/modules", null)).Is(HttpStatusCode.OK).Headers["ETag"];
        (await nobody.SendAsync(HttpMethod.Head, "/api/modules", null, ("If-None-Match", tag))).Is(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task Head_of_a_bundle_s_file_says_its_length_and_the_connection_goes_on()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var file = (string)(await org.RunAsync())["bundle"]!["files"]![0]!["url"]!;
        var length = (await org.Caller.BytesAsync(file)).Length;
        var head = (await org.Caller.SendAsync(HttpMethod.Head, file, null)).Is(HttpStatusCode.OK);
        Assert.Equal(($"{length}", ""), (head.Headers["Content-Length"], head.Text));

        using var raw = await RawConnection.OpenAsync((await postgres.ServerAsync()).Address);
        await raw.SendAsync("HEAD /api/modules HTTP/1.1\r\nHost: localhost\r\n\r\nGET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await raw.AnswerAsync(hasBody: false), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await raw.AnswerAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Head_of_a_waiting_run_s_events_does_not_wait_for_its_end()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var token = (await Identity.Accounts.SignInAsync(postgres, org.OwnerId)).Token;
        var run = await org.RunAsync();
        await using (var held = (await postgres.AdminAsync()).CreateCommand("update runs set status = 'running', finished_at = null, lease_owner = 'another node', lease_until = now() + interval '1 day' where id = $1"))
        {
            held.Parameters.Add(new() { Value = (Guid)run["run_id"]! });
            await held.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        using var raw = await RawConnection.OpenAsync((await postgres.ServerAsync()).Address);
        await raw.SendAsync($"HEAD {org.Path($"/runs/{run["run_id"]}/events")} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\nGET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var head = await raw.AnswerAsync(hasBody: false);
        Assert.StartsWith("HTTP/1.1 200 ", head, StringComparison.Ordinal);
        Assert.Contains("text/event-stream", head, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await raw.AnswerAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Head_of_what_only_takes_other_methods_is_refused_and_allow_lists_it_where_it_is_taken()
    {
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        Assert.Equal("POST", (await nobody.SendAsync(HttpMethod.Head, "/api/7d/normalize", null)).Is(HttpStatusCode.MethodNotAllowed).Headers["Allow"]);
        Assert.Equal("GET, HEAD", (await nobody.DeleteAsync("/api/modules")).Is(HttpStatusCode.MethodNotAllowed, "METHOD_NOT_ALLOWED").Headers["Allow"]);
    }
}
