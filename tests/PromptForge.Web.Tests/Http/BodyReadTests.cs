using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tests.Http;

/// <summary>A body whose reading is given up half-way: at the request's time limit, or because its sender left.</summary>
public sealed class BodyReadTests : IAsyncDisposable
{
    private const string Head = " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n";

    private readonly CancellationTokenSource _patience = new();
    private readonly Warnings _warnings = new();
    private WebApplication? _app;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/json", "Content-Length: 14\r\n\r\n", "{\"name\":", "\"Ada\"}")]
    [InlineData("/bytes", "Content-Length: 14\r\n\r\n", "{\"name\":", "\"Ada\"}")]
    [InlineData("/json", "Transfer-Encoding: chunked\r\n\r\n", "8\r\n{\"name\":\r\n", "6\r\n\"Ada\"}\r\n0\r\n\r\n")]
    public async Task At_the_time_limit_the_caller_is_told_and_the_connection_goes_on(string path, string length, string half, string rest)
    {
        using var connection = await RawConnection.OpenAsync(await AppAsync());
        await connection.SendAsync($"POST {path}{Head}{length}");
        Assert.StartsWith("HTTP/1.1 100 ", await connection.AnswerAsync(), StringComparison.Ordinal);
        await connection.SendAsync(half);
        await _patience.CancelAsync();
        var told = await connection.AnswerAsync();
        Assert.True(told.Contains("TIMED_OUT", StringComparison.Ordinal), told);
        await connection.SendAsync(rest + "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await connection.AnswerAsync(), StringComparison.Ordinal);
        await _app!.StopAsync(Cancel);
        Assert.True(_warnings.Lines.IsEmpty, string.Join('\n', _warnings.Lines));
    }

    /// <summary>What was read of it and not understood yet must not stay taken.</summary>
    [Theory]
    [InlineData("/json", "Content-Length: 14\r\n\r\n", "{\"name\":")]
    [InlineData("/bytes", "Content-Length: 14\r\n\r\n", "{\"name\":")]
    [InlineData("/json", "Transfer-Encoding: chunked\r\n\r\n", "8\r\n{\"name\":\r\n")]
    public async Task Of_a_body_that_ends_early_nothing_is_said_in_the_log(string path, string length, string half)
    {
        using var connection = await RawConnection.OpenAsync(await AppAsync());
        await connection.SendAsync($"POST {path}{Head}{length}");
        Assert.StartsWith("HTTP/1.1 100 ", await connection.AnswerAsync(), StringComparison.Ordinal);
        await connection.SendAsync(half);
        connection.Finish();
        await _app!.StopAsync(Cancel);
        Assert.True(_warnings.Lines.IsEmpty, string.Join('\n', _warnings.Lines));
    }

    /// <summary>Kestrel itself says that it could not read off the rest; for us it is no failure.</summary>
    [Theory]
    [InlineData("/json", "Content-Length: 14\r\n\r\n")]
    [InlineData("/bytes", "Content-Length: 14\r\n\r\n")]
    [InlineData("/json", "Transfer-Encoding: chunked\r\n\r\n")]
    public async Task A_connection_that_breaks_is_no_failure(string path, string length)
    {
        using var connection = await RawConnection.OpenAsync(await AppAsync());
        await connection.SendAsync($"POST {path}{Head}{length}");
        Assert.StartsWith("HTTP/1.1 100 ", await connection.AnswerAsync(), StringComparison.Ordinal);
        connection.Break();
        await _app!.StopAsync(Cancel);
        Assert.DoesNotContain(_warnings.Lines, line => !line.Contains("automatic draining", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        _patience.Dispose();
    }

    private async Task<Uri> AppAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(_warnings).SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.AddApiErrors();
        _app = builder.Build();
        _app.UseApiErrors();
        _app.UseRouting();
        BodyLimit.Use(_app);
        _app.Use(async (context, next) =>
        {
            // As the middleware for request timeouts does it.
            var here = context.RequestAborted;
            using var both = CancellationTokenSource.CreateLinkedTokenSource(here, _patience.Token);
            context.RequestAborted = both.Token;
            try
            {
                await next(context);
            }
            finally
            {
                context.RequestAborted = here;
            }
        });
        _app.MapPost("/json", (Named named) => named.Name);
        _app.MapPost("/bytes", (HttpRequest request) => request.Body.CopyToAsync(Stream.Null, request.HttpContext.RequestAborted));
        _app.MapGet("/", () => "here");
        await _app.StartAsync(Cancel);
        return new Uri(_app.Urls.Single());
    }

    private sealed record Named(string Name);

    private sealed class Warnings : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
