using System.Text.Json;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Audit;

/// <summary>Who did what to which thing, from where. The entry is written in the transaction of the change, so that there is never one without the other.</summary>
public static class AuditLog
{
    private const string Insert = """
        insert into audit_log (org_id, id, actor_kind, actor_id, api_key_id, action, target_type, target_id, details, ip, created_at)
        values (@Org, @Id, @Kind, @User, @Key, @Action, @TargetType, @TargetId, @Details::jsonb, @Ip::inet, @At)
        """;

    /// <param name="action">"capability.what_happened", for example <c>member.role_changed</c>.</param>
    /// <param name="details">What changed, from what to what; never a secret, never client text.</param>
    public static Task WriteAsync(OrgScope scope, AuditActor actor, Guid orgId, string action, string targetType, string targetId, object? details, TimeProvider clock, CancellationToken ct) =>
        scope.ExecuteAsync(Insert, new
        {
            Org = orgId,
            Id = Guid.CreateVersion7(clock.GetUtcNow()),
            Kind = actor.UserId is not null ? "user" : actor.KeyId is not null ? "api_key" : "system",
            User = actor.UserId,
            Key = actor.KeyId,
            Action = action,
            TargetType = targetType,
            TargetId = targetId,
            Details = JsonSerializer.Serialize(details ?? new { }, ApiJson.Options),
            actor.Ip,
            At = clock.GetUtcNow(),
        }, ct);
}

/// <summary>Who acts; nobody is the system or its operator.</summary>
public sealed record AuditActor(Guid? UserId, Guid? KeyId, string? Ip)
{
    public static readonly AuditActor System = new(null, null, null);

    public static AuditActor Of(HttpContext context)
    {
        var caller = Caller.Of(context);
        return new(caller.UserId, caller.Key?.KeyId, context.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4().ToString() : context.Connection.RemoteIpAddress?.ToString());
    }

    public static ValueTask<AuditActor?> BindAsync(HttpContext context) => ValueTask.FromResult<AuditActor?>(Of(context));
}
