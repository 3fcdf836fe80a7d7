namespace PromptForge.Web.Tests.Http;

/// <summary>What no well-meaning client sends, over a bare socket.</summary>
public sealed class HostileRequestTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData(200, 1)]
    [InlineData(3, 20_000)]
    public async Task A_flood_of_headers_is_refused_with_the_reason(int count, int size)
    {
        var answer = await RawAsync($"GET /health/live HTTP/1.1\r\nHost: localhost\r\n{Flood(count, size)}\r\n");
        Assert.StartsWith("HTTP/1.1 431 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"HEADERS_TOO_LARGE\"", answer, StringComparison.Ordinal);
        Assert.Contains("\"limit_bytes\":32768,\"limit_count\":100", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_url_is_refused_with_the_reason()
    {
        var answer = await RawAsync($"GET /api/modules?words={new string('a', 20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 414 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"URL_TOO_LONG\"", answer, StringComparison.Ordinal);
        Assert.Contains("\"limit_bytes\":8192", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_passes_even_the_server_s_own_limits_is_refused_all_the_same()
    {
        Assert.StartsWith("HTTP/1.1 414 ", await RawAsync($"GET /{new string('a', 200_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 431 ", await RawAsync($"GET /health/live HTTP/1.1\r\nHost: localhost\r\n{Flood(2_000, 1)}\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_larger_than_the_limit_is_refused_before_it_is_read()
    {
        var answer = await RawAsync("POST /api/auth/register HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 20000000\r\n\r\n{");
        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("BODY_TOO_LARGE", answer, StringComparison.Ordinal);
        Assert.Contains("\"limit_bytes\":1000000", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", 505)]
    [InlineData("NONSENSE\r\n\r\n", 400)]
    [InlineData("GET /health/live HTTP/1.1\r\n\r\n", 400)]
    public async Task What_is_not_http_is_refused_by_the_caller_s_fault(string request, int status) =>
        Assert.StartsWith($"HTTP/1.1 {status} ", await RawAsync(request), StringComparison.Ordinal);

    private static string Flood(int count, int size) => string.Concat(Enumerable.Range(0, count).Select(i => $"X-Flood-{i}: {new string('x', size)}\r\n"));

    private async Task<string> RawAsync(string request)
    {
        using var connection = await RawConnection.OpenAsync((await postgres.ServerAsync()).Address);
        await connection.SendAsync(request);
        return await connection.AnswerAsync();
    }
}
