using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Audit;

/// <param name="ActorKind">user, api_key or system.</param>
/// <param name="ActorId">Of the person or the key; null for the system, and for an account that is gone.</param>
/// <param name="ActorEmail">While the person is a member.</param>
public sealed record AuditItem(
    Guid Id, DateTimeOffset At, string ActorKind, Guid? ActorId, string? ActorEmail, string Action, string? TargetType, string? TargetId, JsonObject Details, string? Ip);

internal static partial class ReadAudit
{
    public static async Task<Results<Ok<Page<AuditItem>>, PushStreamHttpResult, Problem>> HandleAsync(
        OrgAccess org, AuditActor reader, Db db, Cursors cursors, TimeProvider clock, string? action, Guid? actor, DateTimeOffset? from, DateTimeOffset? to, string? format, int? limit, string? cursor, CancellationToken ct)
    {
        if (action is not null && !ActionForm().IsMatch(action))
            return Problem.Of(ApiError.InputInvalid, [new Fault("ACTION_INVALID", "/action", "An action is like member.role_changed; its first word alone, like member, stands for all of them.")]);
        var filter = new AuditFilter(org.OrgId, action, actor, from, to);
        if (format is "csv" or "jsonl")
            return await ExportAudit.RunAsync(filter, format, reader, db, clock, ct);
        if (format is not (null or "json"))
            return Problem.Of(ApiError.InputInvalid, [new Fault("FORMAT_UNKNOWN", "/format", "The format is json, csv or jsonl.") { Allowed = ["json", "csv", "jsonl"] }]);
        var page = cursors.Read("audit", org.OrgId, limit, cursor);
        return TypedResults.Ok(cursors.Page("audit", org.OrgId, page, await filter.ReadAsync(db, page.After, page.Fetch, ct), e => e.Id));
    }

    [GeneratedRegex(@"^[a-z_]{1,60}(\.[a-z_]{1,60}){0,3}$")]
    private static partial Regex ActionForm();
}

/// <param name="From">Inclusive; <paramref name="To"/> is exclusive. Ids sort by time, so a time is a range of them.</param>
internal sealed record AuditFilter(Guid OrgId, string? Action, Guid? Actor, DateTimeOffset? From, DateTimeOffset? To)
{
    private string Where => "org_id = @Org"
        + (Action is null ? "" : Action.Contains('.', StringComparison.Ordinal) ? " and action = @Action" : " and starts_with(action, @Action || '.')")
        + (Actor is null ? "" : " and (actor_id = @Actor or api_key_id = @Actor)")
        + (From is null ? "" : " and id >= app.uuid_from(@From)") + (To is null ? "" : " and id < app.uuid_from(@To)");

    public Task<int> CountAsync(OrgScope scope, int most, CancellationToken ct) =>
        scope.QuerySingleAsync<int>($"select count(*)::int from (select from audit_log where {Where} limit @Most) e", new { Org = OrgId, Action, Actor, From = IdTimes.Within(From), To = IdTimes.Within(To), Most = most }, ct);

    public Task<List<AuditItem>> ReadAsync(Db db, Guid? after, int fetch, CancellationToken ct) => db.InOrgAsync(OrgId, null, async (scope, token) => (await scope.QueryAsync<Row>($"""
        select a.id, a.created_at, a.actor_kind, coalesce(a.actor_id, a.api_key_id) as actor_id, e.email, a.action, a.target_type, a.target_id, a.details::text, host(a.ip) as ip
          from (select * from audit_log where {Where}{(after is null ? "" : " and id < @After")} order by id desc limit @Fetch) a
          left join app.member_emails() e on e.user_id = a.actor_id
         order by a.id desc
        """, new { Org = OrgId, Action, Actor, From = IdTimes.Within(From), To = IdTimes.Within(To), After = after, Fetch = fetch }, token))
        .Select(r => new AuditItem(r.Id, r.CreatedAt, r.ActorKind, r.ActorId, r.Email, r.Action, r.TargetType, r.TargetId, JsonNode.Parse(r.Details)!.AsObject(), r.Ip)).ToList(), ct);

    private sealed record Row(Guid Id, DateTimeOffset CreatedAt, string ActorKind, Guid? ActorId, string? Email, string Action, string? TargetType, string? TargetId, string Details, string? Ip);
}
