using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics;
using PromptForge.Core.SevenD;

namespace PromptForge.Web.Platform.Api;

/// <summary>Whatever goes wrong in a request leaves as a <see cref="Problem"/>; what we did not foresee is logged with its trace and answers INTERNAL.</summary>
internal static partial class ApiErrors
{
    public static void AddApiErrors(this WebApplicationBuilder builder)
    {
        builder.Services.ConfigureHttpJsonOptions(options => ApiJson.Apply(options.SerializerOptions));
        // Without this a body that cannot be bound answers an empty 400.
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }

    public static void UseApiErrors(this WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ApiErrors));
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = context => Of(context.Features.Get<IExceptionHandlerFeature>()!.Error, log).ExecuteAsync(context),
            // Each failure is logged once, here, with what may be said of it.
            SuppressDiagnosticsCallback = _ => true,
        });
        app.UseStatusCodePages(context => OfStatus(context.HttpContext) is { } problem ? problem.ExecuteAsync(context.HttpContext) : Task.CompletedTask);
    }

    private static Problem Of(Exception error, ILogger log)
    {
        switch (error)
        {
            case RefusedException e:
                return e.Problem;
            case ConnectionResetException:
                // Its sender broke off; nobody hears this.
                return new(ApiError.BodyInvalid);
            case BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType }:
                return new(ApiError.MediaTypeUnsupported);
            case BadHttpRequestException { InnerException: JsonException json }:
                return OfJson(json);
            case BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout }:
                return TooSlow();
            case BadHttpRequestException e when e.Message.StartsWith("Failed to bind parameter", StringComparison.Ordinal) && e.Message.Split('"') is [_, var parameter, ..]:
                return OfParameter(JsonNamingPolicy.SnakeCaseLower.ConvertName(parameter.Split(' ')[^1]));
            case BadHttpRequestException e:
                return new(ApiError.BodyInvalid, Plain(e));
            case JsonException json:
                return OfJson(json);
            case PlatformException e when OfPlatform(e) is { } known:
                if (known.Error.Status >= StatusCodes.Status500InternalServerError)
                {
                    Log.Platform(log, e.Code, Errors.Anatomy(e));
                }

                return known;
            case Exception when Errors.IsAway(error) || Errors.IsSlow(error):
                return new(ApiError.Unavailable) { RetryAfter = TimeSpan.FromSeconds(2) };
            case OperationCanceledException:
                return new(ApiError.TimedOut);
            default:
                Log.Unforeseen(log, Errors.Anatomy(error));
                return new(ApiError.Internal);
        }
    }

    /// <summary>Which refusal a broken constraint means is the use case's to say; here is what holds for all.</summary>
    private static Problem? OfPlatform(PlatformException e) => e.Code switch
    {
        "DUPLICATE" => e.Constraint switch
        {
            "orgs_slug_key" or "projects_slug_key" => new(ApiError.SlugTaken),
            "api_keys_live_name_key" => new(ApiError.NameTaken),
            _ => new(ApiError.AlreadyExists),
        },
        "VALUE_REFUSED" when e.Constraint == "org_members_last_owner" => new(ApiError.LastOwner),
        "VALUE_REFUSED" => new(ApiError.InputInvalid, "A value is outside what may be stored."),
        "REFERENCE_MISSING" => new(ApiError.StateConflict, "It refers to something that is gone, or is still in use."),
        "ACCESS_REFUSED" => new(ApiError.NotFound),
        "RUN_LOST" => new(ApiError.StateConflict, e.Message),
        "DATABASE_UNAVAILABLE" or "DATABASE_BUSY" or "DATABASE_TIMEOUT" or "DATABASE_LOGIN_REFUSED" or "DISK_FULL" or "RUN_UNHELD" => new(ApiError.Unavailable) { RetryAfter = TimeSpan.FromSeconds(2) },
        _ => null,
    };

    private static Problem OfParameter(string name) =>
        Problem.Of(ApiError.BodyInvalid, [new("BODY_INVALID", name, $"The value of \"{name}\" in the path or the query has the wrong form.")]);

    private static Problem OfJson(JsonException e)
    {
        var path = Pointer(e.Path ?? "");
        var message = e.Message;
        if (message.StartsWith(ApiJson.HalfCharacter, StringComparison.Ordinal))
            path += message[ApiJson.HalfCharacter.Length..];
        IReadOnlyList<string> allowed = [];
        var reason = true switch
        {
            _ when Quoted(message, "The JSON property '") is { } unknown => $"\"{unknown}\" is not a member of this request.",
            _ when Quoted(message, "Duplicate property '") is { } twice => $"\"{twice}\" stands there twice.",
            _ when message.StartsWith(ApiJson.NullCharacter, StringComparison.Ordinal) => $"The text at {path} holds a null character.",
            _ when message.StartsWith(ApiJson.HalfCharacter, StringComparison.Ordinal) => $"The text at {path} holds half a character (a lone surrogate). Send valid UTF-8.",
            _ when message.Contains("maximum configured depth", StringComparison.Ordinal) => $"The body is nested deeper than {ApiJson.MaxDepth} levels.",
            _ when message.Contains("missing required properties", StringComparison.Ordinal) => $"A required member is missing: {message[(message.LastIndexOf(':') + 1)..].Trim().TrimEnd('.')}.",
            _ when message.Contains("null values", StringComparison.Ordinal) => $"The value at {path} is null; give one.",
            _ when message.Contains("could not be converted", StringComparison.Ordinal) && e.InnerException is InvalidOperationException && Wanted(message, path) is var of && (of == typeof(JsonElement) || (of is { IsClass: true } && of != typeof(string))) =>
                $"A name in {(path.Length == 0 ? "the body" : path)} holds half a character (a lone surrogate). Send valid UTF-8.",
            _ when message.Contains("could not be converted", StringComparison.Ordinal) => WrongValue(path, message, out allowed),
            _ => e.LineNumber is { } line ? $"The body is not JSON (line {line + 1}, byte {e.BytePositionInLine + 1})." : "The body is not JSON.",
        };
        return new Problem(ApiError.BodyInvalid, reason).With("errors", (IReadOnlyList<Core.Fault>)[new Core.Fault("BODY_INVALID", path, reason) { Allowed = allowed }]);
    }

    private static string WrongValue(string path, string message, out IReadOnlyList<string> allowed)
    {
        var value = path.Length == 0 ? "The body" : $"The value at {path}";
        var wanted = Wanted(message, path);
        allowed = wanted is { IsEnum: true } ? [.. Enum.GetNames(wanted).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)] : [];
        return wanted switch
        {
            { IsEnum: true } => $"{value} is not one of: {string.Join(", ", allowed)}.",
            not null when wanted == typeof(string) => $"{value} is not a text in valid UTF-8.",
            not null when wanted == typeof(bool) => $"{value} is neither true nor false.",
            not null when wanted == typeof(int) || wanted == typeof(long) => $"{value} is not a whole number.",
            not null when wanted == typeof(Guid) => $"{value} is not a UUID.",
            not null when wanted == typeof(DateTimeOffset) => $"{value} is not a time such as 2027-01-31T18:00:00Z.",
            not null when typeof(System.Collections.IEnumerable).IsAssignableFrom(wanted) && wanted != typeof(System.Text.Json.Nodes.JsonObject) => $"{value} is not a list.",
            { IsClass: true } => $"{value} is not a JSON object.",
            _ => $"{value} has the wrong type.",
        };
    }

    /// <summary>The serializer's message names the type it wanted, or, for a parameter of a record's constructor, the record: then the member's name leads on.</summary>
    private static Type? Wanted(string message, string path)
    {
        var (member, name) = (path[(path.LastIndexOf('/') + 1)..], WantedType().Match(message).Groups["type"].Value.TrimEnd('.'));
        var type = typeof(string).Assembly.GetType(name) ?? typeof(Core.Fault).Assembly.GetType(name) ?? typeof(ApiErrors).Assembly.GetType(name) ?? typeof(JsonElement).Assembly.GetType(name);
        type = type?.GetProperties().FirstOrDefault(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name) == member)?.PropertyType ?? type;
        return type is null ? null : Nullable.GetUnderlyingType(type) ?? type;
    }

    /// <summary>The serializer's path as a JSON pointer.</summary>
    private static string Pointer(string path) => string.Concat(PathStep().Matches(path).Select(step =>
        "/" + SevenDParser.Short(step.Groups["name"].Value).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)));

    [GeneratedRegex(@"\.(?<name>[^.\[]+)|\[(?<name>\d+)\]|\['(?<name>[^']*)'\]")]
    private static partial Regex PathStep();

    [GeneratedRegex(@"could not be converted to (System\.Nullable`1\[)?(?<type>[A-Za-z0-9_.+`]+(\[\])?)")]
    private static partial Regex WantedType();

    private static string? Quoted(string message, string before) =>
        message.StartsWith(before, StringComparison.Ordinal) && message.IndexOf('\'', before.Length) is > 0 and var end ? message[before.Length..Math.Min(end, before.Length + 60)] : null;

    private static string Plain(BadHttpRequestException e) =>
        e.Message.Contains("no body was provided", StringComparison.Ordinal) || e.Message.Contains("not provided from body", StringComparison.Ordinal) ? "There is no body. Send one JSON object with the members that the operation documents."
        : e.Message.StartsWith("Required parameter", StringComparison.Ordinal) ? e.Message.Split('"') is [_, var parameter, ..] ? $"\"{parameter.Split(' ')[^1]}\" is missing." : "A required value is missing."
        : "The request cannot be read.";

    /// <summary>What answers GET answers HEAD, too, which routing does not know.</summary>
    private static Problem NotAllowed(IHeaderDictionary headers)
    {
        var methods = headers.GetCommaSeparatedValues("Allow");
        if (methods.Contains(HttpMethods.Get))
            headers.Allow = string.Join(", ", [.. methods, HttpMethods.Head]);
        return new(ApiError.MethodNotAllowed);
    }

    private static Problem TooSlow() => new(ApiError.BodyInvalid, "The body arrived too slowly. Send it again over a better connection.");

    private static Problem? OfStatus(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status400BadRequest => new(ApiError.BodyInvalid),
        StatusCodes.Status401Unauthorized => new(ApiError.Unauthenticated),
        StatusCodes.Status403Forbidden => new(ApiError.RoleRequired),
        StatusCodes.Status404NotFound => new(ApiError.NotFound),
        StatusCodes.Status405MethodNotAllowed => NotAllowed(context.Response.Headers),
        StatusCodes.Status406NotAcceptable => new(ApiError.NotAcceptable),
        StatusCodes.Status408RequestTimeout => TooSlow(),
        StatusCodes.Status415UnsupportedMediaType => new(ApiError.MediaTypeUnsupported),
        StatusCodes.Status504GatewayTimeout => new(ApiError.TimedOut),
        StatusCodes.Status503ServiceUnavailable => null,
        >= StatusCodes.Status500InternalServerError => new(ApiError.Internal),
        _ => null,
    };

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "A request failed in a way nobody foresaw: {Anatomy}")]
        public static partial void Unforeseen(ILogger log, string anatomy);

        [LoggerMessage(Level = LogLevel.Error, Message = "A request failed on the ground it stands on: {Code}. {Anatomy}")]
        public static partial void Platform(ILogger log, string code, string anatomy);
    }
}
