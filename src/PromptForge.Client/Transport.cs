using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PromptForge.Client;

/// <summary>
/// Sends, retries, reads. A call that creates something carries an idempotency key from its first attempt on, so that trying again after a lost answer never does
/// the work twice.
/// </summary>
internal sealed class Transport(HttpClient http, ClientOptions options)
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public Task<T> GetAsync<T>(string path, CancellationToken ct) => SendAsync<T>(HttpMethod.Get, path, null, null, ct);

    public Task<T> PostAsync<T>(string path, object? body, CancellationToken ct, string? idempotencyKey = null) =>
        SendAsync<T>(HttpMethod.Post, path, body, idempotencyKey ?? NewKey(), ct);

    public async Task<T> SendAsync<T>(HttpMethod method, string path, object? body, string? idempotencyKey, CancellationToken ct)
    {
        using var response = await SendAsync(() => Request(method, path, body, idempotencyKey), ct);
        return await ReadAsync<T>(response, ct);
    }

    public async Task SendAsync(HttpMethod method, string path, object? body, CancellationToken ct)
    {
        using var response = await SendAsync(() => Request(method, path, body, method == HttpMethod.Post ? NewKey() : null), ct);
    }

    /// <summary>Asks for the answer later: 202 and where to look.</summary>
    public async Task<QueuedRun> QueueAsync(string path, object body, string? idempotencyKey, CancellationToken ct)
    {
        var key = idempotencyKey ?? NewKey();
        using var response = await SendAsync(() =>
        {
            var request = Request(HttpMethod.Post, path, body, key);
            request.Headers.Add("Prefer", "respond-async");
            return request;
        }, ct);
        return await ReadAsync<QueuedRun>(response, ct) with { Location = response.Headers.Location };
    }

    public async Task<T> UploadAsync<T>(string path, string field, string name, ReadOnlyMemory<byte> content, CancellationToken ct)
    {
        using var response = await SendAsync(() =>
        {
            var request = Request(HttpMethod.Post, path, null, null);
            request.Content = new MultipartFormDataContent { { new ReadOnlyMemoryContent(content), field, name } };
            return request;
        }, ct);
        return await ReadAsync<T>(response, ct);
    }

    public async Task<byte[]> DownloadAsync(string path, CancellationToken ct)
    {
        using var response = await SendAsync(() => new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative)), ct);
        return await response.Content.ReadAsByteArrayAsync(ct);
    }

    /// <summary>The events of a request, as they come. It is not tried again once the first one is there.</summary>
    public async IAsyncEnumerable<SseItem<string>> StreamAsync(HttpMethod method, string path, object? body, [EnumeratorCancellation] CancellationToken ct)
    {
        var key = method == HttpMethod.Post ? NewKey() : null;
        using var response = await SendAsync(() =>
        {
            var request = Request(method, path, body, key);
            request.Headers.Accept.Clear();
            request.Headers.Accept.Add(new("text/event-stream"));
            return request;
        }, ct);
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(ct))
            yield return item;
    }

    /// <param name="request">Makes the request anew for each attempt.</param>
    /// <exception cref="PromptForgeException">The server refused.</exception>
    public async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> request, CancellationToken ct)
    {
        for (var attempt = 0; ; attempt++)
        {
            HttpResponseMessage? response = null;
            TimeSpan? wait = null;
            try
            {
                using var message = request();
                response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, ct);
                if (response.IsSuccessStatusCode)
                    return response;
                var problem = await ProblemAsync(response, ct);
                if (attempt > 0 && problem is { Code: "IDEMPOTENCY_CONFLICT", RetryAfter: not null })
                    // The attempt whose answer was lost is still at work, and will be answered.
                    attempt--;
                else if (!Passes(response, problem) || attempt >= options.Retries || problem.RetryAfter > options.LongestWait)
                    throw problem;
                wait = problem.RetryAfter;
            }
            catch (HttpRequestException) when (attempt < options.Retries)
            {
                // The connection broke; whether the request arrived is settled by its idempotency key.
            }
            finally
            {
                if (response is { IsSuccessStatusCode: false })
                    response.Dispose();
            }

            await Task.Delay(wait ?? options.FirstWait * Math.Pow(2, attempt), options.Clock, ct);
        }
    }

    private static HttpRequestMessage Request(HttpMethod method, string path, object? body, string? idempotencyKey)
    {
        var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        if (body is not null)
            request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, Json)) { Headers = { ContentType = new("application/json") { CharSet = "utf-8" } } };
        return request;
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken ct)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        return await JsonSerializer.DeserializeAsync<T>(stream, Json, ct) ?? throw new JsonException("The answer is empty.");
    }

    private static async Task<PromptForgeException> ProblemAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var retryAfter = response.Headers.RetryAfter?.Delta;
        if (response.Content.Headers.ContentType?.MediaType == "application/problem+json")
            return new(response.StatusCode, await ReadAsync<ProblemBody>(response, ct), retryAfter);
        // Something between us and the server answered.
        return new(response.StatusCode, new("HTTP_" + (int)response.StatusCode, $"{(int)response.StatusCode} {response.ReasonPhrase}, and not from PromptForge. Check the address.", null, null, null, null), retryAfter);
    }

    // A run whose model failed answers 502 or 504, and trying again would pay for the model again: that is the caller's choice.
    private static bool Passes(HttpResponseMessage response, PromptForgeException problem) =>
        response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable
        || (problem.Code.StartsWith("HTTP_", StringComparison.Ordinal) && response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout);

    private string NewKey() => Guid.CreateVersion7(options.Clock.GetUtcNow()).ToString();
}
