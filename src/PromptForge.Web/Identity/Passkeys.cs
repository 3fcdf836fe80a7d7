using System.Buffers.Text;
using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using PromptForge.Core;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

internal sealed record PasskeyOptionsRequest(string? Password = null);

/// <param name="Credential">What <c>navigator.credentials.create()</c> answered, by its <c>toJSON()</c>.</param>
internal sealed record AddPasskeyRequest(JsonElement Credential, string Name);

internal sealed record RenamePasskeyRequest(string Name);

/// <param name="Credential">What <c>navigator.credentials.get()</c> answered, by its <c>toJSON()</c>.</param>
internal sealed record PasskeySignInRequest(JsonElement Credential);

internal sealed record PasskeyAnswer(string Id, string? Name, DateTimeOffset CreatedAt, bool IsBackedUp);

internal sealed record PasskeyList(IReadOnlyList<PasskeyAnswer> Items);

/// <summary>Passkeys (WebAuthn). The options of a ceremony come back in an encrypted cookie, so a ceremony may begin on one node and end on another.</summary>
internal static class Passkeys
{
    private const int MostPerUser = 20;
    private const int LongestName = 80;

    public static void Map(RouteGroupBuilder group)
    {
        group.MapPost("/passkeys/options", OptionsAsync).Produces<JsonObject>().WithName("passkeyOptions").WithSummary("What a browser needs to make a passkey");
        group.MapPost("/passkeys", AddAsync).Produces<PasskeyAnswer>(StatusCodes.Status201Created).WithName("addPasskey").WithSummary("Keep a new passkey");
        group.MapGet("/passkeys", ListAsync).Produces<PasskeyList>().WithName("listPasskeys").WithSummary("The passkeys of the account");
        group.MapPatch("/passkeys/{id}", RenameAsync).Produces<PasskeyAnswer>().WithName("renamePasskey").WithSummary("Rename a passkey");
        group.MapDelete("/passkeys/{id}", DeleteAsync).Produces(StatusCodes.Status204NoContent).WithName("deletePasskey").WithSummary("Delete a passkey");
        group.MapPost("/passkeys/login/options", SignInOptionsAsync).AllowAnonymous().Produces<JsonObject>().WithName("passkeySignInOptions").WithSummary("What a browser needs to sign in with a passkey");
        group.MapPost("/passkeys/login", SignInAsync).AllowAnonymous().Produces<TokenAnswer>().Produces(StatusCodes.Status204NoContent).WithName("passkeySignIn").WithSummary("Sign in with a passkey");
    }

    private static async Task<IResult> OptionsAsync(
        PasskeyOptionsRequest request, HttpContext http, ClaimsPrincipal caller, UserManager<User> users, IdentityContext context, Attempts attempts, SignInManager<User> signIn, CancellationToken ct)
    {
        if (await users.GetUserAsync(caller) is not { Email: { } email } user)
        {
            return new Problem(ApiError.Unauthenticated);
        }

        if (await Proof.RefuseAsync(http, users, context, attempts, user, request.Password, "/password", ct) is { } wrong)
        {
            return wrong;
        }

        return Json(await signIn.MakePasskeyCreationOptionsAsync(new PasskeyUserEntity { Id = user.Id.ToString(), Name = email, DisplayName = email }));
    }

    /// <summary>One at a time for an account: the framework stores a passkey before it finds out that the account changed meanwhile, so its count and its refusal hold in a transaction only.</summary>
    private static async Task<IResult> AddAsync(
        AddPasskeyRequest request, ClaimsPrincipal caller, UserManager<User> users, IdentityContext context, SignInManager<User> signIn, CancellationToken ct)
    {
        if (NameFault(request.Name) is { } refused)
        {
            return refused;
        }

        await using var transaction = await context.Database.BeginTransactionAsync(ct);
        await context.Database.ExecuteSqlAsync($"select from auth.users where id = {UserPrincipal.UserOf(caller)} for update", ct);
        if (await users.GetUserAsync(caller) is not { } user)
        {
            return new Problem(ApiError.Unauthenticated);
        }

        if ((await users.GetPasskeysAsync(user)).Count >= MostPerUser)
        {
            return new Problem(ApiError.StateConflict, $"An account has at most {MostPerUser} passkeys. Remove one first.");
        }

        // The cookie of the ceremony names its user; somebody else's answer is none.
        if (await AttestAsync(signIn, request.Credential.GetRawText()) is not { Succeeded: true } attested || attested.UserEntity.Id != user.Id.ToString())
        {
            return new Problem(ApiError.CodeInvalid, "The passkey's answer is not valid. Ask for new options and try again.");
        }

        attested.Passkey.Name = request.Name.Trim();
        if (Input.Refuse(await users.AddOrUpdatePasskeyAsync(user, attested.Passkey)) is { } lost)
        {
            return lost;
        }

        await transaction.CommitAsync(ct);
        return TypedResults.Created($"/api/auth/passkeys/{Id(attested.Passkey)}", Of(attested.Passkey));
    }

    private static async Task<IResult> ListAsync(ClaimsPrincipal caller, UserManager<User> users) => await users.GetUserAsync(caller) is { } user
        ? TypedResults.Ok(new PasskeyList([.. (await users.GetPasskeysAsync(user)).OrderByDescending(passkey => passkey.CreatedAt).Select(Of)]))
        : new Problem(ApiError.Unauthenticated);

    private static async Task<IResult> RenameAsync(string id, RenamePasskeyRequest request, ClaimsPrincipal caller, UserManager<User> users)
    {
        if (NameFault(request.Name) is { } refused)
        {
            return refused;
        }

        if (await FindAsync(users, caller, id) is not ({ } user, { } passkey))
        {
            return new Problem(ApiError.NotFound);
        }

        passkey.Name = request.Name.Trim();
        return Input.Refuse(await users.AddOrUpdatePasskeyAsync(user, passkey)) is { } lost ? lost : TypedResults.Ok(Of(passkey));
    }

    private static async Task<IResult> DeleteAsync(string id, ClaimsPrincipal caller, UserManager<User> users)
    {
        if (await FindAsync(users, caller, id) is not ({ } user, { } passkey))
        {
            return new Problem(ApiError.NotFound);
        }

        return Input.Refuse(await users.RemovePasskeyAsync(user, passkey.CredentialId)) is { } lost ? lost : TypedResults.NoContent();
    }

    /// <summary>For nobody in particular: the passkey itself says whose it is, so the answer tells nothing of any account.</summary>
    private static async Task<IResult> SignInOptionsAsync(SignInManager<User> signIn) => Json(await signIn.MakePasskeyRequestOptionsAsync(null));

    /// <summary>A passkey is two factors by itself (the device, and what unlocks it) and cannot be guessed, so neither a code nor the lock-out stands in its way.</summary>
    private static async Task<IResult> SignInAsync(
        PasskeySignInRequest request, HttpContext http, SignInManager<User> signIn, UserManager<User> users, Sessions sessions, [FromQuery(Name = "use_cookies")] bool useCookies = false)
    {
        if (await AssertAsync(signIn, request.Credential.GetRawText()) is not { Succeeded: true, User.EmailConfirmed: true } asserted)
        {
            return new Problem(ApiError.SignInFailed, "The passkey's answer is not valid. Ask for new options and try again.");
        }

        if (Input.Refuse(await users.AddOrUpdatePasskeyAsync(asserted.User, asserted.Passkey)) is { } lost)
        {
            return lost;
        }

        return await sessions.BeginAsync(http, asserted.User, useCookies);
    }

    /// <summary>Without the cookie of a ceremony the framework throws instead of refusing.</summary>
    private static async Task<PasskeyAttestationResult?> AttestAsync(SignInManager<User> signIn, string credential)
    {
        try
        {
            return await signIn.PerformPasskeyAttestationAsync(credential);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static async Task<PasskeyAssertionResult<User>?> AssertAsync(SignInManager<User> signIn, string credential)
    {
        try
        {
            return await signIn.PerformPasskeyAssertionAsync(credential);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static async Task<(User User, UserPasskeyInfo Passkey)?> FindAsync(UserManager<User> users, ClaimsPrincipal caller, string id) =>
        id.Length <= 1400 && Base64Url.IsValid(id) && await users.GetUserAsync(caller) is { } user && await users.GetPasskeyAsync(user, Base64Url.DecodeFromChars(id)) is { } passkey ? (user, passkey) : null;

    private static Problem? NameFault(string name) => Input.Refuse(name.Trim().Length is > 0 and <= LongestName ? null : new Fault("NAME_INVALID", "/name", $"A name has 1 to {LongestName} characters."));

    private static ContentHttpResult Json(string options) => TypedResults.Content(options, "application/json");

    private static string Id(UserPasskeyInfo passkey) => Base64Url.EncodeToString(passkey.CredentialId);

    private static PasskeyAnswer Of(UserPasskeyInfo passkey) => new(Id(passkey), passkey.Name, passkey.CreatedAt, passkey.IsBackedUp);
}
