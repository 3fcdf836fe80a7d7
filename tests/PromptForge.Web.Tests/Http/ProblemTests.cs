using System.Net;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tests.Identity;

namespace PromptForge.Web.Tests.Http;

public sealed class ProblemTests(PostgresFixture postgres)
{
    [Fact]
    public async Task What_is_not_there_answers_a_problem_with_a_stable_code_and_a_trace()
    {
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        var answer = (await nobody.GetAsync("/api/nothing")).Is(HttpStatusCode.NotFound, "NOT_FOUND");
        Assert.Equal("/docs/errors/NOT_FOUND", (string?)answer.Json["type"]);
        Assert.Equal(404, (int?)answer.Json["status"]);
        Assert.False(string.IsNullOrEmpty((string?)answer.Json["trace_id"]));
        Assert.Equal("no-store", answer.Headers["Cache-Control"]);
    }

    [Fact]
    public async Task Every_answer_carries_the_security_headers_and_allows_no_other_origin()
    {
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        var answer = await nobody.GetAsync("/health/live", ("Origin", "https://elsewhere.example"));
        Assert.Contains("frame-ancestors 'none'", answer.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.Equal("nosniff", answer.Headers["X-Content-Type-Options"]);
        Assert.DoesNotContain("Access-Control-Allow-Origin", answer.Headers.Keys);
        Assert.DoesNotContain("Server", answer.Headers.Keys);
    }

    [Fact]
    public async Task A_refusal_out_of_the_middle_of_a_request_carries_them_too()
    {
        using var somebody = await (await Accounts.NewAsync(postgres)).CallerAsync(postgres);
        var refused = (await somebody.GetAsync("/api/orgs?limit=0")).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        Assert.Equal("nosniff", refused.Headers.GetValueOrDefault("X-Content-Type-Options"));
        Assert.Contains("frame-ancestors 'none'", refused.Headers.GetValueOrDefault("Content-Security-Policy") ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void What_nobody_foresaw_is_logged_by_its_kind_and_place_and_without_its_words()
    {
        var error = Record.Exception(() => Convert.ToInt64("the client's text", 16));
        var said = Errors.Anatomy(new InvalidOperationException("the client's text", error));
        Assert.DoesNotContain("client's text", said, StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException", said, StringComparison.Ordinal);
        Assert.Contains("FormatException", said, StringComparison.Ordinal);
        Assert.Contains(nameof(What_nobody_foresaw_is_logged_by_its_kind_and_place_and_without_its_words), said, StringComparison.Ordinal);
    }

    [Fact]
    public void Codes_are_unique_and_each_says_what_to_do()
    {
        Assert.All(ApiError.All, e => Assert.Matches("^[A-Z0-9][A-Z0-9_]+$", e.Code));
        Assert.All(ApiError.All, e => Assert.False(string.IsNullOrWhiteSpace(e.Remedy)));
        Assert.Equal(ApiError.All.Count(), ApiError.All.Select(e => e.Code).Distinct().Count());
    }
}
