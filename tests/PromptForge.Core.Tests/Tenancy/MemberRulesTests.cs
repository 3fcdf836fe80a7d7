using PromptForge.Core.Tenancy;

namespace PromptForge.Core.Tests.Tenancy;

public sealed class MemberRulesTests
{
    /// <summary>Rows: who acts. Columns: what somebody else is; then what they shall be. "-" is nobody.</summary>
    private const string Others = """
        actor  | from   | may become
        owner  | -      | member admin owner
        owner  | member | member admin owner -
        owner  | admin  | member admin owner -
        owner  | owner  | member admin owner -
        admin  | -      | member admin
        admin  | member | member admin -
        admin  | admin  | member admin -
        admin  | owner  |
        member | -      |
        member | member |
        member | admin  |
        member | owner  |
        """;

    private static readonly OrgRole?[] Roles = [null, OrgRole.Member, OrgRole.Admin, OrgRole.Owner];

    [Fact]
    public void Every_change_by_every_role_is_allowed_or_refused_as_the_table_says()
    {
        var table = Others.Split('\n').Skip(1).Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToDictionary(
            cells => (OrgRoles.Parse(cells[0]), From: Role(cells[1])), cells => cells[2].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Role).ToHashSet());

        foreach (var actor in Enum.GetValues<OrgRole>())
        {
            foreach (var from in Roles)
            {
                foreach (var to in Roles)
                {
                    var allowed = table[(actor, from)].Contains(to);
                    Assert.True(allowed == MemberRules.May(actor, from, to, self: false), $"{actor}: {from} -> {to}");
                    Assert.Equal(allowed, MemberRules.Allowed(from, to).Contains(actor));
                }
            }
        }
    }

    [Theory]
    [InlineData(OrgRole.Member)]
    [InlineData(OrgRole.Admin)]
    [InlineData(OrgRole.Owner)]
    public void Anybody_may_leave_and_nobody_rises_by_themselves(OrgRole own)
    {
        Assert.True(MemberRules.May(own, own, null, self: true));
        Assert.All(Enum.GetValues<OrgRole>().Where(to => to > own), to => Assert.False(MemberRules.May(own, own, to, self: true)));
        Assert.False(MemberRules.May(own, null, null, self: true));
    }

    [Fact]
    public void Roles_are_written_as_they_are_read() => Assert.All(Enum.GetValues<OrgRole>(), role => Assert.Equal(role, OrgRoles.Parse(role.Code())));

    private static OrgRole? Role(string code) => code == "-" ? null : OrgRoles.Parse(code);
}
