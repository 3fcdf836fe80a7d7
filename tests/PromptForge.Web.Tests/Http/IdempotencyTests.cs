using System.Net;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Tests.Http;

/// <summary>The middleware by itself, in front of operations that wait until the test lets them go on.</summary>
public sealed class IdempotencyTests(PostgresFixture postgres) : IAsyncDisposable
{
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication? _app;
    private int _done;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_repeated_call_is_told_where_to_look_as_the_first_one_was()
    {
        using var caller = await AppAsync(() => TypedResults.Created($"/made/{++_done}", new Made(_done)));
        var first = (await CallAsync(caller)).Is(HttpStatusCode.Created);
        var again = (await CallAsync(caller)).Is(HttpStatusCode.Created);
        Assert.Equal(("/made/1", first.Text, "true"), (again.Headers.GetValueOrDefault("Location"), again.Text, again.Headers.GetValueOrDefault("Idempotency-Replayed")));
    }

    [Fact]
    public async Task What_is_told_as_it_happens_is_not_held_back_and_told_again_whole()
    {
        using var caller = await AppAsync(() => TypedResults.ServerSentEvents(EventsAsync(Cancel)));
        using var http = new HttpClient { BaseAddress = new Uri(_app!.Urls.Single()) };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Headers = { { "Idempotency-Key", "one" } } };
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(patience.Token));
        Assert.Equal("data: one", await reader.ReadLineAsync(patience.Token));
        _goOn.SetResult();
        Assert.Equal("\ndata: two\n\n", await reader.ReadToEndAsync(patience.Token));

        var again = (await CallAsync(caller)).Is(HttpStatusCode.OK);
        Assert.Equal(("text/event-stream", "data: one\n\ndata: two\n\n", 1), (again.ContentType, again.Text, _done));
    }

    [Fact]
    public async Task What_a_caller_began_and_left_is_done_once_and_answered_when_asked_again()
    {
        var (begun, left) = (new TaskCompletionSource(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        using var caller = await AppAsync(async (HttpContext context, CancellationToken ct) =>
        {
            using var gone = context.Features.GetRequiredFeature<IConnectionLifetimeFeature>().ConnectionClosed.Register(() => left.TrySetResult());
            begun.TrySetResult();
            await _goOn.Task.WaitAsync(ct);
            return TypedResults.Created($"/made/{++_done}", new Made(_done));
        });
        using (var hasty = new HttpClient { BaseAddress = new Uri(_app!.Urls.Single()) })
        using (var request = new HttpRequestMessage(HttpMethod.Post, "/") { Headers = { { "Idempotency-Key", "one" } } })
        using (var leave = CancellationTokenSource.CreateLinkedTokenSource(Cancel))
        {
            var call = hasty.SendAsync(request, leave.Token);
            await begun.Task.WaitAsync(Cancel);
            await leave.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }

        await left.Task.WaitAsync(Cancel);
        (await CallAsync(caller)).Is(HttpStatusCode.Conflict, "IDEMPOTENCY_CONFLICT");
        _goOn.SetResult();
        ApiAnswer answer;
        do
            answer = await CallAsync(caller);
        while (answer.Status == HttpStatusCode.Conflict);
        answer.Is(HttpStatusCode.Created);
        Assert.Equal((1, "/made/1", "true"), (_done, answer.Headers["Location"], answer.Headers["Idempotency-Replayed"]));
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
    }

    private static Task<ApiAnswer> CallAsync(ApiCaller caller) => caller.PostAsync("/", null, ("Idempotency-Key", "one"));

    private async IAsyncEnumerable<SseItem<string>> EventsAsync([EnumeratorCancellation] CancellationToken ct)
    {
        _done++;
        yield return new("one");
        await _goOn.Task.WaitAsync(ct);
        yield return new("two");
    }

    private async Task<ApiCaller> AppAsync(Delegate operation)
    {
        var (services, tenant) = ((await postgres.ServerAsync()).Services, await postgres.NewOrgAsync());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddSingleton(await postgres.DbAsync()).AddSingleton(services.GetRequiredService<ServerSecrets>()).AddSingleton(TimeProvider.System);
        _app = builder.Build();
        _app.UseRouting();
        _app.Use((context, next) =>
        {
            context.Features.Set(new IdempotencyScope(tenant.OrgId, "tester"));
            return next(context);
        });
        Idempotency.Use(_app);
        _app.MapPost("/", operation).Idempotent();
        await _app.StartAsync(Cancel);
        return new ApiCaller(new Uri(_app.Urls.Single()));
    }

    private sealed record Made(int Number);
}
