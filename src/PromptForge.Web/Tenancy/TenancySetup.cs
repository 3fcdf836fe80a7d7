namespace PromptForge.Web.Tenancy;

internal static class TenancySetup
{
    public static void AddTenancy(this WebApplicationBuilder builder) => builder.Services
        .AddSingleton<Memberships>().AddSingleton<InvitationMail>().AddSingleton<InviteMember>()
        .AddSingleton<PurgeOrgs>().AddHostedService(services => services.GetRequiredService<PurgeOrgs>());

    public static void MapTenancy(this WebApplication app)
    {
        MapOrgs(app);
        MapMembers(app.MapOrgGroup("/members"));
        MapInvitations(app);
    }

    private static void MapOrgs(WebApplication app)
    {
        var mine = app.MapGroup("/api/orgs").RequireAuthorization().WithTags("Organisations");
        mine.MapGet("", ListOrgs.HandleAsync).WithName("listOrgs").WithSummary("The caller's organisations, with the role in each")
            .WithDescription("With `deleted=true` those that were deleted and can still be restored by an owner.");
        mine.MapPost("", CreateOrg.HandleAsync).Idempotent().WithName("createOrg").WithSummary("Create an organisation and become its owner");
        mine.MapPost("/{org_id:guid}/restore", RestoreOrg.HandleAsync).WithName("restoreOrg").WithSummary("Bring a deleted organisation back, within 30 days");

        var org = app.MapOrgGroup("").WithTags("Organisations");
        org.MapGet("", GetOrg.HandleAsync).ForScope("api.read").WithName("getOrg").WithSummary("One organisation, with its seats");
        org.MapPatch("", RenameOrg.HandleAsync).ForRole(OrgRole.Admin).WithName("renameOrg").WithSummary("Change name or slug");
        org.MapDelete("", DeleteOrg.HandleAsync).ForRole(OrgRole.Owner).WithName("deleteOrg").WithSummary("Delete the organisation; it can be restored for 30 days");
    }

    private static void MapMembers(RouteGroupBuilder members)
    {
        members.WithTags("Organisations");
        members.MapGet("", ListMembers.HandleAsync).WithName("listMembers").WithSummary("Who belongs to the organisation");
        members.MapPost("", AddMember.HandleAsync).ForRole(OrgRole.Admin).Idempotent().WithName("addMember").WithSummary("Add an account, or invite an address");
        members.MapPatch("/{user_id:guid}", ChangeRole.HandleAsync).ForRole(OrgRole.Admin).WithName("changeMemberRole").WithSummary("Change a member's role");
        members.MapDelete("/{user_id:guid}", RemoveMember.HandleAsync).WithName("removeMember").WithSummary("Remove a member, or leave");
    }

    private static void MapInvitations(WebApplication app)
    {
        var ofOrg = app.MapOrgGroup("/invitations").WithTags("Organisations");
        ofOrg.MapGet("", ListInvitations.HandleAsync).ForRole(OrgRole.Admin).WithName("listInvitations").WithSummary("Invitations that were neither accepted nor revoked");
        ofOrg.MapDelete("/{id:guid}", RevokeInvitation.HandleAsync).ForRole(OrgRole.Admin).WithName("revokeInvitation").WithSummary("Take an invitation back");
        ofOrg.MapPost("/{id:guid}/resend", ResendInvitation.HandleAsync).ForRole(OrgRole.Admin).WithName("resendInvitation").WithSummary("Send an invitation again, with a new token");

        var anybody = app.MapGroup("/api/invitations").WithTags("Organisations");
        anybody.MapPost("/preview", PreviewInvitation.HandleAsync).WithName("previewInvitation").WithSummary("What an invitation is for");
        anybody.MapPost("/accept", AcceptInvitation.HandleAsync).RequireAuthorization().WithName("acceptInvitation").WithSummary("Join the organisation that sent the invitation");
    }
}
