using System.Net;
using System.Text;
using System.Text.Json.Nodes;
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

    [Theory]
    [InlineData("", "", "There is no body")]
    [InlineData("null", "", "There is no body")]
    [InlineData("[]", "", "The body is not a JSON object.")]
    [InlineData("""{"name":null}""", "/name", "The value at /name is null; give one.")]
    [InlineData("""{"\ud800":1}""", "", "A name in the body holds half a character")]
    [InlineData("""{"name":"x","$ref":1}""", "/$ref", "\"$ref\" is not a member of this request.")]
    [InlineData("""{"name":"x","a.b/c~":1}""", "/a.b~1c~0", "\"a.b/c~\" is not a member of this request.")]
    [InlineData("""{"name":5}""", "/name", "The value at /name is not a text")]
    [InlineData("""{"name":"\ud800"}""", "/name", "The value at /name is not a text in valid UTF-8.")]
    public async Task A_body_that_cannot_be_read_is_told_what_to_change(string body, string pointer, string reason)
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var answer = (await org.Caller.PostAsync("/api/orgs", body)).Is(HttpStatusCode.BadRequest, "BODY_INVALID").Json;
        Assert.StartsWith(reason, (string?)answer["detail"], StringComparison.Ordinal);
        if (answer["errors"] is { } errors)
            Assert.Equal(pointer, (string?)errors[0]!["pointer"]);
    }

    [Theory]
    [InlineData("application/json; charset=nonsense", "", "The charset \"nonsense\" is not known. Send UTF-8.")]
    [InlineData("application/json; charset=utf-7", "", "The charset \"utf-7\" is not known. Send UTF-8.")]
    [InlineData("application/json", "gzip", "The body is sent with Content-Encoding \"gzip\". Send it as it is, without one.")]
    [InlineData("application/json; charset=\"utf-8\"", "identity", null)]
    public async Task A_body_that_is_packed_or_in_an_unknown_charset_is_refused(string type, string encoding, string? reason)
    {
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        using var body = new ByteArrayContent("{\"domain\":\"fintech\"}"u8.ToArray());
        body.Headers.TryAddWithoutValidation("Content-Type", type);
        if (encoding.Length > 0)
            body.Headers.ContentEncoding.Add(encoding);
        var answer = await nobody.PostAsync("/api/7d/normalize", body);
        if (reason is null)
            answer.Is(HttpStatusCode.OK);
        else
            Assert.Equal(reason, (string?)answer.Is(HttpStatusCode.UnsupportedMediaType, "MEDIA_TYPE_UNSUPPORTED").Json["detail"]);
    }

    [Theory]
    [InlineData("/runs", """{"module_id":"M07","inputs":{"price":"\ud800"},"seven_d":{"domain":"fintech"}}""", "/inputs/price")]
    [InlineData("/runs", """{"module_id":"M07","inputs":{"proofs":["a",{"b":"\udc00"}]},"seven_d":{"domain":"fintech"}}""", "/inputs/proofs/1/b")]
    [InlineData("/runs", """{"module_id":"M07","inputs":{"proofs":{"\ud800":"a"}},"seven_d":{"domain":"fintech"}}""", "/inputs/proofs")]
    [InlineData("/runs", """{"module_id":"M07","formats":["md","\ud800"],"seven_d":{"domain":"fintech"}}""", "/formats/1")]
    [InlineData("/runs", """{"module_id":"M07","seven_d":{"domain":"\ud800"}}""", "/seven_d/domain")]
    [InlineData("/members", """{"email":"a@example.com","role":"\ud800"}""", "/role")]
    [InlineData("/projects", """{"name":"x","meta":{"a":["b","\ud800"]}}""", "/meta/a/1")]
    [InlineData("/projects", """{"name":"x","meta":{"a":{"\ud800":1}}}""", "/meta")]
    public async Task Half_a_character_is_refused_with_its_place(string path, string body, string pointer)
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var answer = (await org.Caller.PostAsync(org.Path(path), body)).Is(HttpStatusCode.BadRequest);
        Assert.True(pointer == (string?)answer.Json["errors"]?[0]?["pointer"], answer.Text);
    }

    [Fact]
    public async Task A_value_outside_a_list_a_doubled_input_and_a_parameter_of_the_wrong_form_are_named()
    {
        var org = await ApiOrg.NewAsync(postgres, "enterprise");
        var role = (await org.Caller.PostAsync(org.Path("/members"), """{"email":"a@example.com","role":"boss"}""")).Is(HttpStatusCode.BadRequest, "BODY_INVALID").Json["errors"]![0]!;
        Assert.Equal("/role", (string?)role["pointer"]);
        Assert.StartsWith("The value at /role is not one of: ", (string?)role["detail"], StringComparison.Ordinal);
        Assert.Equal(["admin", "member", "owner"], role["allowed"]!.AsArray().Select(r => (string?)r).Order(StringComparer.Ordinal));

        var twice = (await org.Caller.PostAsync(org.Path("/runs"), """{"module_id":"M07","inputs":{"price":"a","price":"b"},"seven_d":{"domain":"fintech"}}""")).Is(HttpStatusCode.BadRequest, "BODY_INVALID").Json;
        Assert.Equal("\"price\" stands there twice.", (string?)twice["detail"]);

        var list = (await org.Caller.PostAsync(org.Path("/runs"), """{"module_id":"M07","inputs":[],"seven_d":{"domain":"fintech"}}""")).Is(HttpStatusCode.BadRequest, "BODY_INVALID").Json["errors"]![0]!;
        Assert.Equal(("/inputs", "The value at /inputs is not a JSON object."), ((string?)list["pointer"], (string?)list["detail"]));
        Assert.Contains("\"with\"", (string?)(await org.Caller.GetAsync(org.Path($"/prompts/{Guid.Empty}/diff?with=x"))).Is(HttpStatusCode.BadRequest, "BODY_INVALID").Json["detail"], StringComparison.Ordinal);

        Assert.StartsWith("There is no body", (string?)(await org.Caller.DeleteAsync(org.Path(""))).Is(HttpStatusCode.BadRequest, "BODY_INVALID").Json["detail"], StringComparison.Ordinal);
        Assert.Contains("\"limit\"", (string?)(await org.Caller.GetAsync(org.Path("/runs?limit=abc"))).Is(HttpStatusCode.BadRequest, "BODY_INVALID").Json["detail"], StringComparison.Ordinal);
        Assert.Contains("\"from\"", (string?)(await org.Caller.GetAsync(org.Path("/runs?from=yesterday"))).Is(HttpStatusCode.BadRequest, "BODY_INVALID").Json["detail"], StringComparison.Ordinal);
        (await org.Caller.GetAsync(org.Path("/runs?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59.9999999Z"))).Is(HttpStatusCode.OK);
        var pilot = await ApiOrg.NewAsync(postgres, "pilot");
        Assert.Equal("/formats", (string?)(await pilot.Caller.PostAsync(pilot.Path("/runs"), await Runs.RunBodies.OfAsync(postgres, "M07", ("formats", new JsonArray("pdf"))))).Is(HttpStatusCode.Forbidden, "ENTITLEMENT_REQUIRED").Json["errors"]![0]!["pointer"]);
    }

    /// <summary>A server that closes the connection under a client that still writes is a broken pipe to it, and no answer.</summary>
    [Theory]
    [InlineData(1_000_001, false)]
    [InlineData(12_000_000, false)]
    [InlineData(1_000_001, true)]
    [InlineData(12_000_000, true)]
    public async Task A_body_over_the_limit_is_told_the_limit_whatever_is_still_to_come(int size, bool isChunked)
    {
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        await Parallel.ForEachAsync(Enumerable.Range(0, 6), TestContext.Current.CancellationToken, async (_, _) =>
        {
            using var body = new StreamContent(new MemoryStream(Encoding.ASCII.GetBytes(new string(' ', size - 2) + "{}")));
            body.Headers.ContentType = new("application/json");
            var answer = (await nobody.PostAsync("/api/7d/normalize", body, isChunked ? [("Transfer-Encoding", "chunked")] : [])).Is(HttpStatusCode.RequestEntityTooLarge, "BODY_TOO_LARGE");
            Assert.Equal(1_000_000, (int?)answer.Json["limit_bytes"]);
        });
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
