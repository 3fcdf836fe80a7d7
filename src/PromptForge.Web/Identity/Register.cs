using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

/// <param name="Language">Of the mails: en or ro.</param>
internal sealed record RegisterRequest(string Email, string Password, string Language = "en");

/// <summary>The answer, and the mail that is put in the queue, are the same whether or not the address has an account; what the mail says is not.</summary>
internal static class Register
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/register", HandleAsync).AllowAnonymous().WithName("register").WithSummary("Open an account");

    private static async Task<Results<Accepted, Problem>> HandleAsync(
        RegisterRequest request, UserManager<User> users, IdentityContext context, IPasswordHasher<User> hasher, Mailer mailer, Attempts attempts, TimeProvider clock, CancellationToken ct)
    {
        mailer.Require();
        var user = new User { Id = Guid.CreateVersion7(clock.GetUtcNow()), Email = request.Email.Trim(), Language = request.Language == "ro" ? "ro" : "en" };
        if (Input.Refuse(Input.Email(user.Email), await Input.PasswordAsync(users, user, request.Password, "/password")) is { } refused)
        {
            return refused;
        }

        if (attempts.RefuseAccount(user.Email) is { } tooOften)
        {
            return tooOften;
        }

        user.PasswordHash = hasher.HashPassword(user, request.Password);
        try
        {
            if (!(await users.CreateAsync(user)).Succeeded)
            {
                await DisbelieveAsync(users, context, user, ct);
            }
        }
        catch (DbUpdateException e) when (Errors.IsDuplicate(e))
        {
            await DisbelieveAsync(users, context, user, ct);
        }

        await mailer.QueueAsync(new(AccountLetters.Register, user.Email, user.Language), ct);
        return TypedResults.Accepted((string?)null);
    }

    /// <summary>
    /// A second password for an address that nobody has proved: whose the first one is cannot be known, so neither counts and no link that was sent for it. The mail
    /// then lets its reader set one.
    /// </summary>
    private static Task<int> DisbelieveAsync(UserManager<User> users, IdentityContext context, User user, CancellationToken ct)
    {
        var (email, stamp) = (user.Email!.ToLowerInvariant(), users.GenerateNewAuthenticatorKey());
        return context.Users.Where(u => u.NormalizedEmail == email && u.EmailConfirmedAt == null).ExecuteUpdateAsync(
            set => set.SetProperty(u => u.PasswordHash, (string?)null).SetProperty(u => u.SecurityStamp, stamp).SetProperty(u => u.ConcurrencyStamp, stamp), ct);
    }
}
