using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Metadata;
using PromptForge.Core;

namespace PromptForge.Web.Platform.Api;

/// <summary>A refusal as RFC 9457 has it, with a stable <c>code</c> and what the caller needs to mend it. Never a stack trace, a secret or another tenant's id.</summary>
public sealed class Problem(ApiError error, string? detail = null) : IResult, IStatusCodeHttpResult, IEndpointMetadataProvider
{
    public const string ContentType = "application/problem+json";

    private readonly List<KeyValuePair<string, object?>> _members = [];

    public ApiError Error { get; } = error;

    public int? StatusCode => Error.Status;

    public string Detail => detail ?? Error.Remedy;

    /// <summary>In whole seconds, at least 1.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Several faults at once: each with its JSON pointer.</summary>
    public static Problem Of(ApiError error, IEnumerable<Fault> faults)
    {
        var list = faults.ToList();
        return new Problem(error, list.Count == 1 ? list[0].Message : null).With("errors", list);
    }

    public Problem With(string member, object? value)
    {
        _members.Add(new(member, value));
        return this;
    }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Error.Status;
        response.ContentType = ContentType;
        response.Headers.CacheControl = "no-store";
        if (RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (Error.Status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = Error == ApiError.ApiKeyInvalid ? "Bearer error=\"invalid_token\"" : "Bearer";
        }

        using var buffer = new MemoryStream(512);
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            Write(json, httpContext);
        }

        response.ContentLength = buffer.Length;
        // That the caller left in the middle of a refusal is no failure.
        return response.Body.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), CancellationToken.None).AsTask();
    }

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status400BadRequest, typeof(Microsoft.AspNetCore.Mvc.ProblemDetails), [ContentType]));

    private void Write(Utf8JsonWriter json, HttpContext context)
    {
        json.WriteStartObject();
        json.WriteString("type", "/docs/errors/" + Error.Code);
        json.WriteString("title", Error.Title);
        json.WriteNumber("status", Error.Status);
        json.WriteString("code", Error.Code);
        json.WriteString("detail", Detail);
        json.WriteString("trace_id", Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier);
        if (RetryAfter is { } wait)
        {
            json.WriteNumber("retry_after", Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)));
        }

        foreach (var (name, value) in _members)
        {
            json.WritePropertyName(name);
            if (value is IReadOnlyList<Fault> faults)
            {
                Write(json, faults);
            }
            else
            {
                JsonSerializer.Serialize(json, value, ApiJson.Options);
            }
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<Fault> faults)
    {
        json.WriteStartArray();
        foreach (var fault in faults)
        {
            json.WriteStartObject();
            json.WriteString("pointer", fault.Where.Length == 0 || fault.Where[0] == '/' ? fault.Where : "/" + fault.Where);
            json.WriteString("code", fault.Code);
            json.WriteString("detail", fault.Message);
            if (fault.Allowed.Count > 0)
            {
                json.WriteStartArray("allowed");
                foreach (var value in fault.Allowed)
                {
                    json.WriteStringValue(value);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}

/// <summary>Leaves a transaction, and with it the request, with a refusal; what was written is rolled back.</summary>
public sealed class RefusedException(Problem problem) : Exception(problem.Error.Code)
{
    public Problem Problem { get; } = problem;
}
