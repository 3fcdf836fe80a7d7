using System.Net;
using System.Text;
using PromptForge.Client;

namespace PromptForge.Web.Tests.Client;

/// <summary>What the client does when the way to the server, or the server, is not what it should be.</summary>
public sealed class TransportTests
{
    private static readonly Uri Server = new("http://forge.test/");
    private static readonly ClientOptions Impatient = new() { FirstWait = TimeSpan.Zero };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lost_answer_is_asked_for_again_with_the_same_idempotency_key()
    {
        var way = new Way(_ => throw new HttpRequestException("lost"), _ => Problem(503, "UNAVAILABLE"), _ => Json(200, """{"version":"1.0.0","checksum":"sha256:00","gate":80}"""));
        using var client = new PromptForgeClient(Server, "pf_live_x", Impatient, way);
        await client.Organisation(Guid.CreateVersion7()).CreateProjectAsync("A", cancel: Cancel);
        Assert.Equal(3, way.Keys.Count);
        Assert.Single(way.Keys.Distinct());
        Assert.False(string.IsNullOrEmpty(way.Keys[0]));
    }

    [Fact]
    public async Task An_attempt_of_ours_that_is_still_at_work_is_waited_for_however_long_it_takes()
    {
        var busy = Enumerable.Repeat<Func<HttpRequestMessage, HttpResponseMessage>>(_ => Problem(409, "IDEMPOTENCY_CONFLICT", retryAfter: 0), 9);
        var way = new Way([_ => throw new HttpRequestException("lost"), .. busy, _ => Json(201, """{"id":"01890a5d-ac96-774b-bcce-b302099a8057","name":"A","slug":"a"}""")]);
        using var client = new PromptForgeClient(Server, "pf_live_x", Impatient, way);
        Assert.Equal("a", (await client.Organisations.CreateAsync("A", cancel: Cancel)).Slug);
        Assert.Single(way.Keys.Distinct());
    }

    [Fact]
    public async Task A_key_that_somebody_else_uses_is_not_waited_for()
    {
        var way = new Way(_ => Problem(409, "IDEMPOTENCY_CONFLICT"));
        using var client = new PromptForgeClient(Server, "pf_live_x", Impatient, way);
        await Assert.ThrowsAsync<PromptForgeException>(() => client.Organisations.CreateAsync("A", cancel: Cancel));
    }

    [Fact]
    public async Task A_refusal_that_will_not_pass_is_thrown_at_once_with_all_it_says()
    {
        var way = new Way(_ => Json(400, """{"code":"INPUT_INVALID","detail":"price is required.","trace_id":"t","errors":[{"pointer":"/inputs/price","code":"INPUT_MISSING","detail":"price is required.","allowed":["a"]}]}""", "application/problem+json"));
        using var client = new PromptForgeClient(Server, null, Impatient, way);
        var refused = await Assert.ThrowsAsync<PromptForgeException>(() => client.Catalogue.RulesetAsync(Cancel));
        Assert.Equal((HttpStatusCode.BadRequest, "INPUT_INVALID", "t"), (refused.Status, refused.Code, refused.TraceId));
        Assert.Equal("/inputs/price", Assert.Single(refused.Errors).Pointer);
        Assert.Single(way.Keys);
    }

    [Fact]
    public async Task A_limit_is_waited_for_as_the_server_asks_and_a_long_one_is_not()
    {
        var way = new Way(_ => Problem(429, "RATE_LIMITED", retryAfter: 3600));
        using var client = new PromptForgeClient(Server, null, Impatient, way);
        var refused = await Assert.ThrowsAsync<PromptForgeException>(() => client.Catalogue.RulesetAsync(Cancel));
        Assert.Equal(TimeSpan.FromHours(1), refused.RetryAfter);
        Assert.Single(way.Keys);
    }

    [Fact]
    public async Task A_run_whose_model_failed_is_not_paid_for_again()
    {
        var way = new Way(_ => Problem(502, "PROVIDER_ERROR"));
        using var client = new PromptForgeClient(Server, "k", Impatient, way);
        await Assert.ThrowsAsync<PromptForgeException>(() => client.RunAsync("M07", new() { SevenD = new("saas"), Inputs = new Dictionary<string, object?>() }, cancel: Cancel));
        Assert.Single(way.Keys);
    }

    [Fact]
    public async Task What_a_proxy_answers_is_named_as_not_ours()
    {
        var way = new Way(_ => new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = new StringContent("<html>") });
        using var client = new PromptForgeClient(Server, null, Impatient, way);
        Assert.Equal("HTTP_403", (await Assert.ThrowsAsync<PromptForgeException>(() => client.Catalogue.RulesetAsync(Cancel))).Code);
    }

    private static HttpResponseMessage Json(int status, string body, string type = "application/json") => new((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, type) };

    private static HttpResponseMessage Problem(int status, string code, int? retryAfter = null)
    {
        var response = Json(status, $$"""{"code":"{{code}}","detail":"d"}""", "application/problem+json");
        if (retryAfter is { } seconds)
            response.Headers.RetryAfter = new(TimeSpan.FromSeconds(seconds));
        return response;
    }

    /// <summary>Answers one request after the other; one too many fails the test.</summary>
    private sealed class Way(params Func<HttpRequestMessage, HttpResponseMessage>[] answers) : HttpMessageHandler
    {
        public List<string> Keys { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Assert.True(Keys.Count < answers.Length, "One request more than was planned.");
            Keys.Add(request.Headers.TryGetValues("Idempotency-Key", out var keys) ? keys.Single() : "");
            return Task.FromResult(answers[Keys.Count - 1](request));
        }
    }
}
