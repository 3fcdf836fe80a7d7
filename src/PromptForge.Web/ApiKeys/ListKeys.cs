using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.ApiKeys;

internal static class ListKeys
{
    private const string List = "api-keys";

    // Without a flag: whoever lost the API must still see which keys there are, and be able to revoke them.
    public static void Map(RouteGroupBuilder group) => group.MapGet("/", HandleAsync).ForRole(OrgRole.Admin)
        .WithName("listApiKeys").WithSummary("List the API keys").WithDescription("Newest first, the revoked and expired ones too. The secret of a key is never shown again.");

    private static async Task<Results<Ok<Page<ApiKeyView>>, Problem>> HandleAsync(OrgAccess org, Cursors cursors, Db db, TimeProvider clock, CancellationToken ct, int? limit = null, string? cursor = null)
    {
        var page = cursors.Read(List, org.OrgId, limit, cursor);
        var rows = await db.InOrgAsync(org.OrgId, org.UserId, (scope, token) => scope.QueryAsync<ApiKeyView>(
            $"select {ApiKeyView.Columns} from api_keys where org_id = @Org and (@After::uuid is null or id < @After) order by id desc limit @Fetch",
            new { Org = org.OrgId, page.After, page.Fetch, Now = clock.GetUtcNow() }, token), ct);
        return TypedResults.Ok(cursors.Page(List, org.OrgId, page, rows, key => key.Id));
    }
}
