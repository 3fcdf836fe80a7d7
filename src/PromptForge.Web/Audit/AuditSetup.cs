using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Audit;

internal static class AuditSetup
{
    public static void MapAudit(this WebApplication app) => app.MapOrgGroup("/audit").WithTags("Audit")
        .MapGet("", ReadAudit.HandleAsync).ForRole(OrgRole.Admin).WithName("readAudit").WithSummary("Who did what, newest first")
        .WithDescription("`action` is one action or the first word of several (`member`); `actor` a person's or key's id; `from` is inclusive, `to` exclusive. `format=csv` or `jsonl` answers all entries as one file instead of a page.");
}
