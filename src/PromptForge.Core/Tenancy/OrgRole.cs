namespace PromptForge.Core.Tenancy;

/// <summary>In rising order.</summary>
public enum OrgRole
{
    Member,
    Admin,
    Owner,
}

/// <summary>Who may make whom what. That an organisation keeps an owner is the database's to guard, because it must hold whatever runs at once.</summary>
public static class MemberRules
{
    /// <summary>Owners reach every role, admins those up to their own, members none.</summary>
    public static IReadOnlyList<OrgRole> Reach(OrgRole actor) => actor switch
    {
        OrgRole.Owner => [OrgRole.Member, OrgRole.Admin, OrgRole.Owner],
        OrgRole.Admin => [OrgRole.Member, OrgRole.Admin],
        _ => [],
    };

    /// <param name="from">What the person is now; null: not a member.</param>
    /// <param name="to">What the person shall be; null: not a member any more.</param>
    /// <param name="self">Whether the actor is that person.</param>
    public static bool May(OrgRole actor, OrgRole? from, OrgRole? to, bool self)
    {
        if (self && from is not null && to is null)
        {
            return true;
        }

        var reach = Reach(actor);
        return (from is null || reach.Contains(from.Value)) && (to is null || reach.Contains(to.Value)) && (from is not null || to is not null);
    }

    /// <summary>The roles that may do it to somebody else, for the refusal.</summary>
    public static IReadOnlyList<OrgRole> Allowed(OrgRole? from, OrgRole? to) =>
        [.. Enum.GetValues<OrgRole>().Where(actor => May(actor, from, to, self: false))];
}

/// <summary>Roles as the database and the API write them.</summary>
public static class OrgRoles
{
    public static string Code(this OrgRole role) => role switch
    {
        OrgRole.Owner => "owner",
        OrgRole.Admin => "admin",
        _ => "member",
    };

    public static OrgRole Parse(string code) => Enum.Parse<OrgRole>(code, ignoreCase: true);
}
