namespace PromptForge.Web.Tenancy;

/// <summary>An organisation as one of its members sees it.</summary>
/// <param name="Role">The caller's; null for an API key.</param>
/// <param name="DeletedAt">Null while it is in use.</param>
/// <param name="RestorableUntil">Until then an owner can bring a deleted organisation back; afterwards everything in it is gone.</param>
public sealed record OrgItem(Guid Id, string Name, string Slug, OrgRole? Role, DateTimeOffset? DeletedAt, DateTimeOffset? RestorableUntil)
{
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    public static OrgItem Of(Guid id, string name, string slug, OrgRole? role, DateTimeOffset? deletedAt = null) => new(id, name, slug, role, deletedAt, deletedAt + Kept);
}
