using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Tenancy;

/// <summary>What somebody who followed the link reads before signing in.</summary>
public sealed record InvitationPreview(string OrgName, string Email, OrgRole Role, DateTimeOffset ExpiresAt);

/// <summary>Whoever holds the token has read the mail, so this tells nothing that was not in it.</summary>
internal static class PreviewInvitation
{
    public static async Task<Results<Ok<InvitationPreview>, Problem>> HandleAsync(InvitationTokenRequest request, Db db, CancellationToken ct)
    {
        if (await FindAsync(db, request.Token, ct) is not { } found)
            return Unknown();
        var preview = await db.InOrgAsync(found.OrgId, null, (scope, token) => scope.QueryFirstOrDefaultAsync<InvitationPreview>("""
            select o.name as org_name, i.email, i.role, i.expires_at from invitations i join orgs o on o.id = i.org_id and o.deleted_at is null where i.org_id = @Org and i.id = @Id
            """, new { Org = found.OrgId, found.Id }, token), ct);
        return preview is null ? Unknown() : TypedResults.Ok(preview);
    }

    public static Task<Found?> FindAsync(Db db, string token, CancellationToken ct) => db.AsServerAsync((scope, inner) =>
        scope.QueryFirstOrDefaultAsync<Found>("select org_id, id from app.invitation_lookup(@Hash)", new { Hash = InvitationToken.HashOf(token) }, inner), ct);

    public static Problem Unknown() => new(ApiError.NotFound, "The invitation is not valid: it was used, revoked or sent again, or its seven days are over. Ask for another one.");

    internal sealed record Found(Guid OrgId, Guid Id);
}
