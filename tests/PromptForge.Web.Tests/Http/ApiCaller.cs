using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace PromptForge.Web.Tests.Http;

/// <summary>A real HTTP client of the API, with or without a bearer token or key.</summary>
public sealed class ApiCaller : IDisposable
{
    private readonly HttpClient http;

    public ApiCaller(Uri address, string? bearer = null)
    {
        http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = address };
        if (bearer is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
    }

    public static async Task<ApiCaller> NobodyAsync(PostgresFixture postgres) => new((await postgres.ServerAsync()).Address);

    public Task<ApiAnswer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    public Task<ApiAnswer> PostAsync(string path, object? body, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Post, path, body, headers);

    public Task<ApiAnswer> PatchAsync(string path, object? body, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Patch, path, body, headers);

    public Task<ApiAnswer> DeleteAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Delete, path, null, headers);

    public Task<byte[]> BytesAsync(string path) => http.GetByteArrayAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

    /// <param name="body">Text is sent as it is, an <see cref="HttpContent"/> too, anything else as JSON by its own member names.</param>
    public async Task<ApiAnswer> SendAsync(HttpMethod method, string path, object? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        request.Content = body switch
        {
            null => null,
            HttpContent content => content,
            string text => new StringContent(text, Encoding.UTF8, "application/json"),
            _ => new StringContent(System.Text.Json.JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"),
        };
        foreach (var (name, value) in headers)
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content?.Headers.TryAddWithoutValidation(name, value);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var text2 = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new(response.StatusCode, response.Content.Headers.ContentType?.MediaType, text2, response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase));
    }

    public void Dispose() => http.Dispose();
}

public sealed record ApiAnswer(HttpStatusCode Status, string? ContentType, string Text, IReadOnlyDictionary<string, string> Headers)
{
    private JsonNode? json;

    /// <summary>The body; missing members read as null.</summary>
    public JsonNode Json => json ??= JsonNode.Parse(Text)!;

    public string? Code => ContentType == "application/problem+json" ? (string?)Json["code"] : null;

    /// <summary>The answer, or a failed test that shows what came instead.</summary>
    public ApiAnswer Is(HttpStatusCode status, string? code = null)
    {
        Assert.True(Status == status && (code is null || Code == code), $"Expected {(int)status} {code}, got {(int)Status}: {Text}");
        return this;
    }
}
