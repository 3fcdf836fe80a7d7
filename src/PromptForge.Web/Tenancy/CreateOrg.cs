using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core;
using PromptForge.Web.Audit;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

/// <param name="Slug">Left out: made from the name.</param>
public sealed record CreateOrgRequest(string Name, string? Slug = null);

/// <summary>The creator is the first owner, in one transaction (D-RLS-02); how many one person may own, and how fast, is limited (D-RLS-05).</summary>
internal static class CreateOrg
{
    private const int MaxOwned = 20;
    private const int MaxPerHour = 10;

    public static async Task<Results<Created<OrgItem>, Problem>> HandleAsync(
        CreateOrgRequest request, HttpContext context, Caller caller, AuditActor actor, Db db, Memberships memberships, TimeProvider clock, CancellationToken ct)
    {
        var user = caller.Person();
        var faults = new List<Fault>();
        var name = Naming.Name(request.Name, "/name").Or(faults);
        var slug = request.Slug is null ? null : Naming.Slug(request.Slug, "/slug").Or(faults);
        if (name is null || faults.Count > 0)
            return Problem.Of(ApiError.InputInvalid, faults);

        var key = context.Request.Headers["Idempotency-Key"] is [{ } given] ? given : null;
        if (key is not null && Idempotency.Refuse(key) is { } refusal)
            return refusal;
        var once = key is null ? null : new Once(key, $"POST /api/orgs by {user}", Hash(request));

        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var (known, made) = await db.InOrgAsync(id, user, async (scope, token) =>
        {
            // Two requests of one person take turns, so that both the limit and the idempotency key hold.
            await scope.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('orgs of ' || @User, 0))", new { User = user }, token);
            if (once is not null && await scope.QuerySingleAsync<Guid?>("select app.org_made_with(@User, @Key, @Route)", new { User = user, once.Key, once.Route }, token) is { } earlier)
                return (earlier, null);
            await LimitAsync(scope, user, clock.GetUtcNow(), token);

            var item = OrgItem.Of(id, name, await InsertAsync(scope, id, name, slug, token), OrgRole.Owner);
            await scope.ExecuteAsync("insert into org_members (org_id, user_id, role) values (@Org, @User, 'owner')", new { Org = id, User = user }, token);
            await AuditLog.WriteAsync(scope, actor, id, "org.created", "org", id.ToString(), new { item.Name, item.Slug }, clock, token);
            if (once is not null)
                await KeepAsync(scope, id, once, item, clock.GetUtcNow(), token);
            return ((Guid?)null, (OrgItem?)item);
        }, ct);
        if (known is { } orgId)
            return await ReplayAsync(db, orgId, once!, context, ct);

        memberships.ForgetUser(user);
        return TypedResults.Created($"/api/orgs/{id}", made);
    }

    private static async Task LimitAsync(OrgScope scope, Guid user, DateTimeOffset now, CancellationToken ct)
    {
        var recent = now - TimeSpan.FromHours(1);
        var owned = await scope.QuerySingleAsync<Owned>(
            "select count(*)::int as total, (count(*) filter (where org_id >= app.uuid_from(@Recent)))::int as recent from app.orgs_of(@User) where role = 'owner'", new { User = user, Recent = recent }, ct);
        if (owned.Total >= MaxOwned)
            throw new RefusedException(new(ApiError.StateConflict, $"You own {MaxOwned} organisations, which is the most that one person may; deleted ones count until they are purged. Hand one over to another owner and leave it, or use one of them."));
        if (owned.Recent >= MaxPerHour)
            throw new RefusedException(new(ApiError.RateLimited, $"At most {MaxPerHour} organisations an hour can be created.") { RetryAfter = TimeSpan.FromHours(1) });
    }

    /// <summary>Other orgs' slugs cannot be seen from here; that one is taken shows when it is tried.</summary>
    private static async Task<string> InsertAsync(OrgScope scope, Guid id, string name, string? slug, CancellationToken ct)
    {
        var made = Naming.SlugOf(name, "org");
        for (var candidate = slug ?? made; ; candidate = Naming.WithEnd(made, RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 5)))
        {
            if (await scope.ExecuteAsync("insert into orgs (id, name, slug) values (@Id, @Name, @Slug) on conflict (slug) do nothing", new { Id = id, Name = name, Slug = candidate }, ct) == 1)
                return candidate;
            if (slug is not null)
                throw new RefusedException(new(ApiError.SlugTaken));
        }
    }

    private static Task<int> KeepAsync(OrgScope scope, Guid id, Once once, OrgItem answer, DateTimeOffset now, CancellationToken ct) => scope.ExecuteAsync("""
        insert into idempotency_records (org_id, key, route, request_hash, created_at, expires_at, status_code, content_type, response)
        values (@Org, @Key, @Route, @Hash, @Now, @Expires, 201, 'application/json', @Answer)
        """, new { Org = id, once.Key, once.Route, once.Hash, Now = now, Expires = now.AddHours(24), Answer = JsonSerializer.SerializeToUtf8Bytes(answer, ApiJson.Options) }, ct);

    private static async Task<Results<Created<OrgItem>, Problem>> ReplayAsync(Db db, Guid orgId, Once once, HttpContext context, CancellationToken ct)
    {
        var first = await db.InOrgAsync(orgId, null, (scope, token) => scope.QuerySingleAsync<First>(
            "select request_hash::text as hash, response as answer from idempotency_records where org_id = @Org and key = @Key", new { Org = orgId, once.Key }, token), ct);
        if (first.Hash != once.Hash)
            return new Problem(ApiError.IdempotencyConflict, "This idempotency key was used for another request. Use a new key for a new request.");
        context.Response.Headers["Idempotency-Replayed"] = "true";
        return TypedResults.Created($"/api/orgs/{orgId}", JsonSerializer.Deserialize<OrgItem>(first.Answer, ApiJson.Options));
    }

    private static string Hash(CreateOrgRequest request) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{request.Name}\n{request.Slug}")));

    private sealed record Once(string Key, string Route, string Hash);

    private sealed record Owned(int Total, int Recent);

    private sealed record First(string Hash, byte[] Answer);
}
