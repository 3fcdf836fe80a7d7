using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using PromptForge.Core;

namespace PromptForge.Web.Platform.Api;

/// <summary>Marks an operation that creates something: with <c>Idempotency-Key</c> it happens once in 24 hours, and is answered the same every time.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IdempotentAttribute : Attribute
{
    /// <summary>Answers from the run that an earlier request with the key has made; null where that run is over and gave nothing, so that another one may be made.</summary>
    public Func<HttpContext, Guid, Task<IResult?>>? Recall { get; init; }
}

/// <summary>The key of a request that is done now. An operation that makes a run binds the two in the run's own transaction.</summary>
public sealed record IdempotencyKey(Guid OrgId, string Key)
{
    public static readonly Bulk Bindings = new("update idempotency_records i set run_id = n.run_id from unnest($1, $2, $3) as n (org_id, key, run_id) where i.org_id = n.org_id and i.key = n.key");

    public BulkRow Bind(Guid runId) => Bindings.Row(OrgId, Key, runId);
}

/// <summary>The org whose records hold the key of a request; set before this middleware runs.</summary>
public sealed record IdempotencyScope(Guid OrgId, string Actor);

/// <summary>
/// The first request with a key is noted before it runs, its answer kept after it, encrypted, because an answer may hold a key that is shown once. It goes on when its
/// caller leaves: whoever lost the answer asks again and gets it. A server that died in between leaves the note behind; where it is bound to a run that is stored, the next request with the
/// key is answered from that, else takes the note over after <see cref="Abandoned"/>.
/// </summary>
internal sealed class Idempotency(Db db, ServerSecrets secrets, TimeProvider clock)
{
    private const int LongestKey = 255;
    private const int MaxBody = 1 << 20;

    /// <summary>Longer than any operation may take.</summary>
    private static readonly TimeSpan Abandoned = ApiSetup.LongPatience * 2;

    private readonly Sealing _sealing = new(secrets.Key("idempotency"));

    public static void Use(WebApplication app)
    {
        var idempotency = ActivatorUtilities.CreateInstance<Idempotency>(app.Services);
        app.Use((context, next) =>
            context.Request.Headers.TryGetValue("Idempotency-Key", out var key) && context.GetEndpoint()?.Metadata.GetMetadata<IdempotentAttribute>() is not null
            && context.Features.Get<IdempotencyScope>() is { } scope
                ? idempotency.RunAsync(context, next, scope, key.ToString())
                : next(context));
    }

    /// <summary>Null where the key has the form of one.</summary>
    public static Problem? Refuse(string key) => key.Length is 0 or > LongestKey || key.Any(c => c is < '!' or > '~')
        ? Problem.Of(ApiError.InputInvalid, [new Fault("IDEMPOTENCY_KEY_INVALID", "/Idempotency-Key", $"An idempotency key has 1 to {LongestKey} visible ASCII characters; a UUID does well.")])
        : null;

    private async Task RunAsync(HttpContext context, RequestDelegate next, IdempotencyScope scope, string key)
    {
        var ct = context.RequestAborted;
        if (Refuse(key) is { } refusal)
        {
            await refusal.ExecuteAsync(context);
            return;
        }

        var route = $"{context.Request.Method} {context.Request.Path}";
        var hash = await HashAsync(context.Request, scope.Actor, ct);
        var (mine, record) = await BeginAsync(scope.OrgId, key, route, hash, ct);
        if (record.RequestHash != hash)
        {
            await new Problem(ApiError.IdempotencyConflict, "This idempotency key was used for another request. Use a new key for a new request.").ExecuteAsync(context);
        }
        else if (record.StatusCode is not null)
        {
            await ReplayAsync(context, record, scope.OrgId, key);
        }
        else if (record.RunId is { } run && await RecallAsync(context, run) is { } recalled)
        {
            await (mine ? RunAndKeepAsync(context, recalled.ExecuteAsync, scope.OrgId, key) : recalled.ExecuteAsync(context));
        }
        else if (mine)
        {
            context.Features.Set(new IdempotencyKey(scope.OrgId, key));
            await RunAndKeepAsync(context, next, scope.OrgId, key);
        }
        else
        {
            await new Problem(ApiError.IdempotencyConflict, "The first request with this key still runs. Ask again after it has ended.") { RetryAfter = TimeSpan.FromSeconds(1) }.ExecuteAsync(context);
        }
    }

    private static async Task<IResult?> RecallAsync(HttpContext context, Guid run)
    {
        var recalled = context.GetEndpoint()!.Metadata.GetMetadata<IdempotentAttribute>()!.Recall is { } recall ? await recall(context, run) : null;
        if (recalled is not (null or Problem))
        {
            context.Response.Headers["Idempotency-Replayed"] = "true";
        }

        return recalled;
    }

    /// <returns>Whether the request is the first, or comes after one that left nothing, and may run.</returns>
    private Task<(bool Mine, Record Record)> BeginAsync(Guid orgId, string key, string route, string hash, CancellationToken ct) => db.InOrgAsync(orgId, null, async (scope, token) =>
    {
        var now = clock.GetUtcNow();
        var of = new { Org = orgId, Key = key, Route = route, Hash = hash, Now = now, Expires = now.AddHours(24), Left = now - Abandoned };
        // An expired record begins anew; one that was left behind keeps its run.
        var begun = await scope.QueryFirstOrDefaultAsync<Record>("""
            insert into idempotency_records as i (org_id, key, route, request_hash, created_at, expires_at) values (@Org, @Key, @Route, @Hash, @Now, @Expires)
            on conflict (org_id, key) do update
              set route = @Route, request_hash = @Hash, created_at = @Now, expires_at = @Expires, status_code = null, content_type = null, response = null,
                  run_id = case when i.expires_at > @Now then i.run_id end
              where i.expires_at <= @Now or (i.status_code is null and i.created_at <= @Left and i.request_hash = @Hash)
            returning request_hash::text, run_id
            """, of, token);
        return begun is not null ? (true, begun) : (false, await scope.QuerySingleAsync<Record>(
            "select request_hash::text, status_code::int, content_type, response, run_id from idempotency_records where org_id = @Org and key = @Key", of, token));
    }, ct);

    private async Task RunAndKeepAsync(HttpContext context, RequestDelegate next, Guid orgId, string key)
    {
        var (body, here) = (context.Features.GetRequiredFeature<IHttpResponseBodyFeature>(), context.RequestAborted);
        using var answer = new KeptAnswer(context.Response, body.Stream);
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(answer));
        context.RequestAborted = context.Features.Get<IHttpRequestTimeoutFeature>()?.RequestTimeoutToken ?? CancellationToken.None;
        var done = false;
        try
        {
            await next(context);
            var status = context.Response.StatusCode;
            // What failed on our side, or was only put off, may be tried again with the same key.
            if (status is < 500 and not StatusCodes.Status429TooManyRequests and not StatusCodes.Status408RequestTimeout && context.Response.Headers.RetryAfter.Count == 0)
            {
                await KeepAsync(orgId, key, status, context.Response.ContentType, answer.WithLocation());
                done = true;
            }
        }
        finally
        {
            context.Features.Set(body);
            context.RequestAborted = here;
            if (!done)
            {
                await ReleaseAsync(orgId, key);
            }
        }

        await answer.TellAsync(here);
    }

    /// <summary>The next request with the key may be tried at once, also with another body where no run may have been made.</summary>
    private Task<int> ReleaseAsync(Guid orgId, string key) => db.InOrgAsync(orgId, null, (scope, token) => scope.ExecuteAsync("""
        delete from idempotency_records where org_id = @Org and key = @Key and status_code is null and run_id is null;
        update idempotency_records set created_at = '-infinity' where org_id = @Org and key = @Key and status_code is null
        """, new { Org = orgId, Key = key }, token), CancellationToken.None);

    private Task<int> KeepAsync(Guid orgId, string key, int status, string? type, byte[] answer) => db.InOrgAsync(orgId, null, (scope, token) => scope.ExecuteAsync(
        "update idempotency_records set status_code = @Status, content_type = @Type, response = @Answer where org_id = @Org and key = @Key",
        new { Org = orgId, Key = key, Status = (short)status, Type = type, Answer = _sealing.Seal(answer, Bound(orgId, key)) }, token), CancellationToken.None);

    private async Task ReplayAsync(HttpContext context, Record known, Guid orgId, string key)
    {
        var (location, answer) = KeptAnswer.Read(_sealing.Open(known.Response, Bound(orgId, key)));
        context.Response.StatusCode = known.StatusCode!.Value;
        context.Response.ContentType = known.ContentType;
        context.Response.ContentLength = answer.Length;
        context.Response.Headers["Idempotency-Replayed"] = "true";
        if (location.Length > 0)
        {
            context.Response.Headers.Location = location;
        }

        await context.Response.Body.WriteAsync(answer, context.RequestAborted);
    }

    private static async Task<string> HashAsync(HttpRequest request, string actor, CancellationToken ct)
    {
        request.EnableBuffering(MaxBody, MaxBody);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{actor}\n{request.Method} {request.Path}{request.QueryString}\n{request.ContentType}\n")));
        var buffer = new byte[16 * 1024];
        for (int read; (read = await request.Body.ReadAsync(buffer, ct)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
        }

        request.Body.Position = 0;
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static byte[] Bound(Guid orgId, string key) => Encoding.UTF8.GetBytes($"{orgId:n}/{key}");

    private sealed record Record
    {
        public required string RequestHash { get; init; }
        public int? StatusCode { get; init; }
        public string? ContentType { get; init; }
        public byte[]? Response { get; init; }
        public Guid? RunId { get; init; }
    }
}
