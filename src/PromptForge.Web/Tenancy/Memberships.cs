using PromptForge.Web.Platform;

namespace PromptForge.Web.Tenancy;

/// <summary>Which orgs a user belongs to, and in what role; read once, used until it changes on any node.</summary>
public sealed class Memberships
{
    private const int MaxKept = 20_000;

    private readonly Cached<Guid, IReadOnlyList<Membership>> _kept;
    private readonly Cached<Guid, string?> _names;
    private readonly Db _db;

    public Memberships(Db db, Changes changes, TimeProvider clock)
    {
        _db = db;
        _kept = new(changes, clock, MaxKept);
        _names = new(changes, clock, MaxKept);
        changes.Subscribe("member", ForgetUser, _kept.Clear);
        changes.Subscribe("org", ForgetOrg, _names.Clear);
    }

    /// <summary>For whoever just changed it: the next request on this node sees it, even before the change is heard.</summary>
    public void ForgetUser(Guid userId) => _kept.Drop(userId);

    public void ForgetOrg(Guid orgId)
    {
        _names.Drop(orgId);
        _kept.DropWhere((_, memberships) => memberships.Any(m => m.OrgId == orgId));
    }

    /// <summary>Deleted orgs are among them; whether they count is the caller's question.</summary>
    public ValueTask<IReadOnlyList<Membership>> OfAsync(Guid userId, CancellationToken ct) => _kept.GetAsync(userId, ReadAsync, ct);

    public async ValueTask<Membership?> FindAsync(Guid userId, Guid orgId, CancellationToken ct)
    {
        foreach (var membership in await OfAsync(userId, ct))
        {
            if (membership.OrgId == orgId)
            {
                return membership;
            }
        }

        return null;
    }

    /// <returns>Null where the org is deleted or never was.</returns>
    public ValueTask<string?> NameAsync(Guid orgId, CancellationToken ct) => _names.GetAsync(orgId, (id, token) => _db.InOrgAsync(id, null, (scope, inner) =>
        scope.QueryFirstOrDefaultAsync<string>("select name from orgs where id = @Org and deleted_at is null", new { Org = id }, inner), token), ct);

    private async Task<IReadOnlyList<Membership>> ReadAsync(Guid userId, CancellationToken ct) => await _db.AsServerAsync((scope, token) =>
        scope.QueryAsync<Membership>("select org_id, name, slug, role, deleted_at from app.orgs_of(@User)", new { User = userId }, token), ct);
}

public sealed record Membership(Guid OrgId, string Name, string Slug, string Role, DateTimeOffset? DeletedAt)
{
    public OrgRole OrgRole => OrgRoles.Parse(Role);
}
