using System.Net;

namespace PromptForge.Client;

/// <summary>The server refused, with a stable <see cref="Code"/>; the list is at <c>/docs/errors</c> of every installation.</summary>
public sealed class PromptForgeException : Exception
{
    internal PromptForgeException(HttpStatusCode status, ProblemBody problem, TimeSpan? retryAfter)
        : base($"{problem.Code}: {problem.Detail}")
    {
        (Status, Code, Detail, TraceId, RetryAfter) = (status, problem.Code, problem.Detail, problem.TraceId, retryAfter);
        (Flag, RequiredPlan, Errors) = (problem.Flag, problem.RequiredPlan, problem.Errors ?? []);
    }

    public HttpStatusCode Status { get; }

    public string Code { get; }

    /// <summary>What happened this time, and what to do.</summary>
    public string Detail { get; }

    /// <summary>Names the request in the server's logs.</summary>
    public string? TraceId { get; }

    public TimeSpan? RetryAfter { get; }

    /// <summary>The entitlement that is missing.</summary>
    public string? Flag { get; }

    /// <summary>The plan that opens it.</summary>
    public string? RequiredPlan { get; }

    /// <summary>One for each value that is not allowed.</summary>
    public IReadOnlyList<ValueError> Errors { get; }
}

/// <param name="Pointer">A JSON pointer into the request's body, or a parameter's name.</param>
/// <param name="Allowed">The values that would do, where they are a closed list.</param>
public sealed record ValueError(string Pointer, string Code, string Detail, IReadOnlyList<string>? Allowed);

internal sealed record ProblemBody(string Code, string Detail, string? TraceId, string? Flag, string? RequiredPlan, IReadOnlyList<ValueError>? Errors);
