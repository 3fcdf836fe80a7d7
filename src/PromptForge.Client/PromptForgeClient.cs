using System.Net.Http.Headers;

namespace PromptForge.Client;

/// <summary>
/// One PromptForge installation, seen with one API key or token. Thread-safe; keep one for as long as the program runs. Every method throws
/// <see cref="PromptForgeException"/> where the server refuses and <see cref="HttpRequestException"/> where it cannot be reached.
/// </summary>
public sealed class PromptForgeClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly Transport _transport;

    /// <param name="server">For example <c>https://forge.example.com</c>.</param>
    /// <param name="credential">An API key, or a token from <c>POST /api/auth/login</c>; null for what is open to everybody.</param>
    /// <param name="handler">Where the requests go; the caller disposes it.</param>
    public PromptForgeClient(Uri server, string? credential, ClientOptions? options = null, HttpMessageHandler? handler = null)
    {
        _http = handler is null
            ? new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false })
            : new HttpClient(handler, disposeHandler: false);
        _http.BaseAddress = server;
        _http.Timeout = Timeout.InfiniteTimeSpan;
        if (credential is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", credential);
        _transport = new Transport(_http, options ?? new());
        Catalogue = new(_transport);
        Organisations = new(_transport);
    }

    /// <summary>Modules, domains, rules and the 7D engine.</summary>
    public Catalogue Catalogue { get; }

    /// <summary>The signed-in person's organisations.</summary>
    public Organisations Organisations { get; }

    /// <summary>What belongs to one organisation: members, projects, keys, prompts, runs, bundles.</summary>
    public Organisation Organisation(Guid id) => new(_transport, id);

    /// <summary>Runs a module in the API key's own organisation, and waits for the result.</summary>
    /// <param name="idempotencyKey">Null: a fresh one, so that a retry after a lost answer does not run twice.</param>
    public Task<Run> RunAsync(string moduleId, RunRequest request, string? idempotencyKey = null, CancellationToken cancel = default) =>
        _transport.PostAsync<Run>($"api/run/{Uri.EscapeDataString(moduleId)}", request, cancel, idempotencyKey);

    /// <summary>The same, told as it happens: status, token, score, bundle, and at last done with the whole run.</summary>
    public IAsyncEnumerable<RunEvent> StreamRunAsync(string moduleId, RunRequest request, CancellationToken cancel = default) =>
        RunEvent.ReadAsync(_transport.StreamAsync(HttpMethod.Post, $"api/run/{Uri.EscapeDataString(moduleId)}", request, cancel), cancel);

    /// <summary>The same, without waiting: the run is queued, and <see cref="Client.Organisation.RunAsync"/> tells how it is.</summary>
    public Task<QueuedRun> QueueRunAsync(string moduleId, RunRequest request, string? idempotencyKey = null, CancellationToken cancel = default) =>
        _transport.QueueAsync($"api/run/{Uri.EscapeDataString(moduleId)}", request, idempotencyKey, cancel);

    /// <param name="url">As a <see cref="BundleFile"/> names it.</param>
    public Task<byte[]> DownloadAsync(string url, CancellationToken cancel = default) => _transport.DownloadAsync(url.TrimStart('/'), cancel);

    /// <summary>Checks a sealed bundle; open to everybody.</summary>
    public Task<Verification> VerifyAsync(ReadOnlyMemory<byte> zip, CancellationToken cancel = default) => _transport.UploadAsync<Verification>("api/bundles/verify", "bundle", "bundle.zip", zip, cancel);

    public void Dispose() => _http.Dispose();
}
