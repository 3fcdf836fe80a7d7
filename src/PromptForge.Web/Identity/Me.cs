using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Npgsql;
using PromptForge.Core;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

internal sealed record AccountAnswer(Guid Id, string? Email, bool EmailConfirmed, bool HasPassword, bool TwoFactorEnabled, int Passkeys, string Language);

internal sealed record ChangeAccountRequest(string Language);

internal sealed record DeleteAccountRequest(string? Password = null);

internal static class Me
{
    public static void MapReading(RouteGroupBuilder group) => group.MapGet("/me", ReadAsync).Produces<AccountAnswer>().WithName("getAccount").WithSummary("The signed-in account");

    public static void Map(RouteGroupBuilder group)
    {
        group.MapPatch("/me", ChangeAsync).Produces<AccountAnswer>().WithName("changeAccount").WithSummary("Change the account");
        group.MapDelete("/me", DeleteAsync).Produces(StatusCodes.Status204NoContent).WithName("deleteAccount").WithSummary("Delete the account");
    }

    private static async Task<IResult> ReadAsync(ClaimsPrincipal caller, UserManager<User> users, LocalAccounts accounts, CancellationToken ct)
    {
        if (!await accounts.ExistAsync(ct))
        {
            return Guid.TryParse(caller.FindFirstValue(ClaimTypes.NameIdentifier), out var id) ? TypedResults.Ok(new AccountAnswer(id, caller.Identity?.Name, true, false, false, 0, "en")) : new Problem(ApiError.Unauthenticated);
        }

        return await users.GetUserAsync(caller) is { } user ? TypedResults.Ok(await OfAsync(users, user)) : new Problem(ApiError.Unauthenticated);
    }

    private static async Task<IResult> ChangeAsync(ChangeAccountRequest request, ClaimsPrincipal caller, UserManager<User> users)
    {
        if (request.Language is not ("en" or "ro"))
        {
            return Input.Refuse(new Fault("LANGUAGE_UNKNOWN", "/language", "The language is en or ro.") { Allowed = ["en", "ro"] })!;
        }

        if (await users.GetUserAsync(caller) is not { } user)
        {
            return new Problem(ApiError.Unauthenticated);
        }

        user.Language = request.Language;
        return Input.Refuse(await users.UpdateAsync(user)) is { } lost ? lost : TypedResults.Ok(await OfAsync(users, user));
    }

    /// <summary>Takes the memberships along; an org whose last owner would go keeps the account (a trigger sees to it, whatever runs at once).</summary>
    private static async Task<IResult> DeleteAsync(
        [FromBody] DeleteAccountRequest request, HttpContext http, ClaimsPrincipal caller, UserManager<User> users, IdentityContext context, Attempts attempts, CancellationToken ct)
    {
        if (await users.GetUserAsync(caller) is not { } user)
        {
            return new Problem(ApiError.Unauthenticated);
        }

        if (await Proof.RefuseAsync(http, users, context, attempts, user, request.Password, "/password", ct) is { } wrong)
        {
            return wrong;
        }

        try
        {
            if (Input.Refuse(await users.DeleteAsync(user)) is { } lost)
            {
                return lost;
            }
        }
        catch (Microsoft.EntityFrameworkCore.DbUpdateException e) when (e.InnerException is PostgresException { ConstraintName: "org_members_last_owner" })
        {
            return new Problem(ApiError.LastOwner, "You are the last owner of an organisation. Make somebody else an owner of it first, or delete it.");
        }

        await http.SignOutAsync(IdentityConstants.ApplicationScheme);
        return TypedResults.NoContent();
    }

    private static async Task<AccountAnswer> OfAsync(UserManager<User> users, User user) =>
        new(user.Id, user.Email, user.EmailConfirmed, user.PasswordHash is not null, user.TwoFactorEnabled, (await users.GetPasskeysAsync(user)).Count, user.Language);
}
